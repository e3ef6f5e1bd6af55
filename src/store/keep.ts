import {readdirSync, renameSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {codeOf} from '../errors.js';
import {fieldsOf, FILE_MODE, flushPath, readJson, writeJson, writeStored} from './disk.js';
import {MANIFEST, versionNumber, type Layout} from './layout.js';
import {withLock, type WaitNotice} from './lock.js';
import {readManifest} from './manifest.js';
import {listFolder, versionNumbers} from './read.js';
import type {Staging} from './staging.js';
import type {Manifest} from './version.js';

/** How many files are flushed at a time: the filesystem writes them out in one go. */
const FLUSHES = 16;

/** Flush the files of a version being made, and every folder of it, so that the rename promises what it shows. */
export async function flush(files: readonly string[], folder: string): Promise<void> {
  const left = [...files];
  const worker = async () => {
    for (let file = left.pop(); file !== undefined; file = left.pop()) {
      const handle = await open(file, 'r');
      await handle.sync().finally(() => handle.close());
    }
  };
  await Promise.all(Array.from({length: FLUSHES}, worker));
  flushFolders(folder);
}

/**
 * Turn a staged version into the next one: number it, write its manifest, rename it into place, point at it.
 *
 * The rename is the one step that makes the version. What comes after it (the copy of the facts in `meta/`, the pointer
 * in `current.json`) can be done again from the version itself: see `settle`.
 *
 * @param manifest Made under the lock for the version that is then the newest, which another command may just have kept;
 *   undefined when for that reason none is wanted any more.
 * @returns The number; undefined when none was wanted.
 * @throws UserError when the lock cannot be had; the system's error when the disk refuses. Nothing is listed then.
 */
export async function keepVersion(
  layout: Layout,
  staging: Staging,
  manifest: (newest: number) => Manifest | undefined,
  notice: WaitNotice,
): Promise<number | undefined> {
  return withLock(layout, notice, () => {
    settleLocked(layout);
    const [newest = 0] = versionNumbers(layout);
    const made = manifest(newest);
    if (made === undefined) return undefined;
    writeStored(staging.version, MANIFEST, `${JSON.stringify(made)}\n`, FILE_MODE);
    flushPath(join(staging.version, MANIFEST));
    flushPath(staging.version);
    // Above every number that was ever given, as far as anything on disk remembers it: folders may be deleted by hand.
    let number = Math.max(newest, namedIn(layout.current), namedIn(layout.rollback)) + 1;
    while (!renamed(staging.version, layout.version(number))) number += 1;
    flushPath(layout.versions);
    try {
      settleLocked(layout);
    } catch {
      // The version stands: what fails here (a full disk) is done by the next command, and readers ask the manifest meanwhile.
    }
    return number;
  });
}

/**
 * Mark the current version inactive: a full destroy keeps the number, which is returned. When the current version is of
 * another state than the one that was destroyed (`-state`), it is left as it is.
 */
export async function markInactive(
  layout: Layout,
  destroyed: {readonly source: string; readonly lineage: string},
  notice: WaitNotice,
): Promise<string> {
  return withLock(layout, notice, () => {
    const name = settleLocked(layout);
    const current = readManifest(layout, versionNumber(name) ?? 0);
    const lineage = current?.facts.state?.lineage;
    const isAnother = lineage !== undefined && lineage !== destroyed.lineage;
    if (isAnother && current?.source !== destroyed.source) return '';
    writeJson(layout.current, {current: name, status: false});
    return name;
  });
}

/** Do what a crash after a rename left undone: the version's metadata and the pointer to the newest. */
export async function settle(layout: Layout, notice: WaitNotice): Promise<void> {
  await withLock(layout, notice, () => settleLocked(layout));
}

/** Returns the name of the current version; empty before the first. A holder of the lock that comes late changes nothing. */
function settleLocked(layout: Layout): string {
  const known = new Set(listFolder(layout.meta));
  const kept = listFolder(layout.versions).map((name) => versionNumber(name) ?? 0);
  for (const number of kept) {
    if (known.has(`v${number}.json`)) continue;
    const manifest = readManifest(layout, number);
    if (manifest !== undefined)
      writeJson(layout.metaFile(number), {version: `v${number}`, ...manifest.facts});
  }
  const newest = Math.max(0, ...kept);
  const pointed = namedIn(layout.current);
  if (newest <= pointed) return pointed === 0 ? '' : `v${pointed}`;
  const state = readManifest(layout, newest)?.facts.state;
  writeJson(layout.current, {current: `v${newest}`, status: (state?.resources ?? 1) > 0});
  return `v${newest}`;
}

/** The number that `current.json` or `rollback.json` names; 0 where none can be read. */
function namedIn(path: string): number {
  const {current, rollback} = fieldsOf(readJson(path));
  return versionNumber(String(current ?? rollback)) ?? 0;
}

/** False when the number is taken: a rename never replaces a folder that holds something. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const isTaken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error));
    if (isTaken && listFolder(from).length > 0) return false;
    throw error;
  }
}

function flushFolders(folder: string): void {
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    if (entry.isDirectory()) flushFolders(join(folder, entry.name));
  }
  flushPath(folder);
}
