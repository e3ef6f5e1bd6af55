import {existsSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import type {Place} from '../project/place.js';
import type {Context} from '../context.js';
import {codeOf, UserError} from '../errors.js';
import {createStore} from '../store/create.js';
import type {Layout} from '../store/layout.js';
import {readHistory, type Version} from '../store/read.js';
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

export function folderGone({rollbackFolder: path, rollback: record}: Layout, version: string): UserError {
  return new UserError({kind: 'rollback-folder-gone', version, path, record});
}

/** The version an active rollback deployed, and what is recorded of it. @throws UserError `no-rollback`. */
export function requireActive(layout: Layout): {version: Version; record: RollbackRecord} {
  const {rollback, versions} = readHistory(layout);
  const record = readRollbackRecord(layout);
  const version = versions.find(({name}) => name === rollback);
  if (rollback === '' || record === undefined || version === undefined)
    throw new UserError({kind: 'no-rollback'});
  return {version, record};
}

/** What the folder of a rollback holds, whatever is recorded of it. */
export async function countPresent(context: Context, place: Place): Promise<number | undefined> {
  const {layout} = place;
  const count = await rollbackTerraform(context, place, rootOf(layout)).countResources();
  if (count === undefined || readRollbackRecord(layout) !== undefined) return count;
  const below = countBelow(layout.rollbackFolder);
  return below && Math.max(count, below);
}

/** Copy a version into the folder. @returns The root module's copy, and what is to be recorded of it. */
export function prepareFolder({place, say}: RollbackRequest, version: Version, sameBackend: boolean) {
  const {layout} = place;
  const folder = layout.rollbackFolder;
  const prepared = orUnwritable(folder, `to copy ${version.name} into it`, () => {
    createStore(layout);
    if (existsSync(folder)) say({type: 'leftover-removed', path: folder});
    const root = writeConfiguration(layout, version, folder);
    copyLogs(place, version, root);
    const record: RollbackRecord = {
      rollback: version.name,
      folder: relative(folder, root).split(sep).join('/'),
      sameBackend,
      unfinished: true,
      promoting: false,
      given: NOTHING_GIVEN,
    };
    noteInFolder(layout, record);
    return {root, record};
  });
  say({type: 'copied', version: version.name, path: prepared.root});
  return prepared;
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

/** End the rollback, and remove its folder. @throws UserError `store-unwritable`. */
export function endRollback({layout}: Place): void {
  // In this order: a record without a folder would speak of resources that cannot be found any more.
  orUnwritable(layout.rollback, 'to end the rollback', () => {
    clearRollbackRecord(layout);
  });
  orUnwritable(layout.rollbackFolder, 'to remove it', () => {
    removeSync(layout.rollbackFolder);
  });
}

function orUnwritable<T>(path: string, needed: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({kind: 'store-unwritable', path, code: codeOf(error), needed}, {cause: error});
  }
}
