import {createHash} from 'node:crypto';
import {statSync} from 'node:fs';
import {codeOf} from '../errors.js';
import {readRegular} from '../regular-file.js';

/** The bytes of a state at one moment. */
export type StateBytes =
  | {readonly kind: 'none'}
  | {readonly kind: 'some'; readonly bytes: Buffer; readonly sha256: string}
  /** `details` is what terraform said to it, for the log. */
  | {readonly kind: 'unreadable'; readonly reason: string; readonly details?: string};

/**
 * Read a state file as it stands now. A missing file and an empty one are both no state: terraform makes the file with
 * 0 bytes when it takes its lock, and reads it as nothing.
 */
export function readStateFile(path: string): StateBytes {
  try {
    const {content: bytes} = readRegular(path);
    if (bytes === undefined) return {kind: 'unreadable', reason: 'no regular file'};
    return stateBytes(bytes);
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? {kind: 'none'} : {kind: 'unreadable', reason: code};
  }
}

/** A state that was read; nothing at all is none. */
export function stateBytes(bytes: Buffer): StateBytes {
  if (bytes.length === 0) return {kind: 'none'};
  return {kind: 'some', bytes, sha256: createHash('sha256').update(bytes).digest('hex')};
}

/** Whether two readings hold the same state. The hash decides: a serial can go back or stay. */
export function isSameState(a: StateBytes, b: StateBytes): boolean {
  return a.kind === b.kind && (a.kind !== 'some' || b.kind !== 'some' || a.sha256 === b.sha256);
}

/** What tells a file from how it was before without reading it; undefined when there is none. */
export function statKeyOf(path: string): string | undefined {
  try {
    const {ino, size, mtimeMs} = statSync(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    return undefined;
  }
}
