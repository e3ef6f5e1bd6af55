import {createHash} from 'node:crypto';
import {codeOf} from '../errors.js';
import {readRegular} from './read-regular.js';

/** The bytes of a state at one moment. */
export type StateBytes =
  | {readonly kind: 'none'}
  | {readonly kind: 'some'; readonly bytes: Buffer; readonly sha256: string}
  | {readonly kind: 'unreadable'; readonly reason: string};

/**
 * Read a state file as it stands now. A missing file and an empty one are both no state: terraform makes the file with
 * 0 bytes when it takes its lock, and reads it as nothing.
 */
export function readStateFile(path: string): StateBytes {
  try {
    const bytes = readRegular(path);
    if (bytes === undefined) return {kind: 'unreadable', reason: 'no regular file'};
    if (bytes.length === 0) return {kind: 'none'};
    return {kind: 'some', bytes, sha256: createHash('sha256').update(bytes).digest('hex')};
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? {kind: 'none'} : {kind: 'unreadable', reason: code};
  }
}

/** Whether two readings hold the same state. The hash decides: a serial can go back or stay. */
export function isSameState(a: StateBytes, b: StateBytes): boolean {
  return a.kind === b.kind && (a.kind !== 'some' || b.kind !== 'some' || a.sha256 === b.sha256);
}
