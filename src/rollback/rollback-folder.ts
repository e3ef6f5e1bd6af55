import {existsSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import type {Place} from '../project/place.js';
import type {Context} from '../context.js';
import {codeOf, UserError} from '../errors.js';
import {createStore} from '../store/create.js';
import type {Layout} from '../store/layout.js';
import type {Version} from '../store/read.js';
import {writeConfiguration} from '../store/restore.js';
import {
  clearRollbackRecord,
  noteInFolder,
  NOTHING_GIVEN,
  readRollbackRecord,
  writeRollbackRecord,
  type RollbackRecord,
} from '../store/rollback-record.js';
import {copyLogs} from './disk-snapshots.js';
import type {RollbackRequest} from './request.js';
import {rollbackTerraform} from './rollback-terraform.js';
import {countBelow, countResources, statesBelow} from './state-facts.js';

/**
 * The root module's copy in a rollback's folder. Where nothing is recorded any more, the place where terraform left
 * something: resources, or else its data folder.
 */
export function rootOf(layout: Layout): string {
  const top = layout.rollbackFolder;
  const recorded = readRollbackRecord(layout);
  if (recorded !== undefined) return join(top, recorded.folder);
  const live = statesBelow(top).find((path) => countResources(path) !== 0);
  return live === undefined ? top : dirname(live);
}

/** The same, where an active rollback must have one. @throws UserError `rollback-folder-gone`. */
export function requireRoot(layout: Layout, version: string): string {
  const root = rootOf(layout);
  if (!existsSync(root)) throw folderGone(layout, version);
  return root;
}

export function folderGone({rollbackFolder: path, rollback: record}: Layout, version: string): UserError {
  return new UserError({kind: 'rollback-folder-gone', version, path, record});
}

/** What the folder of a rollback holds, whatever is recorded of it. */
export async function countPresent(context: Context, place: Place): Promise<number | undefined> {
  const {layout} = place;
  const count = await rollbackTerraform(context, place, rootOf(layout)).countResources();
  if (count === undefined || readRollbackRecord(layout) !== undefined) return count;
  const below = countBelow(layout.rollbackFolder);
  return below && Math.max(count, below);
}

/** Returns the root module's copy. */
export function prepareFolder(
  place: Place,
  version: Version,
  sameBackend: boolean,
  say: RollbackRequest['say'],
): string {
  const {layout} = place;
  const folder = layout.rollbackFolder;
  const root = orUnwritable(folder, `to copy ${version.name} into it`, () => {
    createStore(layout);
    if (existsSync(folder)) say({type: 'leftover-removed', path: folder});
    const root = writeConfiguration(layout, version, folder);
    copyLogs(place, version, root);
    noteInFolder(layout, {
      ...recordOf(layout, version, root),
      sameBackend,
      unfinished: true,
      promoting: false,
      given: NOTHING_GIVEN,
    });
    return root;
  });
  say({type: 'copied', version: version.name, path: root});
  return root;
}

export function recordOf({rollbackFolder}: Layout, version: Version, root: string) {
  return {rollback: version.name, folder: relative(rollbackFolder, root).split(sep).join('/')};
}

/** @throws UserError `rollback-unrecorded`. */
export function writeRecord(layout: Layout, record: RollbackRecord): void {
  try {
    writeRollbackRecord(layout, record);
  } catch (error) {
    const problem = {kind: 'rollback-unrecorded', path: layout.rollback, code: codeOf(error)} as const;
    throw new UserError(problem, {cause: error});
  }
}

export function forget(layout: Layout): void {
  orUnwritable(layout.rollback, 'to end the rollback', () => {
    clearRollbackRecord(layout);
  });
}

export function remove(folder: string): void {
  orUnwritable(folder, 'to remove it', () => {
    removeSync(folder);
  });
}

/** @throws UserError `store-unwritable`. */
function orUnwritable<T>(path: string, needed: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({kind: 'store-unwritable', path, code: codeOf(error), needed}, {cause: error});
  }
}
