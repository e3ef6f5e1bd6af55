import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {readStateFile, type StateBytes} from '../terraform/state-file.js';
import {parseState} from './state.js';

/**
 * How many managed resources a state file holds; 0 where there is none.
 *
 * @returns undefined when nobody may conclude that nothing exists: the file cannot be read, is no state, or is empty,
 *   which it is while terraform works for the first time and when terraform died in the middle of it.
 */
export function countResources(path: string): number | undefined {
  const state = readStateFile(path);
  return state.kind === 'none' && existsSync(path) ? undefined : countIn(state);
}

/** The same of a state that was read; 0 where there is none. */
export function countIn(state: StateBytes): number | undefined {
  if (state.kind === 'none') return 0;
  if (state.kind === 'unreadable') return undefined;
  try {
    return parseState(state.bytes).instances.size;
  } catch {
    return undefined;
  }
}

/** The same for every state in a folder: of all workspaces, and what terraform could not write where it wanted to. */
export function countInFolder(folder: string): number | undefined {
  const spaces = join(folder, 'terraform.tfstate.d');
  const states = ['terraform.tfstate', 'errored.tfstate'].map((name) => join(folder, name));
  if (existsSync(spaces))
    states.push(...readdirSync(spaces).map((name) => join(spaces, name, 'terraform.tfstate')));
  let sum = 0;
  for (const state of states) {
    const count = countResources(state);
    if (count === undefined) return undefined;
    sum += count;
  }
  return sum;
}
