import {createHash} from 'node:crypto';
import {rmSync, statSync} from 'node:fs';
import {join, relative, resolve} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {codeOf, UserError} from '../errors.js';
import {
  fieldsOf,
  FILE_MODE,
  jsonOf,
  makeFolder,
  readJson,
  writeNew,
  writeWhole,
  type JsonRead,
} from './disk.js';
import type {Layout} from './layout.js';
import {hostId, isLive, ownerOf, startHeartbeat, type Liveness, type Owner} from './lease.js';
import {listFolder} from './read.js';
import {carryOut, saveTouched, unlike, type Changeset, type Replacement} from './replace.js';

/**
 * `restore.json`: files of the project that are being replaced, and what puts them back; on disk before the first is
 * touched, gone after the last. One for all workspaces, since they share the files.
 */
interface Journal {
  readonly owner: Owner;
  /** What undoes it when the owner dies. Paths are relative to the store, which may be moved with the project. */
  readonly areas: readonly Changeset[];
}

/** A folder of its own for the files of a replacement. */
export function replacingFolder(layout: Layout, pid: number): string {
  return join(layout.replacing, `.replacing-${pid}-${hostMark()}`);
}

/**
 * Save what a replacement of files of the project touches, and note how to undo it.
 *
 * @param folder Of `replacingFolder`.
 * @param others More files, relative to the first folder, that are put back whatever happens to them.
 * @returns The transaction, of which nothing is carried out yet.
 * @throws UserError `files-in-hand` when another command replaces files, `files-unwritable`. Nothing was touched then.
 */
export function openTransaction(
  layout: Layout,
  process: {readonly pid: number; readonly now: () => Date},
  folder: string,
  planned: readonly {readonly area: Changeset; readonly replacement: Replacement}[],
  others: readonly string[],
) {
  const saved = readable(() =>
    planned.map(({area, replacement}, at) => ({
      ...saveTouched(area.live, join(folder, `before-${at}`), replacement, at === 0 ? others : []),
      written: area.wanted,
    })),
  );
  const owner = ownerOf(process.pid, process.now());
  try {
    makeFolder(layout.replacing);
    writeNew(layout.journal, journalText(layout, {owner, areas: saved}), FILE_MODE);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const other: Partial<Journal> = fieldsOf(readJson(layout.journal));
    throw new UserError({kind: 'files-in-hand', path: layout.journal, pid: other.owner?.pid});
  }
  const stopHeartbeat = startHeartbeat(() => layout.journal, process.now);
  return {
    /** Replace the files. @throws UserError `files-unwritable`; then nothing is undone yet. */
    carryOut: () => {
      readable(() => planned.map(({area}) => carryOut(area)));
    },
    /** Put all back. Returns what could not be (the next command retries) and copies of edited files; absolute paths. */
    undo: () => {
      stopHeartbeat();
      return putBack(layout, {owner, areas: saved});
    },
    /** The files stay as they are now, apart from one that goes in any case, also when we are killed. */
    commit: (live: string, path: string) => {
      const left = {live, wanted: undefined, removed: [path], folders: []};
      writeWhole(layout.journal, journalText(layout, {owner, areas: [left]}));
    },
    /** All is done. */
    close: () => {
      stopHeartbeat();
      rmSync(layout.journal, {force: true});
    },
  };
}

function putBack(layout: Layout, journal: Journal): {left: string[]; edited: string[]} {
  const failures: unknown[] = [];
  const attempt = (changeset: Changeset, action: (of: Changeset) => string[]) => {
    try {
      return action(changeset);
    } catch (error) {
      failures.push(error);
      return undefined;
    }
  };
  try {
    writeWhole(layout.journal, journalText(layout, journal));
  } catch {
    // It stands there already, unless it was committed.
  }
  const edited = journal.areas.flatMap((changeset) => attempt(changeset, carryOut) ?? []);
  const left = journal.areas.flatMap((changeset) => attempt(changeset, unlike) ?? [changeset.live]);
  if (failures.length === 0) rmSync(layout.journal, {force: true});
  return {left, edited};
}

/** @throws UserError `files-in-hand` while files of the project are being replaced, or could not be put back. */
export function refuseInHand({journal}: Layout, liveness: Liveness): void {
  const read = readJson(journal);
  if (read.kind === 'missing') return;
  throw new UserError({kind: 'files-in-hand', path: journal, pid: liveOwner(journal, read, liveness)});
}

/**
 * Undo what a command was doing to files when it was killed.
 *
 * @returns Whether there was something to undo; copies of what was edited since; and the process that is at it, when one lives.
 * @throws the system's error when files cannot be put back; the journal stays.
 */
export function finishJournal(
  layout: Layout,
  liveness: Liveness,
): {isUndone: boolean; edited: readonly string[]; pid: number | undefined} {
  const read = readJson(layout.journal);
  if (read.kind === 'missing') sweep(layout, liveness);
  // That a store may not be read is reported where it is needed.
  if (read.kind === 'missing' || (read.kind === 'damaged' && read.reason === 'EACCES'))
    return {isUndone: false, edited: [], pid: undefined};
  const {owner, areas = []}: Partial<Journal> = fieldsOf(read);
  if (owner === undefined) throw new Error(`${layout.journal} is damaged`);
  const pid = liveOwner(layout.journal, read, liveness);
  if (pid !== undefined) return {isUndone: false, edited: [], pid};
  const edited = areas.flatMap((changeset) =>
    carryOut(withPaths(changeset, (path) => resolve(layout.store, path))),
  );
  rmSync(layout.journal, {force: true});
  sweep(layout, liveness);
  return {isUndone: true, edited, pid: undefined};
}

function journalText(layout: Layout, {owner, areas}: Journal): string {
  const shown = areas.map((changeset) => withPaths(changeset, (path) => relative(layout.store, path)));
  return jsonOf({owner, areas: shown});
}

/** Only what leads out of the changeset is a path of its own; the rest is relative to it. */
function withPaths(changeset: Changeset, map: (path: string) => string): Changeset {
  const {live, wanted, written} = changeset;
  return {...changeset, live: map(live), wanted: wanted && map(wanted), written: written && map(written)};
}

/** Folders of commands that were killed. */
function sweep(layout: Layout, liveness: Liveness): void {
  for (const name of listFolder(layout.replacing)) {
    const [, pid, host] = /^\.replacing-(\d+)-(\w+)$/.exec(name) ?? [];
    const folder = join(layout.replacing, name);
    const touched = statSync(folder, {throwIfNoEntry: false})?.mtime;
    // Whether a process of another host lives cannot be known here.
    if (touched === undefined || host !== hostMark()) continue;
    if (!isLive(ownerOf(Number(pid), touched), touched, liveness)) removeSync(folder);
  }
}

/** Tells the hosts that share a store apart, in the name of a folder. */
function hostMark(): string {
  return createHash('sha256').update(hostId()).digest('hex').slice(0, 8);
}

function liveOwner(journal: string, read: JsonRead, liveness: Liveness): number | undefined {
  const {owner}: Partial<Journal> = fieldsOf(read);
  return owner && isLive(owner, statSync(journal).mtime, liveness) ? owner.pid : undefined;
}

/** What a user can fix, permissions or a full disk, is a problem with the path. */
function readable<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const {path, dest} = error as {path?: unknown; dest?: unknown};
    const named = [dest, path].find((each) => typeof each === 'string');
    if (named === undefined) throw error;
    throw new UserError({kind: 'files-unwritable', path: named, code: codeOf(error)}, {cause: error});
  }
}
