import {join} from 'node:path';
import {readStateFile, statKeyOf, type StateBytes} from './state-file.js';

/** Where terraform leaves a state that it cannot write where it belongs. */
export function erroredPath(root: string): string {
  return join(root, 'errored.tfstate');
}

/** What tells that file from an earlier one; null when there is none. */
export function erroredStatKey(root: string): string | null {
  return statKeyOf(erroredPath(root)) ?? null;
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
