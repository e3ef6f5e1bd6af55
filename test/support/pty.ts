import {closeSync, constants, openSync} from 'node:fs';
import {spawn} from '@lydell/node-pty';

/** How a program under a terminal ended: `signal` is a number, 0 when it ended by itself. */
export interface TerminalExit {
  readonly code: number;
  readonly signal: number;
}

/** A person at a terminal: what they see, what they type, and what happens to their program. */
export interface Terminal {
  readonly pid: number;
  /** All that was shown so far, as the program sent it (`\r\n` at line ends). */
  screen(): string;
  /** Wait until `text` is shown, after the place where the last wait ended. Rejects when the program ends first. */
  waitFor(text: string): Promise<void>;
  /** Press keys: `\r` is Enter, `\x03` Ctrl-C, `\x1c` Ctrl-\, `\x1a` Ctrl-Z, `\x04` Ctrl-D. */
  type(keys: string): void;
  /** Send a signal to the program's pid alone. */
  signal(name: NodeJS.Signals): void;
  /** Close the window: the kernel hangs up on all who use the terminal. */
  hangUp(): void;
  readonly exited: Promise<TerminalExit>;
}

/** Start `file` as the leader of a session on a terminal of its own, with exactly this environment. */
export function openTerminal(
  file: string,
  args: readonly string[],
  options: {env: Readonly<Record<string, string>>; cwd: string; cols?: number},
): Terminal {
  const pty = spawn(file, [...args], {
    name: 'xterm',
    cols: options.cols ?? 80,
    rows: 40,
    cwd: options.cwd,
    env: {...options.env},
  });
  let screen = '';
  let seen = 0;
  let ended = false;
  const changed = new Set<() => void>();
  const change = (): void => {
    for (const look of [...changed]) look();
  };
  pty.onData((text) => {
    screen += text;
    change();
  });
  const release = readToTheEnd(pty, () => screen);
  const exited = new Promise<TerminalExit>((resolve) => {
    pty.onExit(({exitCode, signal}) => {
      release();
      ended = true;
      change();
      resolve({code: exitCode, signal: signal ?? 0});
    });
  });
  return {
    pid: pty.pid,
    screen: () => screen,
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const at = screen.indexOf(text, seen);
          if (at < 0 && !ended) return;
          changed.delete(look);
          if (at < 0) reject(new Error(`ended without showing ${JSON.stringify(text)}, but:\n${screen}`));
          seen = at + text.length;
          resolve();
        };
        changed.add(look);
        look();
      }),
    type: (keys) => {
      pty.write(keys);
    },
    signal: (name) => {
      process.kill(pty.pid, name);
    },
    hangUp: () => {
      // Part of node-pty for Unix, though its types do not say so.
      (pty as unknown as {destroy(): void}).destroy();
    },
    exited,
  };
}

/**
 * Lose nothing of what was written last. Libuv takes a hang-up that comes with a read for the end, though more than one
 * read may be left (4 KB each); so the other end stays open here. Without a hang-up node-pty stops reading 200 ms after
 * the program's end; it may when a whole turn of the event loop has brought nothing more.
 *
 * @returns To be called in the end.
 */
function readToTheEnd(pty: unknown, screen: () => string): () => void {
  const {ptsName, _socket: socket} = pty as {ptsName: string; _socket: {destroy(): void}};
  const otherEnd = openSync(ptsName, constants.O_RDWR | constants.O_NOCTTY);
  const destroy = socket.destroy.bind(socket);
  socket.destroy = () => {
    const look = (length: number): void => {
      if (screen().length === length) destroy();
      else setImmediate(look, screen().length);
    };
    look(-1);
  };
  return () => {
    closeSync(otherEnd);
  };
}
