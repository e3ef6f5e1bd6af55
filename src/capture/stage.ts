import {readdirSync} from 'node:fs';
import {copyFiles, type Copied, type Previous} from '../store/copy.js';
import {CONFIGS, type Layout} from '../store/layout.js';
import {readManifest, versionNumbers} from '../store/read.js';
import {noteStaged, type Staging} from '../store/staging.js';
import type {FileEntry} from '../store/version.js';
import {findConfiguration, savedPlan, type Surroundings} from './config-files.js';
import {overlayPlan, readPlan} from './plan.js';

/** How far staging is; `total` is 0 until the files are counted. */
export interface Progress {
  done: number;
  total: number;
}

/** Thrown inside staging when its result is not wanted any more. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Whether a folder is a root module: terraform reads nothing else from it. */
export function hasConfiguration(root: string): boolean {
  try {
    return readdirSync(root).some((name) => /\.(tf|tofu)(\.json)?$/.test(name));
  } catch {
    return false;
  }
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
 * Stage the root module's files: what terraform reads as it starts, whatever an editor saves while it runs.
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
  const found = hasConfiguration(root)
    ? await findConfiguration(root, around, cancelled)
    : {sources: [], skipped: []};
  if (cancelled()) throw new Cancelled();
  progress.total = found.sources.length;
  const sources = found.sources.map((source) => ({...source, path: `${CONFIGS}/${source.path}`}));
  const copied = await copyFiles(sources, staging.version, previousVersion(layout), savedPlan, (done) => {
    if (cancelled()) throw new Cancelled();
    progress.done = done;
  });
  copied.skipped.push(...found.skipped.map((file) => ({...file, path: `${CONFIGS}/${file.path}`})));
  const staged = planned === undefined ? copied : overlayPlan(planned, staging, copied);
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
