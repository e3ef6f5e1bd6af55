import {spawn, type SpawnOptions} from 'node:child_process';
import {until} from '../processes.js';

/** A program that serves others until it is stopped; it ends with our process at the latest. */
export interface Server {
  /** All that it wrote so far. */
  output(): string;
  /** Wait until `look` finds something. Rejects with what the server wrote when it ends first. */
  until<T>(look: () => T | undefined | false): Promise<T>;
  /** End it and wait for its end; again does nothing. */
  stop(): Promise<void>;
}

/** @param options `endWith` is the signal that ends the program at once, whoever is still connected. */
export function startServer(
  program: string,
  words: readonly string[],
  options: Omit<SpawnOptions, 'signal'> & {endWith: NodeJS.Signals},
): Server {
  const {endWith, ...around} = options;
  const child = spawn(program, words, {...around, stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const end = (): void => {
    child.kill(endWith);
  };
  process.on('exit', end);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const settle = (): void => {
      process.off('exit', end);
      hasEnded = true;
      resolve();
    };
    child.on('close', settle);
    child.on('error', (error) => {
      output += error.message;
      settle();
    });
  });
  return {
    output: () => output,
    until: (look) =>
      until(() => {
        if (hasEnded) throw new Error(`${program} ended:\n${output}`);
        return look();
      }),
    stop: () => {
      end();
      return ended;
    },
  };
}
