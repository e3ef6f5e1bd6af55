import {createHash} from 'node:crypto';
import {closeSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {codeOf} from '../errors.js';
import {flushPath} from '../store/disk.js';
import {FORMAT, MARK, readImageLogs, type ImageLog, type LoggedImage} from './image-log.js';

/** The longest name (bytes) of a log without its number and `.json`; filesystems take 255. */
const LONGEST_NAME = 200;
/** Logs of images that were deleted lie here, in the folder of the others; nothing reads them any more. */
const DELETED = 'deleted';
/** What filesystems without hard links answer. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * Write a log: whole or not at all, and never over another file; then a number is put behind the name.
 *
 * @param folder Exists.
 * @returns The file's path. An image that has a log already keeps that one.
 * @throws the system's error.
 */
export function writeImageLog(folder: string, log: ImageLog): string {
  const known = readImageLogs(folder).logs.find(
    ({provider, image}) => provider === log.provider && image.id === log.image.id,
  );
  if (known !== undefined) return known.path;
  const temporary = join(folder, `.${process.pid}-${fileName(log.image.name)}.tmp`);
  try {
    writeFileSync(temporary, `${JSON.stringify({cloudtm: MARK, format: FORMAT, ...log}, undefined, 2)}\n`, {
      flag: 'wx',
    });
    flushPath(temporary);
    return freeName(temporary, folder, fileName(log.image.name));
  } finally {
    rmSync(temporary, {force: true});
  }
}

/** Give a file a name nobody has, in one step. */
function freeName(from: string, folder: string, name: string): string {
  for (let number = 1; ; number += 1) {
    const path = join(folder, `${name}${number === 1 ? '' : `-${number}`}.json`);
    try {
      take(from, path);
      flushPath(folder);
      return path;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

/** `link` refuses a name that exists, where `rename` would replace its file. */
function take(from: string, path: string): void {
  try {
    linkSync(from, path);
  } catch (error) {
    if (!NO_LINKS.includes(codeOf(error))) throw error;
    closeSync(openSync(path, 'wx')); // Ours from now on: nobody else's is replaced.
    renameSync(from, path);
  }
}

/**
 * The name of a log's file, without `.json`: the image's name, with what could lead out of the folder or is no part of a
 * file's name written as in a URL. A name too long for a file is cut and gets its hash.
 */
export function fileName(imageName: string): string {
  const safe = imageName.replace(/^\.|[^\p{L}\p{N} ()[\].,@_'+=-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
  if (Buffer.byteLength(safe) <= LONGEST_NAME) return safe;
  const hash = createHash('sha256').update(imageName).digest('hex').slice(0, 12);
  return `${Buffer.from(safe)
    .subarray(0, LONGEST_NAME - 20)
    .toString()
    .replace(/\uFFFD$/, '')}-${hash}`;
}

/** Take the log of a deleted image out of sight. It is kept: what was paid for can be looked up. */
export function setLogAside(log: LoggedImage): void {
  const folder = join(dirname(log.path), DELETED);
  mkdirSync(folder, {recursive: true});
  const name = basename(log.path, '.json');
  const path = freeName(log.path, folder, name);
  rmSync(log.path, {force: true});
  flushPath(path);
}
