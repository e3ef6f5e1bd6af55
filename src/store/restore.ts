import {createHash} from 'node:crypto';
import {chmodSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {copySync, emptyDirSync} from 'fs-extra/esm';
import {codeOf, UserError} from '../errors.js';
import {makeFolder} from './disk.js';
import {CONFIGS, STATE_FILE, type Layout} from './layout.js';
import {readManifest, type Version} from './read.js';

/**
 * Write a version's configuration, without its state, into a folder that is emptied first: with the names and permission bits it had in the
 * project. A version of the original tool has no manifest; its folder is copied as it stands.
 *
 * @throws UserError `version-damaged` when a file of it is missing or is not what was kept; the system's error when the folder cannot be written.
 */
export function writeConfiguration(layout: Layout, version: Version, folder: string): void {
  const source = layout.version(version.number);
  const manifest = readManifest(layout, version.number);
  makeFolder(folder);
  emptyDirSync(folder);
  if (manifest === undefined) {
    const state = join(source, CONFIGS, STATE_FILE);
    copySync(join(source, CONFIGS), folder, {filter: (path) => path !== state});
    return;
  }
  const wanted = manifest.entries.filter(
    ({path}) => path.startsWith(`${CONFIGS}/`) && path !== `${CONFIGS}/${STATE_FILE}`,
  );
  // Links last: nothing is then written through one of them.
  wanted.sort((a, b) => Number('link' in a) - Number('link' in b));
  for (const entry of wanted) {
    const target = join(folder, entry.path.slice(CONFIGS.length + 1));
    if (relative(folder, target).startsWith('..')) {
      throw damaged(version, 'it names a file outside of it');
    }
    makeFolder(dirname(target));
    if ('link' in entry) {
      symlinkSync(entry.link, target);
      continue;
    }
    const kept = join(source, entry.stored ?? entry.path);
    const content = readKept(kept, version);
    if (createHash('sha256').update(content).digest('hex') !== entry.sha256) {
      throw damaged(version, `${kept} is not what was kept`);
    }
    writeFileSync(target, content);
    // Readable and writable by its owner in any case: the copy is a working folder.
    chmodSync(target, Number.parseInt(entry.mode, 8) | 0o600);
  }
}

function readKept(path: string, version: Version): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw damaged(version, `${path} cannot be read (${codeOf(error)})`);
  }
}

function damaged(version: Version, reason: string): UserError {
  return new UserError({kind: 'version-damaged', version: version.name, reason});
}
