import {createHash} from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs';
import {join, posix} from 'node:path';
import {codeOf, UserError} from '../errors.js';
import {isInside} from './inside.js';
import {INPUTS_FILE, INPUTS_FOLDER} from './inputs.js';
import {CONFIGS, OUTSIDE, STATE_FILE, type Layout} from './layout.js';
import {readManifest, type Version} from './read.js';
import type {Entry, FileEntry, LinkEntry, Skipped} from './version.js';

/** A file of a version. One that the original tool kept has no checksum to be verified by. */
export type KeptFile = LinkEntry | (Omit<FileEntry, 'sha256' | 'mode'> & Partial<FileEntry>);

/** What a version keeps. */
export interface Kept {
  /** In the order of their paths. */
  readonly files: readonly KeptFile[];
  /** As in the manifest. */
  readonly rootPath: string;
  readonly skipped: readonly Skipped[];
}

/** Where the state lies in a version. */
const STATE_PATH = `${CONFIGS}/${STATE_FILE}`;

/**
 * All that a version keeps, state and inputs with it. Of a version of the original tool, which has no manifest, what lies
 * in its folder.
 *
 * @throws UserError `version-damaged` when the manifest is missing, or names what it cannot name: a path is checked before
 *   anybody follows it.
 */
export function keptFiles(layout: Layout, version: Version): Kept {
  const manifest = readManifest(layout, version.number);
  if (manifest === undefined) {
    if (version.meta.format !== undefined) throw damaged(version, 'its manifest is missing or damaged');
    return {files: listOriginal(layout.version(version.number)), rootPath: '', skipped: []};
  }
  const entries: readonly unknown[] = manifest.entries;
  const files = entries.map((entry) => {
    if (isEntry(entry)) return entry;
    throw damaged(version, 'its manifest names a file outside of it, or none');
  });
  const rootPath: unknown = manifest.rootPath ?? '';
  if (typeof rootPath !== 'string' || (rootPath !== '' && !isInside(rootPath)))
    throw damaged(version, 'its manifest names a root module outside of it');
  const skipped: readonly Skipped[] = Array.isArray(manifest.skipped) ? manifest.skipped : [];
  return {files: files.sort(byPath), rootPath, skipped: skipped.filter(isSkipped)};
}

/** The files of the root module and of modules outside of it: neither the state nor what a command was given. */
export function isConfiguration({path}: {readonly path: string}): boolean {
  return path !== STATE_PATH && (path.startsWith(`${CONFIGS}/`) || path.startsWith(`${OUTSIDE}/`));
}

/**
 * The bytes of a kept file, as they were kept.
 *
 * @throws UserError `version-damaged` when it is missing, was changed, or a link leads elsewhere.
 */
export function readKeptFile(layout: Layout, version: Version, file: Exclude<KeptFile, LinkEntry>): Buffer {
  const folder = layout.version(version.number);
  const stored = file.stored ?? file.path;
  const path = join(folder, stored);
  const content = read(folder, stored, version);
  if (file.sha256 !== undefined && createHash('sha256').update(content).digest('hex') !== file.sha256)
    throw damaged(version, `${path} is not what was kept`);
  return content;
}

/**
 * The bytes of the state of a version; undefined when it has none.
 *
 * @throws UserError `version-damaged`.
 */
export function readKeptState(layout: Layout, version: Version): Buffer | undefined {
  const file = keptFiles(layout, version).files.find(({path}) => path === STATE_PATH);
  return file === undefined || 'link' in file ? undefined : readKeptFile(layout, version, file);
}

/** The name people know a file by: as seen from the root module, `outside/…` as it lies in the version. */
export function nameOf({path}: {readonly path: string}): string {
  const name = path.startsWith(`${CONFIGS}/`) ? path.slice(CONFIGS.length + 1) : path;
  const [top = ''] = name.split('/', 1);
  const isAmbiguous = name !== path && [CONFIGS, OUTSIDE, INPUTS_FILE, INPUTS_FOLDER].includes(top);
  return isAmbiguous ? path : name;
}

/** Find a file by such a name, or by its path in the version. Nothing but a name from the list is one. */
export function findKept(files: readonly KeptFile[], name: string): KeptFile | undefined {
  return (
    files.find(({path}) => path === name) ??
    files.find(({path}) => path === `${CONFIGS}/${posix.normalize(name)}`)
  );
}

function read(folder: string, stored: string, version: Version): Buffer {
  const path = join(folder, stored);
  let file: number | undefined;
  try {
    if (realpathSync(path) !== join(realpathSync(folder), stored))
      throw damaged(version, `${path} is a link`);
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) throw damaged(version, `${path} is no regular file`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(version, `${path} cannot be read (${codeOf(error)})`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function isEntry(value: unknown): value is Entry {
  const {path, sha256, size, stored, link} = (value ?? {}) as Record<string, unknown>;
  if (typeof path !== 'string' || !isPlainPath(path)) return false;
  if (link !== undefined) return typeof link === 'string';
  const isStored = stored === undefined || (typeof stored === 'string' && isPlainPath(stored));
  return typeof sha256 === 'string' && typeof size === 'number' && isStored;
}

function isSkipped(value: unknown): value is Skipped {
  const {path, reason} = (value ?? {}) as Record<string, unknown>;
  return typeof path === 'string' && typeof reason === 'string';
}

function isPlainPath(path: string): boolean {
  return isInside(path) && posix.normalize(path) === path;
}

function listOriginal(folder: string): KeptFile[] {
  const listed = readdirSync(folder, {recursive: true, withFileTypes: true});
  return listed
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(folder.length + 1), entry.name))
    .filter((path) => path.startsWith(`${CONFIGS}/`))
    .map((path) => ({path, size: statSync(join(folder, path)).size}))
    .sort(byPath);
}

function byPath(a: {path: string}, b: {path: string}): number {
  return a.path < b.path ? -1 : 1;
}

function damaged(version: Version, reason: string): UserError {
  return new UserError({kind: 'version-damaged', version: version.name, reason});
}
