import {closeSync, openSync, writeSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {Writable} from 'node:stream';
import {ReadStream} from 'node:tty';

/**
 * Ask for one line at the terminal, whatever stdin and stdout are; npm's `read` never answers after Ctrl-D.
 *
 * @param hidden Whether what is typed is not shown.
 * @param cancel Ends the question without an answer.
 * @returns The line; undefined where there is no terminal, and for Ctrl-C, Ctrl-D or a terminal that went away.
 */
export async function askOnTerminal(
  question: string,
  {hidden, cancel}: {readonly hidden: boolean; readonly cancel?: AbortSignal},
): Promise<string | undefined> {
  let input: ReadStream;
  let screen: number;
  try {
    screen = openSync('/dev/tty', 'w');
  } catch {
    return undefined;
  }
  try {
    input = new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    closeSync(screen);
    return undefined;
  }
  const show = (text: string) => {
    try {
      writeSync(screen, text);
    } catch {
      // The terminal went away; its end comes as the end of the input.
    }
  };
  const echo = new Writable({
    write: (text: Buffer, _, done) => {
      if (!hidden) show(text.toString());
      done();
    },
  });
  const lines = createInterface({input, output: echo, terminal: true, historySize: 0});
  if (hidden) show(question);
  lines.setPrompt(hidden ? '' : question);
  try {
    return await new Promise<string | undefined>((resolve) => {
      const giveUp = () => {
        resolve(undefined);
      };
      lines.once('line', resolve).once('SIGINT', giveUp).once('close', giveUp);
      // All of them, of both: setting a terminal back that went away is one too, and readline passes it on.
      for (const source of [input, lines]) source.on('error', giveUp);
      cancel?.addEventListener('abort', giveUp);
      if (cancel?.aborted === true) giveUp();
      lines.prompt();
    });
  } finally {
    lines.close();
    input.destroy();
    show('\r\n');
    closeSync(screen);
  }
}

/** Whether there is a terminal to ask at. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}
