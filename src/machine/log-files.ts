import {createHash} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {codeOf} from '../errors.js';
import {moveToNew, writeNew} from '../store/disk.js';
import {readDiskSnapshotLogs, type DiskSnapshotLog, type LoggedDiskSnapshot} from './disk-snapshot-log.js';
import {FORMAT, MARK} from './disk-snapshot-mark.js';

/** The longest name (bytes) of a log without its number and `.json`; filesystems take 255. */
const LONGEST_NAME = 200;
/** Logs of deleted disk snapshots are here, in the folder of the others; nothing reads them any more. */
const DELETED = 'deleted';

/**
 * Write a log: whole or not at all, and never over another file, which adds a number to the name.
 *
 * @param folder Exists.
 * @returns The file's path. A disk snapshot that has a log already keeps that one.
 * @throws the system's error.
 */
export function writeDiskSnapshotLog(folder: string, log: DiskSnapshotLog): string {
  const known = readDiskSnapshotLogs(folder).logs.find(
    ({provider, image}) => provider === log.provider && image.id === log.image.id,
  );
  if (known !== undefined) return known.path;
  const content = `${JSON.stringify({cloudtm: MARK, format: FORMAT, ...log}, undefined, 2)}\n`;
  return underFreeName(folder, fileName(log.image.name), (path) => {
    writeNew(path, content);
  });
}

/**
 * Set the log of a deleted disk snapshot aside. It is kept: what was paid for can be looked up.
 *
 * @returns Where it is now.
 * @throws the system's error.
 */
export function setLogAside(log: LoggedDiskSnapshot): string {
  const folder = join(dirname(log.path), DELETED);
  mkdirSync(folder, {recursive: true});
  return underFreeName(folder, basename(log.path, '.json'), (path) => {
    moveToNew(log.path, path);
  });
}

/** Do something for the first of `NAME.json`, `NAME-2.json`, … that does not exist. */
function underFreeName(folder: string, name: string, make: (path: string) => void): string {
  for (let number = 1; ; number += 1) {
    const path = join(folder, `${name}${number === 1 ? '' : `-${number}`}.json`);
    try {
      make(path);
      return path;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

/**
 * The name of a log's file, without `.json`: the disk snapshot's, with what could lead out of the folder or cannot be part
 * of a file's name percent-encoded. A name too long for a file is cut and gets its hash.
 */
export function fileName(name: string): string {
  const safe = name.replace(/^\.|[^\p{L}\p{N} ()[\].,@_'+=-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
  if (Buffer.byteLength(safe) <= LONGEST_NAME) return safe;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const cut = Buffer.from(safe)
    .subarray(0, LONGEST_NAME - 20)
    .toString();
  return `${cut.replace(/\uFFFD$/, '')}-${hash}`;
}
