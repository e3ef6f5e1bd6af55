import {mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {restoreInputs, type Restored} from '../../inputs/restore.js';
import type {Place} from '../../project/place.js';
import {makeFolder} from '../../store/disk.js';
import {keptFiles} from '../../store/kept-version.js';
import {readManifest} from '../../store/manifest.js';
import {versionNumbers, type Version} from '../../store/read.js';
import {changesetOf, planReplacement, type Changeset, type Replacement} from '../../store/replace.js';
import {NOTHING_GIVEN} from '../../store/rollback-record.js';
import {writeConfiguration} from '../../store/restore.js';
import {hashOf, planRootFiles} from '../project-files.js';
import type {InPlaceRequest} from '../request.js';

export const LOCK_FILE = '.terraform.lock.hcl';

/** A folder of the project, and a version's files for it. */
export interface PlannedArea {
  readonly area: Changeset;
  readonly replacement: Replacement;
  /** Where those lie. */
  readonly wanted: string;
}

/** All that terraform is to get of a version. */
export interface PreparedFiles {
  readonly root: PlannedArea;
  /** Modules outside of the root module, where they are to come back. */
  readonly outside: readonly PlannedArea[];
  readonly restored: Restored;
}

/**
 * Find the version's files and its values; questions about those are asked before anything is touched.
 *
 * @param keepsLock Whether the present lock file stays.
 * @throws UserError `version-damaged`; what `restoreInputs` throws.
 */
export async function prepareFiles(
  request: InPlaceRequest,
  version: Version,
  folder: string,
  keepsLock: boolean,
): Promise<PreparedFiles> {
  const {context, place, given, say, ask, withModules} = request;
  const {layout} = place;
  makeFolder(folder);
  const copy = writeConfiguration(layout, version, join(folder, 'tree'));
  if (keepsLock) rmSync(join(copy, LOCK_FILE), {force: true});
  const restored = await restoreInputs({
    context,
    layout,
    version,
    folder: copy,
    given,
    before: NOTHING_GIVEN,
    purpose: 'in-place',
    say,
    ask,
  });
  const root = planned(place.root, copy, await planRootFiles(place, copy));
  const {rootPath} = keptFiles(layout, version);
  if (!withModules || rootPath === '') return {root, outside: [], restored};
  // Beside the root's copy, which is an area of its own.
  const own = join(folder, 'root');
  mkdirSync(own);
  removeSync(writeConfiguration(layout, version, own));
  const ancestor = join(place.root, ...rootPath.split('/').map(() => '..'));
  const replacement = planReplacement(ancestor, own, {files: undefined, goes: []});
  return {root, outside: [planned(ancestor, own, replacement)], restored};
}

function planned(live: string, wanted: string, replacement: Replacement): PlannedArea {
  return {area: changesetOf(live, wanted, replacement), replacement, wanted};
}

/**
 * Files that would be replaced and that no version keeps; absolute. The version made before keeps the root module and the
 * modules it uses now; others outside may have been edited since.
 */
export function unkeptFiles({layout}: Place, areas: readonly PlannedArea[]): string[] {
  if (areas.length === 0) return [];
  const kept = new Set(
    versionNumbers(layout).flatMap((number) =>
      (readManifest(layout, number)?.entries ?? []).map((entry) => ('link' in entry ? '' : entry.sha256)),
    ),
  );
  return areas.flatMap(({area, replacement}) =>
    [...replacement.changed, ...replacement.removed]
      .map((path) => join(area.live, path))
      .filter((path) => {
        const hash = hashOf(path);
        return hash !== undefined && !kept.has(hash);
      }),
  );
}
