import {codeOf} from '../../errors.js';
import {ProviderFailure, type ProviderContext} from '../provider.js';

/** How a provider's program ended. */
export interface ProgramResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long (ms) a program may take for one answer: a dead address alone costs doctl 31 s. */
const LIMIT = 120_000;
/** How long (ms) output may come after the program's end. */
const REST = 1_000;
/** The largest answer (bytes): some thousands of images. */
const LARGEST = 2 ** 28;

/**
 * Run a provider's program to its end. Its arguments are arguments, never a line for a shell.
 *
 * @param input What it reads from stdin; nothing if missing.
 * @throws ProviderFailure `program-missing` when it cannot be started, `passing` when it did not answer in time or was
 *   killed by a signal.
 */
export async function askProgram(
  program: string,
  words: readonly string[],
  {env, cwd}: Pick<ProviderContext, 'env' | 'cwd'>,
  input?: string,
): Promise<ProgramResult> {
  const {execa} = await import('execa');
  const child = execa(program, words, {
    cwd,
    env,
    extendEnv: false,
    reject: false,
    cleanup: false,
    ...(input === undefined ? {stdin: 'ignore' as const} : {input}),
    stripFinalNewline: false,
    maxBuffer: LARGEST,
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  // A process the program left behind may keep its output open for ever.
  child.once('exit', () => {
    setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, REST).unref();
  });
  const result = await child;
  if (result.timedOut)
    throw new ProviderFailure('passing', `${program} did not answer within ${LIMIT / 1000} s`);
  if (result.exitCode === undefined) {
    const code = codeOf(result.cause);
    if (result.signal !== undefined)
      throw new ProviderFailure('passing', `${program} was killed by ${result.signal}`);
    throw new ProviderFailure('program-missing', `${program}: ${code}`, {cause: result.cause});
  }
  return {status: result.exitCode, stdout: result.stdout, stderr: result.stderr};
}
