import type {Change} from '../store/version.js';

/** What would be done to the files; `outside` are files of modules outside of the root module that differ. */
export interface FilesPlanned {
  type: 'files-planned';
  version: string;
  added: readonly string[];
  changed: readonly string[];
  removed: readonly string[];
  outside: readonly string[];
}

/** Files of the version that are ignored now: no version would have the present ones, so they stay. */
export interface FilesLeft {
  type: 'files-left';
  version: string;
  paths: readonly string[];
}

/** The steps of a restore, told on the terminal as they happen. */
export type RestoreEvent =
  | FilesPlanned
  | FilesLeft
  /** The present files or state are in a version of their own. */
  | {type: 'present-kept'; version: string}
  | {type: 'files-restored'; version: string; before: string}
  | {type: 'files-written'; version: string; path: string}
  /** What terraform would know differently with the version's state: `added` and `destroyed` as seen from now. */
  | {type: 'state-planned'; version: string; name: string; held: number; changes: readonly Change[]}
  | {type: 'state-same'; version: string; name: string}
  | {type: 'state-restored'; version: string; name: string; kept: string; before: string | undefined};
