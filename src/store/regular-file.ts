import {closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats} from 'node:fs';
import {codeOf} from '../errors.js';

/** A file's content, or in a few words why it was not read. */
export type RegularRead =
  | {readonly kind: 'read'; readonly content: Buffer; readonly mode: number}
  | {readonly kind: 'refused'; readonly reason: string};

/**
 * Read a file that somebody named, following links, only if it is a regular one.
 *
 * A pipe is not even opened: that would let its writer go on, and what it writes belongs to terraform.
 */
export function readRegularFile(path: string): RegularRead {
  let file: number | undefined;
  try {
    const reason = special(statSync(path));
    if (reason !== undefined) return {kind: 'refused', reason};
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    const changed = special(stats);
    if (changed !== undefined) return {kind: 'refused', reason: changed};
    return {kind: 'read', content: readFileSync(file), mode: stats.mode};
  } catch (error) {
    return {kind: 'refused', reason: codeOf(error) === 'ENOENT' ? 'it was not there' : codeOf(error)};
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function special(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isFIFO()) return 'it is a pipe';
  return stats.isDirectory() ? 'it is a folder' : 'it is no regular file';
}
