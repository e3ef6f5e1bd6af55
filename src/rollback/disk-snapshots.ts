import {constants, copyFileSync, rmSync} from 'node:fs';
import {basename, dirname, join, sep} from 'node:path';
import {follow} from '../project/follow.js';
import type {Place} from '../project/place.js';
import {codeOf} from '../errors.js';
import {logFolder, LOGS, readLogs} from '../machine/machine-context.js';
import {diskSnapshotsToBoot, logsOfVersions, machinesOf} from '../machine/of-version.js';
import {makeFolder} from '../store/disk.js';
import {isInside} from '../store/layout.js';
import type {History, Version} from '../store/read.js';
import type {RollbackRequest} from './request.js';

/** Say which images belong to a version that comes back: a disk comes back only when a machine boots from them. */
export function sayDiskSnapshots(
  place: Place,
  {versions}: History,
  version: Version,
  say: RollbackRequest['say'],
): void {
  const at = versions.findIndex(({name}) => name === version.name);
  // Newest first.
  const next = versions[at - 1]?.meta.timestamp;
  const images = diskSnapshotsToBoot(version, next, logsOfVersions(place.root, [version]));
  const shown = images.map((log) => ({
    machine: log.machine.name,
    id: log.image.id,
    name: log.image.name,
    completed: log.completed,
  }));
  if (shown.length > 0) say({type: 'images-belong', version: version.name, images: shown});
}

/**
 * Give the copy of a root module the logs of images: `restore_from = "latest"` reads them below the folder terraform runs
 * in. New ones are written to the project itself; see machine/machine-context.ts.
 */
export function copyLogs(place: Place, version: Version, root: string): void {
  const recorded = machinesOf(version).flatMap(({logs}) => logs ?? []);
  for (const directory of new Set([LOGS, ...recorded])) {
    if (!isInside(directory)) continue;
    const {logs} = readLogs(place.root, [directory]);
    if (logs.length > 0 && makeOwn(root, directory, logFolder(place.root, directory)))
      for (const {path} of logs) copyUnlessThere(path, join(root, directory, basename(path)));
  }
}

/**
 * Make the folder of logs in the copy; a link that was kept and leads out of it gives way.
 *
 * @param original The project's own.
 * @returns False where it leads to the project's own, or out of the copy in another way.
 */
function makeOwn(root: string, directory: string, original: string): boolean {
  const path = join(root, directory);
  const way = follow(path);
  if (way !== undefined && way.real === follow(original)?.real) return false;
  const isInCopy = (real: string | undefined) =>
    real?.startsWith(`${follow(root)?.real ?? root}${sep}`) === true;
  if (!isInCopy(way?.real)) {
    if (!isInCopy(follow(dirname(path))?.real) && dirname(path) !== root) return false;
    rmSync(path);
  }
  makeFolder(follow(path)?.real ?? path);
  return true;
}

/** A file of the version's own stays as it was. */
function copyUnlessThere(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
