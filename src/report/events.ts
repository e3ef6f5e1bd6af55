import type {Problem} from '../errors.js';
import type {Counts, Outcome} from '../store/version.js';

/** The version that holds the last state known to be right, and the file; undefined when there is none. */
type GoodState = {version: string; path: string} | undefined;

/** What can be said about a run of terraform; report/closing-line.ts has the words. */
export type RunEvent =
  /** A version was made. */
  | {type: 'kept'; version: string; counts: Counts; operation: string; outcome: Outcome}
  /** A version was made for a command that was killed before it could make it. */
  | {type: 'recovered'; version: string; counts: Counts; operation: string}
  /** Nothing is deployed any more; `version` is empty where there never was one. */
  | {type: 'all-destroyed'; version: string; counts: Counts}
  | {type: 'store-created'; path: string}
  | {type: 'backend-not-versioned'; backend: string}
  /** The state changed and could not be kept. */
  | {
      type: 'not-kept';
      operation: string;
      cause: Problem | {kind: 'failure'; code: string; path: string | undefined};
    }
  /** Bytes that are no state were kept all the same. */
  | {type: 'state-damaged'; path: string; reason: string; kept: string; good: GoodState}
  | {type: 'state-gone'; path: string; good: GoodState}
  | {type: 'state-unreadable'; path: string; reason: string}
  | {type: 'waiting-for-lock'; path: string}
  /** Keeping takes long: shown on a terminal, over itself, and wiped by `progress-done`. */
  | {type: 'progress'; done: number; total: number}
  | {type: 'progress-done'};

export type Report = (event: RunEvent) => void;
