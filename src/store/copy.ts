import {createHash} from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import {dirname, join, posix} from 'node:path';
import {codeOf} from '../errors.js';
import {FILE_MODE, makeFolder, permissions, STORED_MODE} from './disk.js';
import type {Entry, FileEntry, Skipped} from './version.js';

/** A file found in the project, to be kept in a version. */
export interface Source {
  /** Absolute path. */
  readonly from: string;
  /** Path in the version, with `/`. */
  readonly path: string;
  readonly stats: Stats;
}

/** The version whose unchanged files are linked to instead of copied. */
export interface Previous {
  readonly folder: string;
  readonly entries: ReadonlyMap<string, FileEntry>;
}

/** The outcome of copying: what a manifest lists, and what has to be flushed to disk before the version counts. */
export interface CopiedFiles {
  readonly entries: Entry[];
  readonly skipped: Skipped[];
  readonly fresh: string[];
}

/** A configuration that is staged. */
export interface Copied extends CopiedFiles {
  /** As in the manifest. */
  readonly rootPath: string;
  /** Whether the configuration is a saved plan's and the project's folder holds another one. */
  readonly differs: boolean;
}

type Unwanted = (head: Buffer, path: string) => string | undefined;

/** Files of these names are found by tools that look into hidden folders, so they are kept under another one. */
const RENAMED = new Set(['terragrunt.hcl', 'terragrunt.stack.hcl']);
const CHUNK = 1 << 20;
/** Racy window (ms): a later edit could keep the same mtime, so the file's stat is not kept. */
const RACY = 2_000;
/** How long (ms) copying may keep the event loop, and with it a signal for terraform, waiting. */
const SLICE = 8;

/**
 * Copy files into a version that is being made: as hard links to the previous version where they are unchanged, so that
 * a version costs what it changed.
 *
 * A file counts as unchanged without being read when inode, size, mtime and ctime are those of the last time (the rule
 * of rsync and git, with ctime, which cannot be set back); otherwise its content decides. A file that vanished, cannot be
 * read or is no regular file any more is skipped with a reason; nothing here waits on a pipe or follows a link.
 *
 * @param unwanted Decides from a file's first bytes that it is not to be kept; the answer is the reason.
 * @param progress Called now and then with the number of files done; throwing from it stops the copying.
 */
export async function copyFiles(
  sources: readonly Source[],
  folder: string,
  previous: Previous | undefined,
  unwanted: Unwanted,
  progress: (done: number) => void,
): Promise<CopiedFiles> {
  const copied: CopiedFiles = {entries: [], skipped: [], fresh: []};
  const folders = new Set<string>();
  const buffer = Buffer.allocUnsafe(CHUNK);
  let until = Date.now() + SLICE;
  for (const [done, source] of sources.entries()) {
    if (Date.now() > until) {
      progress(done);
      await new Promise((resolve) => setImmediate(resolve));
      until = Date.now() + SLICE;
    }
    const {from, path, stats} = source;
    const target = join(folder, storedName(path));
    const parent = dirname(target);
    if (!folders.has(parent)) {
      makeFolder(parent);
      folders.add(parent);
    }
    try {
      if (stats.isSymbolicLink()) {
        const link = readlinkSync(from);
        symlinkSync(link, target);
        copied.entries.push({path, link});
      } else keepFile(source, target, previous, copied, () => copyContent(from, target, unwanted, buffer));
    } catch (error) {
      // The project's fault (gone, unreadable) is a note; the store's (full, read-only) is a failure of the version.
      const failure = error as NodeJS.ErrnoException & {dest?: string};
      if (failure.path === undefined || [failure.path, failure.dest].includes(target)) throw error;
      copied.skipped.push({path, reason: codeOf(error) === 'ENOENT' ? 'vanished' : codeOf(error)});
    }
  }
  progress(sources.length);
  return copied;
}

/** The name a file is kept under in the store. */
function storedName(path: string): string {
  return RENAMED.has(posix.basename(path)) ? `${path}.kept` : path;
}

function keepFile(
  {path, stats}: Source,
  target: string,
  previous: Previous | undefined,
  {entries, skipped, fresh}: CopiedFiles,
  copy: () => ReturnType<typeof copyContent>,
): void {
  const before = previous?.entries.get(path);
  const linkBefore = () => before !== undefined && previous !== undefined && link(previous, before, target);
  if (before?.seen !== undefined && before.seen === statKey(stats) && linkBefore()) {
    entries.push({...before, mode: permissions(stats.mode)});
    return;
  }
  const read = copy();
  if (typeof read === 'string') {
    rmSync(target, {force: true});
    skipped.push({path, reason: read});
    return;
  }
  entries.push({
    path,
    size: read.size,
    mode: permissions(read.stats.mode),
    sha256: read.sha256,
    ...(storedName(path) === path ? {} : {stored: storedName(path)}),
    ...(read.stable && Date.now() - read.stats.ctimeMs > RACY ? {seen: statKey(read.stats)} : {}),
    ...(read.stable ? {} : {note: 'changed while being copied'}),
  });
  if (before?.sha256 !== read.sha256 || !inPlaceOf(target, linkBefore)) fresh.push(target);
}

/** Copy and hash in one reading, three times at most while the file changes. A text says why it is not kept. */
function copyContent(from: string, target: string, unwanted: Unwanted, buffer: Buffer) {
  // Not following a link and not waiting for a pipe's writer, whatever took the file's place since it was listed.
  const input = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const stats = fstatSync(input);
      if (!stats.isFile()) return 'no regular file';
      const hash = createHash('sha256');
      rmSync(target, {force: true});
      const output = openSync(target, 'wx', FILE_MODE);
      let size = 0;
      try {
        for (;;) {
          const length = readPart(input, from, buffer, size);
          if (length === 0) break;
          const part = buffer.subarray(0, length);
          const reason = size === 0 ? unwanted(part, from) : undefined;
          if (reason !== undefined) return reason;
          hash.update(part);
          writeFileSync(output, part);
          size += length;
        }
        fchmodSync(output, STORED_MODE);
      } finally {
        closeSync(output);
      }
      const stable = statKey(stats) === statKey(fstatSync(input)) && size === stats.size;
      if (stable || attempt === 3) return {size, sha256: hash.digest('hex'), stats, stable};
    }
  } finally {
    closeSync(input);
  }
}

function readPart(input: number, from: string, buffer: Buffer, position: number): number {
  try {
    return readSync(input, buffer, 0, CHUNK, position);
  } catch (error) {
    // So that a project's unreadable file can be told from a store that is full.
    throw Object.assign(error as NodeJS.ErrnoException, {path: from});
  }
}

/** Let `make` create a file that stands already, and put that one back when it cannot. */
function inPlaceOf(target: string, make: () => boolean): boolean {
  const aside = `${target}.aside`;
  renameSync(target, aside);
  const made = make();
  if (made) rmSync(aside);
  else renameSync(aside, target);
  return made;
}

/** False where the filesystem has no links, has too many of this one, or the previous copy is not what it was. */
function link(previous: Previous, before: FileEntry, target: string): boolean {
  const kept = join(previous.folder, before.stored ?? before.path);
  try {
    const stats = lstatSync(kept);
    if (!stats.isFile() || stats.size !== before.size || (stats.mode & 0o222) !== 0) return false;
    linkSync(kept, target);
    return true;
  } catch {
    return false;
  }
}

/** What tells without reading a file whether it is still the one that was read. */
export function statKey(stats: Stats): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}
