import {ExpectedError} from '../errors.js';

/** A disk snapshot that is not there; `look` is the command line that shows its action. */
interface Unfinished {
  noun: string;
  machine: string;
  action: string;
  words: string;
  look: readonly string[];
}

/** What goes wrong with machines and their disk snapshots. `words` are the provider's own; `provider` is its name. */
export type MachineProblem =
  /** `name` is not a provider. */
  | {kind: 'provider-unknown'; name: string; known: readonly string[]}
  /** `.cloudtm.json` cannot be read, or has a wrong value. */
  | {kind: 'settings-unusable'; path: string; reason: string}
  /** The provider's program is not installed; `install` are command lines, best first, and a page. */
  | {kind: 'provider-program-missing'; provider: string; program: string; install: readonly string[]}
  | {kind: 'provider-unauthenticated'; provider: string; login: readonly string[]; words: string}
  | {kind: 'provider-forbidden'; provider: string; words: string}
  | {kind: 'machine-not-found'; noun: string; machine: string; words: string}
  /** The provider refused, or gave an answer that cannot be read. */
  | {kind: 'provider-refused'; provider: string; words: string}
  | {kind: 'bad-name'; name: string; rule: string}
  /** The provider has a disk snapshot of this name, and names are unique there. */
  | {kind: 'name-taken'; name: string; provider: string}
  | ({kind: 'disk-snapshot-failed'} & Unfinished)
  /** `action` is empty if the provider is not known to have accepted the request; `isAsked`: it may have. */
  | ({kind: 'timed-out'; seconds: number; isAsked: boolean} & Unfinished)
  /** By a signal, or because the process that waits has ended. */
  | {kind: 'interrupted'; name: string; action: string}
  /** The folder of logs cannot be written; nothing was requested yet. */
  | {kind: 'logs-unwritable'; path: string; code: string}
  /** The disk snapshot is complete and its log could not be written. */
  | {kind: 'log-not-written'; path: string; code: string; name: string; id: string}
  /** The provider cannot restart a machine for a disk snapshot. */
  | {kind: 'reboot-impossible'; provider: string}
  /** Neither a flag nor the environment names a machine. */
  | {kind: 'machine-not-given'}
  /** A value that is not of the kind that is wanted. */
  | {kind: 'bad-value'; name: string; value: string; wanted: 'age' | 'minutes' | 'on-failure'}
  /** Nothing says which disk snapshots to delete. */
  | {kind: 'prune-needs-rule'}
  | {kind: 'disk-snapshot-not-found'; name: string; near: string | undefined}
  /** Several disk snapshots have this name. */
  | {kind: 'disk-snapshot-ambiguous'; name: string; ids: readonly string[]}
  | {kind: 'no-disk-snapshot-of-machine'; machine: string; workspace: string; known: readonly string[]}
  /** `deleted` were before it, `left` were not tried. */
  | {
      kind: 'disk-snapshot-not-deleted';
      name: string;
      id: string;
      words: string;
      deleted: number;
      left: number;
    };

/** An expected failure of a command for machines, shown as one message like a `UserError`. */
export class MachineError extends ExpectedError {
  override readonly name = 'MachineError';
  override readonly exitStatus: number;
  constructor(
    readonly problem: MachineProblem,
    options?: ErrorOptions,
  ) {
    super(problem.kind, options);
    // What a shell has for a program that was interrupted.
    this.exitStatus = problem.kind === 'interrupted' ? 130 : 1;
  }
}
