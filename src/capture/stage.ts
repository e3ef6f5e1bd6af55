import {join} from 'node:path';
import {notConfiguration} from '../project/config-files.js';
import type {Place} from '../project/place.js';
import {overlayPlan, readPlan} from '../project/plan.js';
import {findSources} from '../project/sources.js';
import {copyFiles, type Copied, type Previous} from '../store/copy.js';
import type {Layout} from '../store/layout.js';
import {readManifest} from '../store/manifest.js';
import {versionNumbers} from '../store/read.js';
import {emptyStaging, noteStaged, readStaged, type Staging} from '../store/staging.js';
import type {FileEntry} from '../store/version.js';
import type {Staged} from './making.js';
import {NOTES} from './notes.js';

/** How far staging is; `total` is 0 until the files are counted. */
export interface Progress {
  done: number;
  total: number;
}

/** Thrown inside staging when its result is not wanted any more. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** What staging may be given besides. */
export interface StageOptions {
  /** Of `apply PLANFILE`: a plan carries its own configuration. Absolute. */
  readonly planFile?: string | undefined;
  /** Kept up to date for whoever shows it. */
  readonly progress?: Progress;
  /** Asked now and then; true ends the staging with `Cancelled`. */
  readonly cancelled?: () => boolean;
}

/**
 * Stage the files of the root module and of the local modules that lie outside of it: what terraform reads as it starts,
 * whatever an editor saves while it runs.
 *
 * From a folder without configuration nothing is taken: `terraform state rm` may be run from anywhere.
 */
export async function stageConfiguration(
  place: Place,
  staging: Staging,
  {planFile, progress = {done: 0, total: 0}, cancelled = () => false}: StageOptions = {},
): Promise<Copied> {
  // Read first: whoever starts terraform may remove the plan as soon as it ends.
  const planned = planFile === undefined ? undefined : await readPlan(planFile);
  const {outside, sources, skipped} = await findSources(place, planned?.modules, cancelled);
  if (cancelled()) throw new Cancelled();
  progress.total = sources.length;
  const copied = await copyFiles(
    sources,
    staging.version,
    previousVersion(place.layout),
    notConfiguration,
    (done) => {
      if (cancelled()) throw new Cancelled();
      progress.done = done;
    },
  );
  copied.skipped.push(...skipped);
  const overlaid =
    planned === undefined ? {...copied, differs: false} : overlayPlan(planned, outside, staging, copied);
  const staged = {...overlaid, rootPath: outside.rootPath};
  noteStaged(staging, staged);
  return staged;
}

/** What a killed command had staged; where that is not complete, the configuration as it is found now, with a note. */
export async function stagedOrFound(place: Place, staging: Staging): Promise<Staged> {
  const staged = readStaged(staging);
  if (staged === undefined) {
    emptyStaging(staging);
    return {staging, copied: await stageConfiguration(place, staging), git: null, note: NOTES.found};
  }
  const fresh = staged.entries
    .filter((entry) => 'sha256' in entry)
    .map((entry) => join(staging.version, entry.stored ?? entry.path));
  return {staging, copied: {...staged, fresh}, git: null};
}

function previousVersion(layout: Layout): Previous | undefined {
  const [newest] = versionNumbers(layout);
  if (newest === undefined) return undefined;
  const manifest = readManifest(layout, newest);
  if (manifest === undefined) return undefined;
  const files = manifest.entries.filter((entry): entry is FileEntry => 'sha256' in entry);
  return {folder: layout.version(newest), entries: new Map(files.map((entry) => [entry.path, entry]))};
}
