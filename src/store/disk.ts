import {createHash, randomBytes} from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {codeOf} from '../errors.js';
import type {FileEntry} from './version.js';

/** Folders are 0700 and files 0600 whatever the umask: states hold secrets. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;
/** What belongs to a version is not edited afterwards. */
export const STORED_MODE = 0o400;

/** What reading a JSON file of the store gave. */
export type JsonRead = {kind: 'read'; value: unknown} | {kind: 'missing'} | {kind: 'damaged'; reason: string};

/** Create a folder and those above it, 0700. Not by `recursive`: on a read-only disk that reports ENOENT (Node 20). */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, FOLDER_MODE);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, FOLDER_MODE);
  }
}

/** Replace a file: readers see the old bytes or the new ones, also after a crash. @throws the system's error. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  writeAside(path, content, FILE_MODE, renameSync);
  flushPath(dirname(path));
}

/** Replace a file in one step that only a crash of this process has to survive, not one of the machine. */
export function writeSoon(path: string, content: string): void {
  const temporary = temporaryOf(path);
  writeFileSync(temporary, content, {mode: FILE_MODE, flag: 'wx'});
  renameSync(temporary, path);
}

/** Write a new file in one step. @throws the system's error, `EEXIST` for a name that is taken. */
export function writeNew(path: string, content: string, mode = 0o666): void {
  writeAside(path, content, mode, moveToNew);
}

type Move = (from: string, to: string) => void;

function writeAside(path: string, content: string | Uint8Array, mode: number, move: Move): void {
  const temporary = temporaryOf(path);
  try {
    writeFileSync(temporary, content, {mode, flag: 'wx'});
    flushPath(temporary);
    move(temporary, path);
  } finally {
    rmSync(temporary, {force: true});
  }
}

/** What filesystems without hard links answer. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** Give a file a free name: `link` refuses one that exists, where `rename` would replace it. @throws as `writeNew`. */
export function moveToNew(from: string, path: string): void {
  try {
    linkSync(from, path);
    rmSync(from);
  } catch (error) {
    if (!NO_LINKS.includes(codeOf(error))) throw error;
    closeSync(openSync(path, 'wx')); // Ours from now on.
    renameSync(from, path);
  }
  flushPath(dirname(path));
}

/**
 * Write a file of a version that is being made; one that a killed command left at this place gives way. It counts once it
 * is flushed: see `flush` in keep.ts.
 *
 * @param folder The version's.
 * @param mode Its permission bits in the project; in the store it is 0400.
 * @returns What the manifest lists.
 */
export function writeStored(
  folder: string,
  path: string,
  content: string | Uint8Array,
  mode: number,
): FileEntry {
  const file = join(folder, path);
  makeFolder(dirname(file));
  rmSync(file, {force: true});
  writeFileSync(file, content, {mode: FILE_MODE, flag: 'wx'});
  chmodSync(file, STORED_MODE);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return {path, size: Buffer.byteLength(content), mode: permissions(mode), sha256};
}

/** Permission bits as a manifest has them: `0644`. */
export function permissions(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** Give a file of a version to another one, which is being made; what stands at its place gives way. */
export function linkOrCopy(from: string, to: string): void {
  makeFolder(dirname(to));
  rmSync(to, {force: true});
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // A filesystem without links, or one that allows no more of this file.
    chmodSync(to, STORED_MODE);
  }
}

/** JSON in the form that people read. */
export function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Write JSON in one step. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, jsonOf(value));
}

/** The fields of a JSON object that was read, none of them checked; none where it is missing, damaged or no object. */
export function fieldsOf(read: JsonRead): Record<string, unknown> {
  return ((read.kind === 'read' ? read.value : null) ?? {}) as Record<string, unknown>;
}

/** Read JSON; what is missing or damaged is an answer, not an error. */
export function readJson(path: string): JsonRead {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? {kind: 'missing'} : {kind: 'damaged', reason: code};
  }
  try {
    return {kind: 'read', value: JSON.parse(text)};
  } catch {
    return {kind: 'damaged', reason: text.trim() === '' ? 'empty' : 'not JSON'};
  }
}

/** Make a file, or the renames in a folder, last through a power failure. Filesystems that cannot are let be. */
export function flushPath(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(file);
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'].includes(codeOf(error))) throw error;
  } finally {
    closeSync(file);
  }
}

function temporaryOf(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.tmp`;
}
