import {
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {copySync} from 'fs-extra/esm';
import {codeOf} from '../errors.js';
import {flushPath, makeFolder} from './disk.js';

/** What it takes to make the files of a folder those of another one; paths are relative to both, with `/`. */
export interface Replacement {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Also files and links that stand where a folder has to be. */
  readonly removed: readonly string[];
  /** Folders that stand where a file or a link has to be: something else may be in them. */
  readonly blocked: readonly string[];
  /** Wanted, and left alone: what stands there is no part of the configuration, so that no version would have it. */
  readonly left: readonly string[];
  /** Folders that are missing; the upper ones first. */
  readonly folders: readonly string[];
}

/** A folder whose files are replaced. */
export interface Changeset {
  /** Absolute: the folder, and another one with nothing else in it than the files it is to have, if there are any. */
  readonly live: string;
  readonly wanted: string | undefined;
  /** Files and links that go, relative to `live`. */
  readonly removed: readonly string[];
  /** Folders that go if nothing is left in them; the upper ones first. */
  readonly folders: readonly string[];
  /** The files that stand in `live` unless they were edited since: an edit is set aside. Absolute. */
  readonly written?: string | undefined;
}

/** What there is in a folder, relative to it; both undefined where everything may be replaced and nothing goes. */
export interface Present {
  /** The files that are part of the configuration. */
  readonly files: ReadonlySet<string> | undefined;
  /** Those of them that go when they are not wanted. */
  readonly goes: readonly string[];
}

/** Compare the files of a folder with those that are to be there. */
export function planReplacement(live: string, wanted: string, present: Present): Replacement {
  const files = filesIn(wanted);
  const [added, changed, blocked, left]: [string[], string[], string[], string[]] = [[], [], [], []];
  const removed = new Set<string>();
  const folders = new Set<string>();
  for (const path of files) {
    const missing = missingAbove(live, path);
    // What stands there, or the first thing on the way that is no folder.
    const [at = path] = missing;
    const stands = lookAt(join(live, at));
    if (stands?.isDirectory() === true) blocked.push(path);
    else if (stands !== undefined && present.files?.has(at) === false) left.push(path);
    else if (stands === undefined || at !== path) {
      if (stands !== undefined) removed.add(at);
      added.push(path);
      for (const folder of missing) folders.add(folder);
    } else if (!isSame(join(wanted, path), join(live, path))) changed.push(path);
  }
  const known = new Set(files);
  for (const path of present.goes) if (!known.has(path)) removed.add(path);
  return {added, changed, removed: [...removed], blocked, left, folders: [...folders]};
}

/** The changeset of a replacement; what is left alone is taken out of the wanted files. */
export function changesetOf(live: string, wanted: string, {removed, left}: Replacement): Changeset {
  for (const path of left) rmSync(join(wanted, path), {force: true});
  const folders = new Set(removed.flatMap(foldersAbove));
  return {live, wanted, removed, folders: [...folders]};
}

/**
 * Make the files of a folder those of another one. Each file is replaced in one step; after a crash in between calling
 * this again does the rest.
 *
 * Links are replaced themselves: nothing is written, or removed, through one.
 *
 * @returns Where edited files were set aside; absolute.
 * @throws the system's error. Something was replaced by then, and something was not.
 */
export function carryOut({live, wanted, removed, folders, written}: Changeset): string[] {
  const aside: string[] = [];
  const setAside = (path: string) => {
    if (written !== undefined && isEdited(live, path, wanted, written))
      aside.push(keepEdited(join(live, path)));
  };
  if (lookAt(live) === undefined)
    throw Object.assign(new Error(`${live} is gone`), {code: 'ENOENT', path: live});
  for (const path of removed) {
    if (!isReachable(live, path)) continue;
    rmSync(temporaryOf(join(live, path)), {force: true});
    if (lookAt(join(live, path))?.isDirectory() !== false) continue;
    setAside(path);
    rmSync(join(live, path));
  }
  for (const folder of folders.toReversed()) if (isReachable(live, folder)) removeEmpty(join(live, folder));
  const touched = new Set<string>();
  for (const path of wanted === undefined ? [] : filesIn(wanted)) {
    const [from, to] = [join(wanted ?? '', path), join(live, path)];
    for (const folder of missingAbove(live, path)) mkdirSync(join(live, folder));
    const temporary = temporaryOf(to);
    rmSync(temporary, {force: true});
    const stands = lookAt(to);
    if (stands !== undefined && isSame(from, to)) continue;
    if (stands !== undefined) setAside(path);
    copyEntry(from, temporary, stands);
    renameSync(temporary, to);
    touched.add(dirname(to));
  }
  for (const folder of touched) flushPath(folder);
  return aside;
}

/** Copy what a replacement touches, and `others` (from `live` on), into an empty folder; returns what puts it back. */
export function saveTouched(
  live: string,
  folder: string,
  {added, changed, removed, folders}: Replacement,
  others: readonly string[],
): Changeset {
  makeFolder(folder);
  const known = new Set([...added, ...changed, ...removed]);
  const more = others.filter((path) => !known.has(path));
  const isThere = (path: string) => lookAt(join(live, path))?.isDirectory() === false;
  for (const path of [...changed, ...removed, ...more.filter(isThere)]) {
    makeFolder(dirname(join(folder, path)));
    copyEntry(join(live, path), join(folder, path));
  }
  const made = [...added, ...more.filter((path) => !isThere(path))];
  return {live, wanted: folder, removed: made, folders};
}

/** Whether a file is neither what was put there nor what was there before. What `terraform init` writes is no edit. */
function isEdited(live: string, path: string, before: string | undefined, written: string): boolean {
  if (path.endsWith('.terraform.lock.hcl') || !lstatSync(join(live, path)).isFile()) return false;
  const hasFile = (folder: string) => lookAt(join(folder, path))?.isFile() === true;
  const isThat = (folder: string) => hasFile(folder) && isSame(join(folder, path), join(live, path));
  return hasFile(written) && !isThat(written) && (before === undefined || !isThat(before));
}

/** Returns the copy: under a name that terraform does not read, and that is free. */
function keepEdited(path: string): string {
  let copy = `${path}.edited`;
  for (let count = 2; lookAt(copy) !== undefined; count += 1) copy = `${path}.edited-${count}`;
  copyEntry(path, copy);
  return copy;
}

/** Files that are not as a changeset wants them; absolute paths. */
export function unlike({live, wanted, removed}: Changeset): string[] {
  const planned =
    wanted === undefined ? undefined : planReplacement(live, wanted, {files: undefined, goes: []});
  const {added = [], changed = [], blocked = []} = planned ?? {};
  const stayed = removed.filter(
    (path) => isReachable(live, path) && lookAt(join(live, path))?.isDirectory() === false,
  );
  return [...new Set([...added, ...changed, ...blocked, ...stayed])].map((path) => join(live, path));
}

/** Files and links below a folder, without following any. */
function filesIn(folder: string, inside = ''): string[] {
  return readdirSync(join(folder, inside), {withFileTypes: true}).flatMap((entry) => {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}

/** `a`, `a/b` for `a/b/c`. */
function foldersAbove(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** The folders above a path from the first on that is none: missing, a file or a link, which leads somewhere else. */
function missingAbove(live: string, path: string): string[] {
  const above = foldersAbove(path);
  const first = above.findIndex((folder) => lookAt(join(live, folder))?.isDirectory() !== true);
  return first < 0 ? [] : above.slice(first);
}

function isReachable(live: string, path: string): boolean {
  return missingAbove(live, path).length === 0;
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, {throwIfNoEntry: false});
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function temporaryOf(path: string): string {
  return `${path}.cloudtm-restore`;
}

/** @param before What is replaced: its owner keeps it. */
function copyEntry(from: string, to: string, before = lstatSync(from)): void {
  copySync(from, to);
  const made = lstatSync(to);
  if (made.uid !== before.uid || made.gid !== before.gid) {
    try {
      lchownSync(to, before.uid, before.gid);
    } catch {
      // Only root can give files away.
    }
  }
  // Opening a link would open what it leads to.
  if (!made.isSymbolicLink()) flushPath(to);
}

/** A folder that held nothing else than what was removed goes with it. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds something, or is none.
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [lstatSync(a), lstatSync(b)];
  if (left.isSymbolicLink() && right.isSymbolicLink()) return readlinkSync(a) === readlinkSync(b);
  if (!left.isFile() || !right.isFile() || left.size !== right.size) return false;
  return ((left.mode ^ right.mode) & 0o111) === 0 && readFileSync(a).equals(readFileSync(b));
}
