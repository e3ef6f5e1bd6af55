import {accessSync, constants, existsSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {UserError} from '../../errors.js';
import type {Finding} from '../../events/finding.js';
import type {Layout} from '../../store/layout.js';
import {readHistory, type History} from '../../store/read.js';
import {hasLeftovers} from '../../store/staging.js';

/** Whether versions can be kept, and whether those that were kept can be read. */
export function checkStore(layout: Layout): Finding[] {
  const {store} = layout;
  if (!existsSync(store)) {
    const folder = dirname(store);
    return [isWritable(folder) ? {kind: 'store-none', path: store} : {kind: 'store-impossible', folder}];
  }
  const access = checkAccess(layout);
  try {
    const {versions, ...history} = readHistory(layout);
    const found = [...access, ...checkContent(layout, history)];
    const right: Finding = {kind: 'store-right', path: layout.tree, versions: versions.length};
    return found.length === 0 ? [right] : found;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [...access, {kind: 'store-unusable', problem: error.problem}];
  }
}

function checkContent(layout: Layout, {damaged, notes, rollback}: Omit<History, 'versions'>): Finding[] {
  const found: Finding[] = [];
  if (rollback !== '')
    found.push({kind: 'rollback-active', version: rollback, folder: layout.rollbackFolder});
  for (const {name, number, reason} of damaged)
    found.push({
      kind: 'version-damaged',
      version: name,
      reason,
      metadata: reason.startsWith(layout.metaFile(number)),
    });
  for (const note of notes) found.push({kind: 'record-damaged', ...note});
  if (hasLeftovers(layout)) found.push({kind: 'leftovers'});
  return found;
}

function checkAccess({store, versions}: Layout): Finding[] {
  const found: Finding[] = [];
  if (!isWritable(store) || (existsSync(versions) && !isWritable(versions)))
    found.push({kind: 'store-not-writable', path: store});
  if ((statSync(store).mode & 0o077) !== 0) found.push({kind: 'store-open-to-others', path: store});
  return found;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
