import {chmodSync, lstatSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {copySync, emptyDirSync} from 'fs-extra/esm';
import {codeOf} from '../errors.js';
import {makeFolder} from './disk.js';
import {damaged, isConfiguration, keptFiles, readKeptFile, type KeptFile} from './kept-version.js';
import {CONFIGS, OUTSIDE, STATE_FILE, type Layout} from './layout.js';
import type {Version} from './read.js';

/** What the original tool may have kept besides: states, and a data folder that names the project's backend. */
const LEFT_OUT = [STATE_FILE, `${STATE_FILE}.backup`, 'errored.tfstate', 'terraform.tfstate.d', '.terraform'];

/**
 * Write a version's configuration, without its state, into a folder that is emptied first: with the names and permission
 * bits it had in the project. Where the version has modules outside of the root module, everything is laid out below
 * the folder as it was, so that relative paths hold; otherwise the folder becomes the root module. A version of the
 * original tool has no manifest; its folder is copied as it stands.
 *
 * Nothing is written outside of the folder, whatever the manifest says. On a failure the folder holds a part.
 *
 * @param folder Absolute.
 * @returns The root module's copy; absolute.
 * @throws UserError `version-damaged` when a file of it is missing or is not what was kept; the system's error when the
 *   folder cannot be written.
 */
export function writeConfiguration(layout: Layout, version: Version, folder: string): string {
  const source = layout.version(version.number);
  const {files, rootPath, isOriginal} = keptFiles(layout, version);
  const root = join(folder, rootPath);
  // What a link leads to is not ours to empty.
  if (lstatSync(folder, {throwIfNoEntry: false})?.isSymbolicLink() === true) unlinkSync(folder);
  makeFolder(folder);
  emptyDirSync(folder);
  if (isOriginal) {
    const left = LEFT_OUT.map((name) => join(source, CONFIGS, name));
    copySync(join(source, CONFIGS), folder, {filter: (path) => !left.includes(path)});
    return folder;
  }
  makeFolder(root);
  const wanted = files
    .filter(isConfiguration)
    .map((file) => ({file, target: targetOf(file, version, folder, root)}))
    .filter(({target}) => target !== join(root, STATE_FILE));
  // Links last, when all folders stand: nothing is then written through one of them.
  for (const {file, target} of wanted) {
    once(file.path, version, () => {
      makeFolder(dirname(target));
      if ('link' in file) return;
      writeFileSync(target, readKeptFile(layout, version, file), {flag: 'wx'});
      // Readable and writable by its owner in any case: the copy is a working folder.
      chmodSync(target, Number.parseInt(file.mode ?? '', 8) | 0o600);
    });
  }
  for (const {file, target} of wanted) {
    if ('link' in file) {
      once(file.path, version, () => {
        symlinkSync(file.link, target);
      });
    }
  }
  return root;
}

function targetOf({path}: KeptFile, version: Version, folder: string, root: string): string {
  const isOutside = path.startsWith(`${OUTSIDE}/`);
  // Without a path of the root module what lies outside of it has no place.
  if (isOutside && root === folder) throw damaged(version, `it names a file outside of it, ${path}`);
  return join(isOutside ? folder : root, path.slice(path.indexOf('/') + 1));
}

/** A file stands where another one or a folder has to be: only a manifest that was changed names both. */
function once(path: string, version: Version, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!['EEXIST', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))) throw error;
    throw damaged(version, `it names more than one file at ${path}`);
  }
}
