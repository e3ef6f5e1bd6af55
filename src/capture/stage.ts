import {readdirSync} from 'node:fs';
import {copyFiles, type Copied, type Previous} from '../store/copy.js';
import {CONFIGS, type Layout} from '../store/layout.js';
import {readManifest, versionNumbers} from '../store/read.js';
import {noteStaged, type Staging} from '../store/staging.js';
import type {FileEntry} from '../store/version.js';
import {findConfiguration, savedPlan, type Surroundings} from './config-files.js';

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

/**
 * Stage the root module's files: what terraform reads as it starts, whatever an editor saves while it runs.
 *
 * In a folder without configuration nothing is taken: `terraform state rm` may be run from anywhere.
 *
 * @param progress Kept up to date for whoever shows it.
 * @param cancelled Asked now and then; true ends the staging with `Cancelled`.
 */
export async function stageConfiguration(
  root: string,
  around: Surroundings,
  layout: Layout,
  staging: Staging,
  progress: Progress,
  cancelled: () => boolean,
): Promise<Copied> {
  if (!hasConfiguration(root)) return {entries: [], skipped: [], fresh: []};
  const found = await findConfiguration(root, around);
  progress.total = found.sources.length;
  const sources = found.sources.map((source) => ({...source, path: `${CONFIGS}/${source.path}`}));
  const copied = await copyFiles(sources, staging.version, previousVersion(layout), savedPlan, (done) => {
    if (cancelled()) throw new Cancelled();
    progress.done = done;
  });
  copied.skipped.push(...found.skipped.map((file) => ({...file, path: `${CONFIGS}/${file.path}`})));
  noteStaged(staging, copied);
  return copied;
}

function previousVersion(layout: Layout): Previous | undefined {
  const [newest] = versionNumbers(layout);
  if (newest === undefined) return undefined;
  const manifest = readManifest(layout, newest);
  if (manifest === undefined) return undefined;
  const files = manifest.entries.filter((entry): entry is FileEntry => 'sha256' in entry);
  return {folder: layout.version(newest), entries: new Map(files.map((entry) => [entry.path, entry]))};
}
