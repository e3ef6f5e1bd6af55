import {existsSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {readJson, writeJson} from './disk.js';
import type {Layout} from './layout.js';
import {isRunning, type Census, type Owner} from './owner.js';
import {listFolder} from './read.js';
import {carryOut, type Area} from './replace.js';

/** `restore.json`: what is being done to files of the project; on disk before the first is touched, gone after the last. */
export interface Journal {
  readonly owner: Owner;
  /** What is left to do when the owner dies. */
  readonly areas: readonly Area[];
}

const REPLACING = '.replacing-';

/** A folder of its own for the files of a replacement, beside the versions being made. */
export function replacingFolder(layout: Layout, pid: number): string {
  return join(layout.staging, `${REPLACING}${pid}`);
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

/**
 * Do the rest of what a command was doing to files when it was killed.
 *
 * @returns Whether there was something to do.
 */
export function finishJournal(layout: Layout, census: Census): boolean {
  const read = readJson(layout.journal);
  if (read.kind === 'missing') return false;
  const journal = read.kind === 'read' ? (read.value as Partial<Journal> | null) : undefined;
  if (journal?.owner !== undefined && isRunning(journal.owner, statSync(layout.journal).mtime, census))
    return false;
  for (const area of journal?.areas ?? []) if (existsSync(area.live)) carryOut(area);
  closeJournal(layout);
  return true;
}
