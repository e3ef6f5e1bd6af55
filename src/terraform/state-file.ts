import {createHash} from 'node:crypto';
import {statSync} from 'node:fs';
import {join} from 'node:path';
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

/** Where terraform leaves a state that it cannot write where it belongs. */
export function erroredPath(root: string): string {
  return join(root, 'errored.tfstate');
}

/** The stat key of that file, which tells it from an earlier one; null when there is none. */
export function erroredStatKey(root: string): string | null {
  try {
    const {ino, size, mtimeMs} = statSync(erroredPath(root));
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    return null;
  }
}

/**
 * The state that a command left there.
 *
 * @param before The file's stat key before the command; undefined when it was not noted.
 */
export function leftBehind(
  root: string,
  before: string | null | undefined,
): Extract<StateBytes, {kind: 'some'}> | undefined {
  const now = erroredStatKey(root);
  if (now === null || before === undefined || now === before) return undefined;
  const read = readStateFile(erroredPath(root));
  return read.kind === 'some' ? read : undefined;
}
