import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {flushPath, makeFolder} from './disk.js';

/** What it takes to make the files of a folder those of another one; paths are relative to both, with `/`. */
export interface Replacement {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Folders that stand where a file or a link has to be: nobody knows what else is in them. */
  readonly blocked: readonly string[];
}

/** A folder whose files are replaced. */
export interface Area {
  /** Absolute: the folder, and another one with nothing else in it than the files it is to have. */
  readonly live: string;
  readonly wanted: string;
  /** Files that go, relative to `live`. */
  readonly removed: readonly string[];
}

/**
 * Compare the files of a folder with those that are to be there.
 *
 * @param goes Which of the present files go when they are not wanted, relative to `live`.
 */
export function planReplacement(live: string, wanted: string, goes: readonly string[]): Replacement {
  const files = filesIn(wanted);
  const added: string[] = [];
  const changed: string[] = [];
  const blocked: string[] = [];
  for (const path of files) {
    const present = join(live, path);
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
export function carryOut({live, wanted, removed}: Area): void {
  for (const path of filesIn(wanted)) {
    const [from, to] = [join(wanted, path), join(live, path)];
    makeRoom(live, dirname(path));
    if (lstatSync(to, {throwIfNoEntry: false}) !== undefined && isSame(from, to)) continue;
    const temporary = `${to}.cloudtm-restore`;
    rmSync(temporary, {force: true});
    copyEntry(from, temporary);
    flushPath(temporary);
    renameSync(temporary, to);
    flushPath(dirname(to));
  }
  for (const path of removed) {
    rmSync(join(live, path), {force: true});
    removeEmpty(live, dirname(path));
  }
}

/**
 * Copy the files that a replacement touches.
 *
 * @param folder Gets them, and nothing else is in it.
 * @returns What puts them back.
 */
export function saveTouched(live: string, folder: string, replacement: Replacement): Area {
  makeFolder(folder);
  for (const path of [...replacement.changed, ...replacement.removed]) {
    makeFolder(dirname(join(folder, path)));
    copyEntry(join(live, path), join(folder, path));
  }
  return {live, wanted: folder, removed: replacement.added};
}

/** Files and links below a folder, without following any; none where there is no folder. */
function filesIn(folder: string, inside = ''): string[] {
  if (inside === '' && lstatSync(folder, {throwIfNoEntry: false}) === undefined) return [];
  return readdirSync(join(folder, inside), {withFileTypes: true}).flatMap((entry) => {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}

function copyEntry(from: string, to: string): void {
  const stats = lstatSync(from);
  if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else {
    copyFileSync(from, to);
    chmodSync(to, statSync(from).mode);
  }
}

/** A folder that held nothing else than what was removed goes with it. */
function removeEmpty(live: string, inside: string): void {
  if (inside === '.') return;
  try {
    rmdirSync(join(live, inside));
  } catch {
    return; // It holds something.
  }
  removeEmpty(live, dirname(inside));
}

/** Whatever stands where a folder is needed was kept before. */
function makeRoom(live: string, inside: string): void {
  if (inside === '.') return;
  makeRoom(live, dirname(inside));
  const path = join(live, inside);
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
