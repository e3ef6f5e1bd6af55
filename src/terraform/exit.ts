import {closeSync} from 'node:fs';
import {constants} from 'node:os';
import type {SignalHold} from '../context.js';

/**
 * How a program ended, as data: by a status, by a signal, or it could not be started. `failure` is the system's name
 * for the reason, such as `ENOENT`, `EACCES`, `ENOTDIR` or `E2BIG`.
 */
export type Exit = {readonly code: number} | {readonly signal: NodeJS.Signals} | {readonly failure: string};

/** The status a shell would report for `exit`: 128+n for a signal, 127 for nothing there, 126 for not runnable. */
export function statusOf(exit: Exit): number {
  if ('code' in exit) return exit.code;
  if ('signal' in exit) return 128 + constants.signals[exit.signal];
  return exit.failure === 'ENOENT' || exit.failure === 'ENOTDIR' ? 127 : 126;
}

/**
 * End as `exit` says: the last thing a run of cloudtm does. Standard input, output and error are closed by it.
 *
 * For a signal the same one is raised on ourselves with its default meaning, so that whoever waits sees what
 * terraform alone would have shown. If it does not end us (it may be blocked) we end with a shell's status for it.
 *
 * @param end Must end the process with this status at once: `process.exit`. When Node ends by itself it takes its
 *   signal handlers off some milliseconds before it is gone, and a hang-up in between changes the status; node-pty
 *   sends one as soon as the terminal is closed.
 */
export function exitAs(exit: Exit, signals: SignalHold, end: (status: number) => void): void {
  if ('signal' in exit) signals.dieBy(exit.signal);
  // On its way out Node sets the terminal back to how it found it: also when another program uses it by now, and when
  // it was closed Node aborts with a core dump instead (20.20, ResetStdio: tcsetattr fails with EIO).
  for (const descriptor of [0, 1, 2]) {
    try {
      closeSync(descriptor);
    } catch {
      // It was closed before, or the disk behind it is full: whose output it was has said so.
    }
  }
  end(statusOf(exit));
}
