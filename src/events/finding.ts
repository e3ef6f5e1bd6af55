import type {Problem} from '../errors.js';

/** One thing that `tm doctor` checked. report/doctor.ts has the words; what is about machines is in machine/words/doctor.ts. */
export type Finding =
  /** `CLOUDTM_DISABLE=1` is set. */
  | {kind: 'disabled'}
  | {kind: 'path-right'; path: string}
  /** Another terraform comes first on PATH, or there is none; `folder` is that of our launcher, where it is known. */
  | {kind: 'path-wrong'; first: string | undefined; folder: string | undefined}
  | {kind: 'terraform-found'; version: string; path: string; via: 'variable' | 'path' | 'fallback'}
  | {kind: 'terraform-silent'; path: string}
  | {kind: 'terraform-not-found'; problem: Problem}
  /** Another version manager's shim is what we call; `manager` is its name, where the path tells it. */
  | {kind: 'other-manager'; path: string; manager: string | undefined}
  | {kind: 'node-right'; version: string; path: string}
  | {kind: 'node-too-old'; version: string; path: string; oldest: number}
  | {kind: 'state-none'; name: string; workspace: string}
  | {kind: 'state-readable'; name: string; workspace: string}
  | {kind: 'state-unreadable'; name: string; workspace: string; reason: string; isRemote: boolean}
  | {kind: 'store-none'; path: string}
  /** The folder in which the store would be made is not writable. */
  | {kind: 'store-impossible'; folder: string}
  | {kind: 'store-right'; path: string; versions: number}
  | {kind: 'store-not-writable'; path: string}
  | {kind: 'store-open-to-others'; path: string}
  | {kind: 'store-unusable'; problem: Problem}
  | {kind: 'rollback-active'; version: string; folder: string}
  /** `metadata` is whether its metadata file is what is damaged; otherwise its folder is. */
  | {kind: 'version-damaged'; version: string; reason: string; metadata: boolean}
  /** `current.json` or `rollback.json`, which are written again. */
  | {kind: 'record-damaged'; path: string; reason: string}
  /** Something lies in staging: a command still runs, or was killed. */
  | {kind: 'leftovers'};
