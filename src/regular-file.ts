import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
  type Stats,
} from 'node:fs';
import {codeOf} from './errors.js';

/** A file's content, or in a few words why it was not read. */
export type RegularRead =
  | {readonly kind: 'read'; readonly content: Buffer; readonly mode: number}
  | {readonly kind: 'refused'; readonly reason: string};

/** Read a file that was named, following links, only if it is a regular one. */
export function readRegularFile(path: string): RegularRead {
  try {
    const {stats, content} = readRegular(path);
    if (content !== undefined) return {kind: 'read', content, mode: stats.mode};
    const what = stats.isFIFO() ? 'a pipe' : stats.isDirectory() ? 'a folder' : 'no regular file';
    return {kind: 'refused', reason: `it is ${what}`};
  } catch (error) {
    return {kind: 'refused', reason: codeOf(error) === 'ENOENT' ? 'it was not there' : codeOf(error)};
  }
}

/** The content of such a file; undefined when it was not read. */
export function readIfRegular(path: string): Buffer | undefined {
  const read = readRegularFile(path);
  return read.kind === 'read' ? read.content : undefined;
}

/**
 * Read a regular file whole; of anything else `content` is undefined. A pipe is not even opened: that would let its writer
 * go on, and what it writes belongs to terraform.
 *
 * @throws the system's error when it cannot be opened or read.
 */
export function readRegular(path: string): {stats: Stats; content: Buffer | undefined} {
  const before = statSync(path);
  if (!before.isFile()) return {stats: before, content: undefined};
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    return {stats, content: stats.isFile() ? readFileSync(file) : undefined};
  } finally {
    closeSync(file);
  }
}

/** Whether there is a regular file that we may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Whether two paths lead to one file or folder; false when one of them leads nowhere. */
export function isSameFile(one: string, other: string): boolean {
  try {
    const [a, b] = [statSync(one), statSync(other)];
    return a.ino === b.ino && a.dev === b.dev;
  } catch {
    return false;
  }
}
