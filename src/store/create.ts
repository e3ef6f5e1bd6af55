import {existsSync} from 'node:fs';
import {codeOf, UserError} from '../errors.js';
import {makeFolder, readJson, writeJson, writeWhole} from './disk.js';
import type {Layout} from './layout.js';

/** Make what is missing of the store and of this tree; true where that is new. @throws UserError `store-unwritable`. */
export function createStore(layout: Layout): boolean {
  const fresh = !existsSync(layout.versions);
  try {
    for (const folder of [layout.store, layout.versions, layout.meta, layout.staging]) makeFolder(folder);
    if (!existsSync(layout.gitignore)) writeWhole(layout.gitignore, '*\n');
    // In a store that has versions a missing current.json is damage, which keep.ts repairs from the versions.
    if (fresh && readJson(layout.current).kind === 'missing') {
      writeJson(layout.current, {current: '', status: false});
    }
    if (readJson(layout.rollback).kind === 'missing') writeJson(layout.rollback, {rollback: ''});
  } catch (error) {
    const [path, code, needed] = [layout.store, codeOf(error), 'to keep versions'];
    throw new UserError({kind: 'store-unwritable', path, code, needed}, {cause: error});
  }
  return fresh;
}
