import {writeSync} from 'node:fs';
import {constants} from 'node:os';
import {isatty} from 'node:tty';
import type {Context, Output, SignalHold} from './context.js';
import {codeOf} from './errors.js';
import {readLaunch} from './process/launch.js';
import {main} from './main.js';
import {watchParents} from './process/parents.js';
import {exitAs} from './terraform/exit.js';
import {holdSignals} from './terraform/signals.js';

// Everything that touches the process is in this file.

/**
 * Write to a descriptor directly. `process.stdout` and its like would set the terminal, which is terraform's too, to
 * non-blocking, and throw later when it has gone away.
 */
function output(descriptor: 1 | 2): Output {
  const isTTY = isatty(descriptor);
  return {
    isTTY,
    write: (text) => {
      let rest = Buffer.from(text);
      while (rest.length > 0) {
        try {
          rest = rest.subarray(writeSync(descriptor, rest));
        } catch (error) {
          // The reader or the terminal is gone (EPIPE, EIO): what was to be kept is kept all the same.
          if (codeOf(error) !== 'EAGAIN') return;
          // The pipe was made non-blocking, and is full.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        }
      }
    },
  };
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return ''; // Deleted under us: terraform says so itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Send a signal to ourselves with no listener, under any of its names: proper-lockfile brings listeners of its own
 * (the package signal-exit), with which the signal would not end us.
 */
function raiseUncaught(signal: NodeJS.Signals): void {
  for (const [name, number] of Object.entries(constants.signals)) {
    if (number === constants.signals[signal]) process.removeAllListeners(name);
  }
  process.kill(process.pid, signal);
}

// An uncaught error must not end us while terraform runs: this promise tells whoever waits for what failed.
const crashed = new Promise<never>((_, reject) => {
  process.on('uncaughtException', reject);
});
crashed.catch(() => undefined);

const {launch, env} = readLaunch(process.env);
let hold: SignalHold | undefined;
const context: Context = {
  argv: process.argv.slice(2),
  cwd: workingFolder(),
  env,
  launch,
  stdout: output(1),
  stderr: output(2),
  ask: async (question, options) => (await import('./cli/terminal.js')).askOnTerminal(question, options),
  hasTerminal: async () => (await import('./cli/terminal.js')).hasTerminal(),
  signals: () =>
    (hold ??= holdSignals({
      on: (signal, listener) => process.on(signal, listener),
      off: (signal, listener) => process.off(signal, listener),
      raise: raiseUncaught,
    })),
  crashed,
  pid: process.pid,
  parentPid: process.ppid,
  isOrphan: watchParents(() => process.ppid),
  node: {version: process.version, path: process.execPath},
  isAlive,
  now: () => new Date(),
};

void main(context).then((exit) => {
  exitAs(exit, context.signals(), (status) => process.exit(status));
});
