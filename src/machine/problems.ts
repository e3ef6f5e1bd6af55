import {ExpectedError} from '../errors.js';

/** What goes wrong with images of machines. `words` are the provider's own; `provider` is its name. */
export type MachineProblem =
  /** A provider nobody knows. */
  | {kind: 'provider-unknown'; name: string; known: readonly string[]}
  /** `.cloudtm.json` cannot be read, or says something that means nothing. */
  | {kind: 'settings-unusable'; path: string; reason: string}
  /** The program that is to be asked is not there; `install` are command lines, best first. */
  | {kind: 'provider-program-missing'; provider: string; program: string; install: readonly string[]}
  | {kind: 'provider-unauthenticated'; provider: string; login: readonly string[]; words: string}
  | {kind: 'provider-forbidden'; provider: string; words: string}
  | {kind: 'machine-not-found'; noun: string; machine: string; words: string}
  /** The provider does not want what it was asked, or says something that cannot be read. */
  | {kind: 'provider-refused'; provider: string; words: string}
  | {kind: 'bad-name'; name: string; rule: string}
  /** The provider has an image of this name, and names are unique there. */
  | {kind: 'name-taken'; name: string; provider: string}
  | {
      kind: 'disk-snapshot-failed';
      noun: string;
      machine: string;
      action: string;
      words: string;
      look: readonly string[];
    }
  /** The time limit is over; `action` is empty where the provider never took the request. */
  | {
      kind: 'timed-out';
      seconds: number;
      noun: string;
      machine: string;
      /** Whether the provider may have taken a request. */
      isAsked: boolean;
      action: string;
      words: string;
      look: readonly string[];
    }
  /** Who waits does not want to any more. */
  | {kind: 'interrupted'; name: string; action: string}
  /** The place for logs cannot be written; nothing was asked for yet. */
  | {kind: 'logs-unwritable'; path: string; code: string}
  /** The image is there and its log could not be written. */
  | {kind: 'log-not-written'; path: string; code: string; name: string; id: string}
  /** The provider cannot restart a machine for an image. */
  | {kind: 'reboot-impossible'; provider: string}
  /** Neither a flag nor the environment says this. */
  | {kind: 'machine-not-given'; flag: string; variable: string}
  /** A value that is none of those that mean something. */
  | {kind: 'bad-value'; name: string; value: string; wanted: string}
  /** Nothing says which images may go. */
  | {kind: 'prune-needs-rule'}
  | {kind: 'disk-snapshot-not-found'; name: string; near: string | undefined}
  /** A name that several images have. */
  | {kind: 'disk-snapshot-ambiguous'; name: string; ids: readonly string[]}
  | {kind: 'no-disk-snapshot-of-machine'; machine: string; workspace: string; known: readonly string[]}
  /** Some were deleted before one could not be. */
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
