import type {StateBytes} from '../terraform/state-file.js';
import {parseIfState} from './state.js';

/** How many managed resources a state holds; 0 where there is none, undefined where it cannot be read. */
export function countIn(state: StateBytes): number | undefined {
  if (state.kind === 'none') return 0;
  return state.kind === 'some' ? parseIfState(state.bytes)?.instances.size : undefined;
}
