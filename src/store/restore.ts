import {createHash} from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {copySync, emptyDirSync} from 'fs-extra/esm';
import {codeOf, UserError} from '../errors.js';
import {makeFolder} from './disk.js';
import {isInside} from './inside.js';
import {CONFIGS, OUTSIDE, STATE_FILE, type Layout} from './layout.js';
import {readManifest, type Version} from './read.js';
import type {Entry, FileEntry} from './version.js';

/** What the original tool may have kept besides: states, and a data folder that names the project's backend. */
const NO_CONFIGURATION = [
  STATE_FILE,
  `${STATE_FILE}.backup`,
  'errored.tfstate',
  'terraform.tfstate.d',
  '.terraform',
];

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
  const manifest = readManifest(layout, version.number);
  if (manifest === undefined && existsSync(join(source, OUTSIDE)))
    throw damaged(version, 'its manifest is missing or damaged');
  const root = restoredRoot(layout, version, folder);
  // What a link leads to is not ours to empty.
  if (lstatSync(folder, {throwIfNoEntry: false})?.isSymbolicLink() === true) unlinkSync(folder);
  makeFolder(folder);
  emptyDirSync(folder);
  if (manifest === undefined) {
    const left = NO_CONFIGURATION.map((name) => join(source, CONFIGS, name));
    copySync(join(source, CONFIGS), folder, {filter: (path) => !left.includes(path)});
    return folder;
  }
  makeFolder(root);
  const wanted = manifest.entries.flatMap((entry) => {
    const target = targetOf(entry, version, folder, root);
    return target === undefined || target === join(root, STATE_FILE) ? [] : [{entry, target}];
  });
  // Links last, when all folders stand: nothing is then written through one of them.
  for (const {entry, target} of wanted) {
    once(entry.path, version, () => {
      makeFolder(dirname(target));
      if (!('link' in entry)) writeKept(entry, source, target, version);
    });
  }
  for (const {entry, target} of wanted) {
    if ('link' in entry) {
      once(entry.path, version, () => {
        symlinkSync(entry.link, target);
      });
    }
  }
  return root;
}

/**
 * Where `writeConfiguration` puts the root module of a version when it writes it into a folder.
 *
 * @throws UserError `version-damaged` when the manifest names a place that does not lie in the folder.
 */
export function restoredRoot(layout: Layout, version: Version, folder: string): string {
  const rootPath: unknown = readManifest(layout, version.number)?.rootPath ?? '';
  if (typeof rootPath !== 'string' || (rootPath !== '' && !isInside(rootPath)))
    throw damaged(version, 'it names a root module outside of it');
  return join(folder, rootPath);
}

/** Undefined for what is neither the root module's nor of a module outside. */
function targetOf({path}: Entry, version: Version, folder: string, root: string): string | undefined {
  const [top = ''] = path.split('/', 1);
  if (top !== CONFIGS && top !== OUTSIDE) return undefined;
  const inside = path.slice(top.length + 1);
  // Without a path of the root module what lies outside of it has no place.
  if (!isInside(inside) || (top === OUTSIDE && root === folder))
    throw damaged(version, `it names a file outside of it, ${path}`);
  return join(top === CONFIGS ? root : folder, inside);
}

function writeKept(entry: FileEntry, source: string, target: string, version: Version): void {
  const stored = entry.stored ?? entry.path;
  if (!isInside(stored)) throw damaged(version, `it names a file outside of it, ${stored}`);
  const kept = join(source, stored);
  const content = readKept(kept, version);
  if (createHash('sha256').update(content).digest('hex') !== entry.sha256) {
    throw damaged(version, `${kept} is not what was kept`);
  }
  writeFileSync(target, content, {flag: 'wx'});
  // Readable and writable by its owner in any case: the copy is a working folder.
  chmodSync(target, Number.parseInt(entry.mode, 8) | 0o600);
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
