import {copyFiles, type Copied, type Previous} from '../store/copy.js';
import type {Layout} from '../store/layout.js';
import {readManifest} from '../store/manifest.js';
import {versionNumbers} from '../store/read.js';
import {noteStaged, type Staging} from '../store/staging.js';
import type {FileEntry} from '../store/version.js';
import {notConfiguration, type Surroundings} from '../project/config-files.js';
import {overlayPlan, readPlan} from '../project/plan.js';
import {findSources} from '../project/sources.js';

/** How far staging is; `total` is 0 until the files are counted. */
export interface Progress {
  done: number;
  total: number;
}

/** Thrown inside staging when its result is not wanted any more. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** What to stage, and where. */
export interface StageRequest {
  /** The root module. */
  readonly root: string;
  readonly around: Surroundings;
  readonly layout: Layout;
  readonly staging: Staging;
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
export async function stageConfiguration({
  root,
  around,
  layout,
  staging,
  planFile,
  progress = {done: 0, total: 0},
  cancelled = () => false,
}: StageRequest): Promise<Copied> {
  // Read first: whoever starts terraform may remove the plan as soon as it ends.
  const planned = planFile === undefined ? undefined : await readPlan(planFile);
  const {outside, sources, skipped} = await findSources(root, around, planned?.modules, cancelled);
  if (cancelled()) throw new Cancelled();
  progress.total = sources.length;
  const copied = await copyFiles(
    sources,
    staging.version,
    previousVersion(layout),
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

function previousVersion(layout: Layout): Previous | undefined {
  const [newest] = versionNumbers(layout);
  if (newest === undefined) return undefined;
  const manifest = readManifest(layout, newest);
  if (manifest === undefined) return undefined;
  const files = manifest.entries.filter((entry): entry is FileEntry => 'sha256' in entry);
  return {folder: layout.version(newest), entries: new Map(files.map((entry) => [entry.path, entry]))};
}
