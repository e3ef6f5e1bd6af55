import {createHash} from 'node:crypto';
import {rmSync, statSync} from 'node:fs';
import {join, relative, resolve} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {codeOf, UserError} from '../errors.js';
import {FILE_MODE, makeFolder, readJson, writeNew, writeWhole} from './disk.js';
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

/** Files of the project that are replaced, so that it can be undone. */
export interface FileTransaction {
  /** Replace them. @throws UserError `files-unwritable`; then nothing is undone yet. */
  carryOut(): void;
  /**
   * Put everything back as it was.
   *
   * @returns What could not be put back, which the next command tries again, and copies of what was edited since.
   *   Absolute paths.
   */
  undo(): {left: string[]; edited: string[]};
  /** The files stay as they are now, apart from one that goes in any case, also when we are killed. */
  commit(live: string, path: string): void;
  /** All is done. */
  close(): void;
}

const REPLACING = '.replacing-';

/** A folder of its own for the files of a replacement. */
export function replacingFolder(layout: Layout, pid: number): string {
  return join(layout.replacing, `${REPLACING}${pid}-${hostMark()}`);
}

/**
 * Save what a replacement touches, and note how to undo it.
 *
 * @param folder Of `replacingFolder`.
 * @param others More files, relative to the first folder, that are put back whatever happens to them.
 * @throws UserError `files-in-hand` when another command replaces files, `files-unwritable`. Nothing was touched then.
 */
export function openTransaction(
  layout: Layout,
  process: {readonly pid: number; readonly now: () => Date},
  folder: string,
  planned: readonly {readonly area: Changeset; readonly replacement: Replacement}[],
  others: readonly string[],
): FileTransaction {
  const undo = readable(() =>
    planned.map(({area, replacement}, at) => ({
      ...saveTouched(area.live, join(folder, `before-${at}`), replacement, at === 0 ? others : []),
      written: area.wanted,
    })),
  );
  const owner = ownerOf(process.pid, process.now());
  try {
    makeFolder(layout.replacing);
    writeNew(layout.journal, journalText(layout, {owner, areas: undo}), FILE_MODE);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new UserError({
      kind: 'files-in-hand',
      path: layout.journal,
      pid: readJournal(layout.journal)?.owner?.pid,
    });
  }
  const stopHeartbeat = startHeartbeat(() => layout.journal, process.now);
  return {
    carryOut: () => {
      readable(() => {
        for (const {area} of planned) carryOut(area);
      });
    },
    undo: () => {
      stopHeartbeat();
      let isDone = true;
      const edited: string[] = [];
      try {
        writeWhole(layout.journal, journalText(layout, {owner, areas: undo}));
      } catch {
        // It stands there already, unless it was committed.
      }
      for (const changeset of undo) {
        try {
          edited.push(...carryOut(changeset));
        } catch {
          isDone = false;
        }
      }
      const left = isDone ? undo.flatMap(unlike) : undo.flatMap(unlikeOrAll);
      if (isDone) closeJournal(layout);
      return {left, edited};
    },
    commit: (live, path) => {
      const left = {live, wanted: undefined, removed: [path], folders: []};
      writeWhole(layout.journal, journalText(layout, {owner, areas: [left]}));
    },
    close: () => {
      stopHeartbeat();
      closeJournal(layout);
    },
  };
}

/** @throws UserError `files-in-hand` while files of the project are being replaced, or could not be put back. */
export function refuseInHand({journal}: Layout, liveness: Liveness): void {
  const found = readJournal(journal);
  if (found === undefined) return;
  const {owner} = found;
  const pid = owner && isLive(owner, statSync(journal).mtime, liveness) ? owner.pid : undefined;
  throw new UserError({kind: 'files-in-hand', path: journal, pid});
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
  if (read.kind === 'missing') {
    sweep(layout, liveness);
    return {isUndone: false, edited: [], pid: undefined};
  }
  // That a store may not be read is reported where it is needed.
  if (read.kind === 'damaged' && read.reason === 'EACCES')
    return {isUndone: false, edited: [], pid: undefined};
  const journal = read.kind === 'read' ? (read.value as Partial<Journal> | null) : undefined;
  if (journal?.owner === undefined) throw new Error(`${layout.journal} is damaged`);
  if (isLive(journal.owner, statSync(layout.journal).mtime, liveness))
    return {isUndone: false, edited: [], pid: journal.owner.pid};
  const edited = (journal.areas ?? []).flatMap((changeset) =>
    carryOut(withPaths(changeset, (path) => resolve(layout.store, path))),
  );
  closeJournal(layout);
  sweep(layout, liveness);
  return {isUndone: true, edited, pid: undefined};
}

function journalText(layout: Layout, {owner, areas}: Journal): string {
  const shown = areas.map((changeset) => withPaths(changeset, (path) => relative(layout.store, path)));
  return `${JSON.stringify({owner, areas: shown}, undefined, 2)}\n`;
}

/** Only what leads out of the changeset is a path of its own; the rest is relative to it. */
function withPaths(changeset: Changeset, map: (path: string) => string): Changeset {
  const {live, wanted, written} = changeset;
  return {
    ...changeset,
    live: map(live),
    wanted: wanted === undefined ? undefined : map(wanted),
    written: written === undefined ? undefined : map(written),
  };
}

function closeJournal(layout: Layout): void {
  rmSync(layout.journal, {force: true});
}

/** Folders of commands that were killed. */
function sweep(layout: Layout, liveness: Liveness): void {
  for (const name of listFolder(layout.replacing)) {
    const [, pid, host] = /^\.replacing-(\d+)-(\w+)$/.exec(name) ?? [];
    // Whether a process of another host lives cannot be known here.
    if (pid === undefined || host !== hostMark()) continue;
    const folder = join(layout.replacing, name);
    const touched = statSync(folder, {throwIfNoEntry: false})?.mtime;
    if (touched === undefined) continue;
    if (!isLive(ownerOf(Number(pid), touched), touched, liveness)) removeSync(folder);
  }
}

/** Tells the hosts that share a store apart, in the name of a folder. */
function hostMark(): string {
  return createHash('sha256').update(hostId()).digest('hex').slice(0, 8);
}

/** Undefined when there is no journal; `{}` when it is damaged. */
function readJournal(path: string): Partial<Journal> | undefined {
  const read = readJson(path);
  if (read.kind === 'missing') return undefined;
  return (read.kind === 'read' ? (read.value as Partial<Journal> | null) : null) ?? {};
}

function unlikeOrAll(changeset: Changeset): string[] {
  try {
    return unlike(changeset);
  } catch {
    return [changeset.live];
  }
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
