import type {Problem} from '../errors.js';
import type {Counts, Outcome} from '../store/version.js';

/** The version that holds the last state known to be right, and the file; undefined when there is none. */
type GoodState = {version: string; path: string} | undefined;

/** What is wrong with a state found where another one was deployed from. */
export type Suspicion =
  | {kind: 'gone'}
  | {kind: 'damaged'; reason: string}
  /** A state of another lineage. */
  | {kind: 'foreign'};

/** What can be said about a run of terraform; report/report-run.ts has the words. */
export type RunEvent =
  /** A version was made. `unlike` is the version before it, when that is of another state. */
  | {type: 'kept'; version: string; counts: Counts; outcome: Outcome; unlike: string | undefined}
  /** The state was kept as it was before the first command that cloudtm saw. */
  | {type: 'baseline-kept'; version: string; resources: number}
  /** A version was made without its state, which the backend did not give. */
  | {
      type: 'kept-without-state';
      version: string;
      operation: string;
      name: string;
      reason: string;
      log: string;
    }
  /** Terraform could not write its state where it belongs; a version has it from the file it left instead. */
  | {type: 'state-errored'; version: string; path: string}
  /** Before terraform runs, or as soon as it can be known. */
  | {type: 'state-suspect'; name: string; suspicion: Suspicion; good: GoodState}
  /** The backend has changed; `found` is how the state there relates to that of `version`. */
  | {
      type: 'backend-changed';
      name: string;
      version: string;
      found: 'same' | 'another' | 'none' | 'unreadable';
    }
  /** A workspace is gone; its versions are not. */
  | {type: 'workspace-deleted'; workspace: string; versions: number; path: string}
  /** A version was made for a command that was killed before it could make it. */
  | {type: 'recovered'; version: string; counts: Counts; operation: string}
  /** Nothing is deployed any more; `version` is empty where there never was one. */
  | {type: 'all-destroyed'; version: string; counts: Counts}
  | {type: 'store-created'; path: string}
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
  /** An isolated rollback is active, and what is applied now is deployed beside it. */
  | {type: 'second-deployment'; version: string}
  /** An interrupted restore of files has been undone. */
  | {type: 'files-recovered'; path: string; edited: readonly string[]}
  /** Another command has replaced files of the project for a while, and waits for an answer. */
  | {type: 'files-in-hand'; path: string; pid: number}
  /** An interrupted restore of files could not be undone. */
  | {type: 'files-unrecovered'; path: string; code: string}
  | {type: 'waiting-for-lock'; path: string}
  /** Keeping takes long: shown on a terminal, over itself, and wiped by `progress-done`. */
  | {type: 'progress'; done: number; total: number}
  | {type: 'progress-done'};

export type Report = (event: RunEvent) => void;
