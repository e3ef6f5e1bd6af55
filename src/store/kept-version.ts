import {createHash} from 'node:crypto';
import {existsSync, readdirSync, realpathSync, statSync} from 'node:fs';
import {join, posix} from 'node:path';
import {codeOf, UserError} from '../errors.js';
import {readRegular, readRegularFile, type RegularRead} from '../regular-file.js';
import {CONFIGS, OUTSIDE, STATE_FILE, type Layout} from './layout.js';
import {checkManifest} from './manifest.js';
import type {Version} from './read.js';
import type {FileEntry, LinkEntry, Skipped} from './version.js';

/** A file of a version. One that the original tool kept has no checksum to be verified by. */
export type KeptFile = LinkEntry | (Omit<FileEntry, 'sha256' | 'mode'> & Partial<FileEntry>);

/** What a version keeps. */
export interface Kept {
  /** State and inputs among them, in the order of their paths. */
  readonly files: readonly KeptFile[];
  /** As in the manifest. */
  readonly rootPath: string;
  readonly skipped: readonly Skipped[];
  /** Whether the original tool made it: there is no manifest, and the files are those in its folder. */
  readonly isOriginal: boolean;
}

/** Where the state lies in a version. */
const STATE_PATH = `${CONFIGS}/${STATE_FILE}`;

/** All that a version keeps; no path leads out of it. @throws UserError `version-damaged` (manifest), `store-newer`. */
export function keptFiles(layout: Layout, version: Version): Kept {
  const manifest = checkManifest(layout, version.number);
  if (typeof manifest === 'string') throw damaged(version, manifest);
  if (manifest !== undefined) {
    const {entries, rootPath = '', skipped} = manifest;
    return {files: entries.toSorted(byPath), rootPath, skipped, isOriginal: false};
  }
  if (version.meta.format !== undefined) throw damaged(version, 'its manifest is missing or damaged');
  const files = filesOfOriginal(layout.version(version.number));
  return {files, rootPath: '', skipped: [], isOriginal: true};
}

/** The files of the root module and of modules outside of it: neither the state nor what a command was given. */
export function isConfiguration({path}: {readonly path: string}): boolean {
  return path !== STATE_PATH && (path.startsWith(`${CONFIGS}/`) || path.startsWith(`${OUTSIDE}/`));
}

/** A kept file, checked by its checksum. @throws UserError `version-damaged`, also where a link leads elsewhere. */
export function readKeptFile(layout: Layout, version: Version, file: Exclude<KeptFile, LinkEntry>): Buffer {
  const folder = layout.version(version.number);
  const stored = file.stored ?? file.path;
  const path = join(folder, stored);
  try {
    if (realpathSync(path) !== join(realpathSync(folder), stored))
      throw damaged(version, `${path} is a link`);
    const {content} = readRegular(path);
    if (content === undefined) throw damaged(version, `${path} is no regular file`);
    if (file.sha256 !== undefined && createHash('sha256').update(content).digest('hex') !== file.sha256)
      throw damaged(version, `${path} is not what was kept`);
    return content;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(version, `${path} cannot be read (${codeOf(error)})`);
  }
}

/** The state of a version, checked. @throws UserError `version-without-state`, `version-damaged`, `store-newer`. */
export function readKeptState(layout: Layout, version: Version): Buffer {
  const file = keptFiles(layout, version).files.find(({path}) => path === STATE_PATH);
  if (file === undefined || 'link' in file)
    throw new UserError({kind: 'version-without-state', version: version.name});
  return readKeptFile(layout, version, file);
}

/** The state of a version as it stands now, for those who read so many that checking them would take too long. */
export function readStateUnchecked(layout: Layout, number: number): RegularRead | {readonly kind: 'missing'} {
  const path = join(layout.version(number), STATE_PATH);
  return existsSync(path) ? readRegularFile(path) : {kind: 'missing'};
}

/** @param reason Says what of it is damaged. */
export function damaged(version: {readonly name: string}, reason: string): UserError {
  return new UserError({kind: 'version-damaged', version: version.name, reason});
}

function filesOfOriginal(folder: string): KeptFile[] {
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
