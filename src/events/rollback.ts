import type {Change, Counts} from '../store/version.js';

/** The steps of a rollback or a restore, shown on the terminal as they happen. */
export type RollbackEvent =
  /** What would be done to the files; `outside` are files of modules outside of the root module that differ. */
  | ({type: 'files-planned'; version: string} & Record<
      'added' | 'changed' | 'removed' | 'outside',
      readonly string[]
    >)
  /** Files of the version that are ignored now: no version would have the present ones, so they stay. */
  | {type: 'files-left'; version: string; paths: readonly string[]}
  /** The present files or state are in a version of their own. */
  | {type: 'present-kept'; version: string}
  | {type: 'files-restored'; version: string; before: string}
  | {type: 'files-written'; version: string; path: string}
  /** What terraform would know differently with the version's state: `added` and `destroyed` as seen from now. */
  | {type: 'state-planned'; version: string; name: string; held: number; changes: readonly Change[]}
  | {type: 'state-same'; version: string; name: string}
  | {type: 'state-restored'; version: string; name: string; kept: string; before: string | undefined}
  | {type: 'state-empty'; path: string}
  | {type: 'none-active'}
  | {type: 'version-found'; version: string; workspace: string}
  /** Disk snapshots of the version's machines, one for each. */
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
  /** A rollback that was begun and not finished is resumed. */
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
  /** The lock file stays: these types were written by a newer provider than the version's. */
  | {type: 'lock-kept'; version: string; types: readonly string[]}
  | {type: 'reconciled-moved'; version: string; moved: readonly {from: string; to: string}[]}
  | {type: 'reconciled-imported'; version: string; addresses: readonly string[]; destroyed: boolean}
  | {type: 'reconciled-forgotten'; version: string; addresses: readonly string[]}
  /** What the plan destroys; neither list where it could not be read. */
  | {type: 'will-destroy'; version: string; destroyed?: readonly string[]; replaced?: readonly string[]}
  /** Nothing was applied. `left` are files that could not be put back; `init` whether init ran for other files. */
  | {type: 'files-put-back'; left: readonly string[]; edited: readonly string[]; init: boolean}
  | {type: 'rolled-back'; version: string; kept: string; counts: Counts}
  /** The version was made with `-target` or `-replace`, which a rollback leaves out. */
  | {type: 'inputs-targeted'; version: string; targets: readonly string[]; replaced: readonly string[]}
  /** The values in the plan the version was applied from could not be read, or it was kept without its inputs. */
  | {type: 'inputs-unknown'; version: string; reason: string}
  /** Terraform asked for the value, so it is not known; the one set now is used. */
  | {type: 'input-unknown'; version: string; name: string}
  /** A variable that was not set for the version is set now; terraform does not get its value. */
  | {type: 'input-left-out'; version: string; name: string}
  /** The value set now differs from that of the version. */
  | {type: 'input-differs'; version: string; name: string};

/** What a rollback asks on the terminal. */
export type RollbackQuestion =
  /** The value of a variable; not shown while it is typed. */
  | {type: 'value'; version: string; name: string; ephemeral: boolean}
  /** Whether to use a value that differs from that of the version: `yes` or anything else. */
  | {type: 'use-other'; version: string; name: string};
