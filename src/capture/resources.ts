import {readStateFile} from '../terraform/state-file.js';
import {parseState} from './state.js';

/**
 * How many managed resources a state file holds; 0 where there is none.
 *
 * @returns undefined when the file cannot be read or is no state: then nobody may conclude that nothing exists.
 */
export function countResources(path: string): number | undefined {
  const state = readStateFile(path);
  if (state.kind === 'none') return 0;
  if (state.kind === 'unreadable') return undefined;
  try {
    return parseState(state.bytes).instances.size;
  } catch {
    return undefined;
  }
}
