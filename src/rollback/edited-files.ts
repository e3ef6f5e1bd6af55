import {join} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {readIfRegular} from '../regular-file.js';
import type {Layout} from '../store/layout.js';
import {listFolder, type Version} from '../store/read.js';
import {writeConfiguration} from '../store/restore.js';
import {isConfiguration} from '../terraform/variables.js';
import {rootOf} from './rollback-folder.js';
import {OVERRIDE} from './rollback-terraform.js';

/** Names of files terraform reads in the rollback's folder that are not the version's, but for the one we put there. */
export function editedFiles(layout: Layout, version: Version): string[] {
  const folder = join(layout.staging, '.promoting');
  try {
    const [kept, there] = [writeConfiguration(layout, version, folder), rootOf(layout)];
    return listFolder(there)
      .filter((name) => isConfiguration(name) && name !== OVERRIDE)
      .filter((name) => !isSameFile(join(there, name), join(kept, name)));
  } finally {
    removeSync(folder);
  }
}

function isSameFile(a: string, b: string): boolean {
  const [left, right] = [readIfRegular(a), readIfRegular(b)];
  return left !== undefined && right !== undefined && left.equals(right);
}
