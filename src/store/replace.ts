import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {flushPath, readJson, writeJson} from './disk.js';
import type {Layout} from './layout.js';
import {listFolder} from './read.js';

/** What it takes to make the files of a folder those of another one; paths are relative to both, with `/`. */
export interface Replacement {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Folders that stand where a file or a link has to be: nobody knows what else is in them. */
  readonly blocked: readonly string[];
}

/** `restore.json`: on disk before the first file is touched, gone after the last. */
export interface Journal {
  readonly version: string;
  readonly removed: readonly string[];
}

/**
 * Compare the files of a folder with those that are to be there.
 *
 * @param wanted A folder with nothing else in it than the files that are wanted.
 * @param goes Which of the present files go when they are not wanted, relative to `folder`.
 */
export function planReplacement(folder: string, wanted: string, goes: readonly string[]): Replacement {
  const files = filesIn(wanted);
  const added: string[] = [];
  const changed: string[] = [];
  const blocked: string[] = [];
  for (const path of files) {
    const present = join(folder, path);
    const stats = lstatSync(present, {throwIfNoEntry: false});
    if (stats === undefined) added.push(path);
    else if (stats.isDirectory()) blocked.push(path);
    else if (!isSame(join(wanted, path), present)) changed.push(path);
  }
  const known = new Set(files);
  return {added, changed, removed: goes.filter((path) => !known.has(path)), blocked};
}

/**
 * Make the files of a folder those of another one. Each file is replaced in one step; after a crash in between calling
 * this again does the rest.
 *
 * Links are replaced themselves and never written through.
 */
export function carryOut(folder: string, wanted: string, {removed}: Journal): void {
  for (const path of filesIn(wanted)) {
    const [from, to] = [join(wanted, path), join(folder, path)];
    makeRoom(folder, dirname(path));
    if (lstatSync(to, {throwIfNoEntry: false}) !== undefined && isSame(from, to)) continue;
    const temporary = `${to}.cloudtm-restore`;
    rmSync(temporary, {force: true});
    if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), temporary);
    else {
      copyFileSync(from, temporary);
      chmodSync(temporary, statSync(from).mode);
      flushPath(temporary);
    }
    renameSync(temporary, to);
    flushPath(dirname(to));
  }
  for (const path of removed) rmSync(join(folder, path), {force: true});
}

export function readJournal(layout: Layout): Journal | undefined {
  const read = readJson(layout.journal);
  const journal = read.kind === 'read' ? (read.value as Partial<Journal> | null) : undefined;
  return typeof journal?.version === 'string' && Array.isArray(journal.removed)
    ? (journal as Journal)
    : undefined;
}

export function writeJournal(layout: Layout, journal: Journal): void {
  writeJson(layout.journal, journal);
}

/** The files are as they are to be. */
export function closeJournal(layout: Layout): void {
  rmSync(layout.journal, {force: true});
  for (const name of listFolder(layout.staging)) {
    if (name.startsWith(REPLACING)) removeSync(join(layout.staging, name));
  }
}

const REPLACING = '.replacing-';

/** A folder of its own to write a version to, beside those being made. */
export function replacingFolder(layout: Layout, pid: number): string {
  return join(layout.staging, `${REPLACING}${pid}`);
}

/** Files and links below a folder, without following any. */
export function filesIn(folder: string, inside = ''): string[] {
  return readdirSync(join(folder, inside), {withFileTypes: true}).flatMap((entry) => {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}

/** Whatever stands where a folder is needed was kept in the version made before. */
function makeRoom(folder: string, inside: string): void {
  if (inside === '.') return;
  makeRoom(folder, dirname(inside));
  const path = join(folder, inside);
  const stats = lstatSync(path, {throwIfNoEntry: false});
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) rmSync(path);
  mkdirSync(path);
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [lstatSync(a), lstatSync(b)];
  if (left.isSymbolicLink() || right.isSymbolicLink()) {
    return left.isSymbolicLink() && right.isSymbolicLink() && readlinkSync(a) === readlinkSync(b);
  }
  if (!right.isFile() || left.size !== right.size || ((left.mode ^ right.mode) & 0o111) !== 0) return false;
  return readFileSync(a).equals(readFileSync(b));
}
