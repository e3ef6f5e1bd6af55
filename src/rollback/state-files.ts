import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {countIn} from '../state/count.js';
import {readStateFile} from '../terraform/state-file.js';

/**
 * How many managed resources a state file holds; 0 where there is none.
 *
 * @returns undefined when nothing can be concluded: the file cannot be read, is no state, or is empty, which it is while
 *   terraform runs for the first time and after terraform died in the middle of that.
 */
export function countResources(path: string): number | undefined {
  const state = readStateFile(path);
  return state.kind === 'none' && existsSync(path) ? undefined : countIn(state);
}

/**
 * The same for every state of a root module: of all workspaces, and what terraform could not write to its backend.
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

/** The same for every file below a folder that is named like a state, for when it is not known where terraform ran. */
export function countBelow(folder: string): number | undefined {
  return sumOf(statesBelow(folder).map(countResources));
}

/** Paths of the files below a folder that are named like states; those in `.terraform/` are none. */
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
