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

/**
 * The same for every state in a folder: of all workspaces, and what terraform could not write where it wanted to.
 *
 * @param others States that lie elsewhere.
 */
export function countInFolder(folder: string, others: readonly string[] = []): number | undefined {
  const spaces = join(folder, 'terraform.tfstate.d');
  const states = ['terraform.tfstate', 'errored.tfstate'].map((name) => join(folder, name));
  if (existsSync(spaces))
    states.push(...readdirSync(spaces).map((name) => join(spaces, name, 'terraform.tfstate')));
  return sumOf([...new Set([...states, ...others])].map(countResources));
}

/** The same for all that is called like a state anywhere below a folder, for when nobody knows where terraform ran. */
export function countBelow(folder: string): number | undefined {
  return sumOf(statesBelow(folder).map(countResources));
}

/** Paths of the files below a folder that are called like states; those in `.terraform/` are none. */
export function statesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === '.terraform' ? [] : statesBelow(path);
    return entry.name.endsWith('.tfstate') ? [path] : [];
  });
}

/** @returns undefined when one is not known. */
export function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}
