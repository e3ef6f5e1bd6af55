import type {Counts} from '../store/version.js';
import type {FilesLeft, FilesPlanned} from './restore.js';

/** The steps of a rollback, told on the terminal as they happen. */
export type RollbackEvent =
  | {type: 'state-empty'; path: string}
  | {type: 'none-active'}
  | {type: 'version-found'; version: string; workspace: string}
  /** Images of the version's machines, one for each. */
  | {
      type: 'images-belong';
      version: string;
      images: readonly {machine: string; id: string; name: string; completed: string}[];
    }
  | {type: 'leftover-removed'; path: string}
  | {type: 'copied'; version: string; path: string}
  /** `here` is the project itself, and not the rollback's folder. */
  | {type: 'running'; command: string; here?: boolean}
  | {type: 'initialized'}
  /** A module that is named by an absolute path, or lies behind such a link, and so is not the version's. */
  | {type: 'module-outside'; version: string; module: string; path: string}
  /** A rollback that was begun and not finished is gone on with. */
  | {type: 'resumed'; version: string; path: string}
  | {type: 'promoted'; version: string; kept: string; resources: number}
  | {type: 'recorded'; version: string}
  /** The copy does not use the backend of the version, so that nothing done there reaches a state that others use. */
  | {type: 'backend-replaced'; backend: string}
  /** The project uses another backend by now than the version. */
  | {type: 'backend-anew'}
  | {type: 'deployed'; version: string; path: string; resources: number; sameBackend: boolean}
  | {type: 'active'; version: string; path: string; resources: number | undefined}
  | {type: 'destroyed'; version: string}
  | {type: 'folder-removed'; path: string}
  | {type: 'ended'; version: string}
  | FilesPlanned
  /** The present files and state are in a version of their own. */
  | {type: 'present-kept'; version: string}
  /** The lock file stays: these types were written by a newer provider than the version's. */
  | {type: 'lock-kept'; version: string; types: readonly string[]}
  | {type: 'reconciled-moved'; version: string; moved: readonly {from: string; to: string}[]}
  | {type: 'reconciled-imported'; version: string; addresses: readonly string[]; destroyed: boolean}
  | {type: 'reconciled-forgotten'; version: string; addresses: readonly string[]}
  /** What the plan destroys; neither list where it could not be read. */
  | {type: 'will-destroy'; version: string; destroyed?: readonly string[]; replaced?: readonly string[]}
  /** Wanted files that are ignored now; the present ones stay. */
  | FilesLeft
  /** Nothing was applied. `left` are files that could not be put back; `init` whether init ran for other files. */
  | {type: 'files-put-back'; left: readonly string[]; edited: readonly string[]; init: boolean}
  | {type: 'rolled-back'; version: string; kept: string; counts: Counts}
  /** The version was made with `-target` or `-replace`, which a rollback leaves out. */
  | {type: 'inputs-targeted'; version: string; targets: readonly string[]; replaced: readonly string[]}
  /** Nobody could read the values in the plan the version was applied from, or it was kept without its inputs. */
  | {type: 'inputs-unknown'; version: string; reason: string}
  /** Terraform asked for the value then, so that nobody knows it; the one set now is used. */
  | {type: 'input-unknown'; version: string; name: string}
  /** A variable that had no value then has one now, which terraform does not get. */
  | {type: 'input-left-out'; version: string; name: string}
  /** The value that is set now is another one than then. */
  | {type: 'input-differs'; version: string; name: string};

/** What a rollback asks on the terminal. */
export type RollbackQuestion =
  /** The value of a variable; not shown while it is typed. */
  | {type: 'value'; version: string; name: string; ephemeral: boolean}
  /** Whether to go on with a value that is another one than then: `yes` or anything else. */
  | {type: 'use-other'; version: string; name: string};
