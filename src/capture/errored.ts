import {join} from 'node:path';
import {statKeyOf, readStateFile, type StateBytes} from '../terraform/state-file.js';

/** What a version says whose state comes from there. */
export const ERRORED_NOTE = 'the state is that of errored.tfstate';

/** Where terraform leaves a state that it cannot write where it belongs. */
export function erroredPath(root: string): string {
  return join(root, 'errored.tfstate');
}

/** How that file looks now; null when there is none. */
export function erroredStatKey(root: string): string | null {
  return statKeyOf(erroredPath(root)) ?? null;
}

/**
 * The state that a command left there.
 *
 * @param before How the file looked before it; undefined when nobody noted that.
 */
export function leftBehind(
  root: string,
  before: string | null | undefined,
): Extract<StateBytes, {kind: 'some'}> | undefined {
  const looks = erroredStatKey(root);
  if (looks === null || before === undefined || looks === before) return undefined;
  const read = readStateFile(erroredPath(root));
  return read.kind === 'some' ? read : undefined;
}
