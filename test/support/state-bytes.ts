import type {StateBytes} from '../../src/terraform/state-file.js';
import {stateBytes} from '../../src/terraform/state-file.js';
import {stateText} from './scripts.js';

/** No state, and one that cannot be read. */
export const NONE: StateBytes = {kind: 'none'};
export const UNREADABLE: StateBytes = {kind: 'unreadable', reason: 'EACCES'};

/** A state with these resources, as terraform would have written it. */
export function stateWith(
  inputs: Readonly<Record<string, string>>,
  {serial = 1, lineage = 'stand-in'} = {},
): StateBytes {
  return bytesOf(stateText(serial, inputs).replace('"stand-in"', JSON.stringify(lineage)));
}

/** A file with this content where a state is looked for. */
export function bytesOf(text: string): StateBytes {
  return stateBytes(Buffer.from(text));
}
