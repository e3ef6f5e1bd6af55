import {existsSync} from 'node:fs';
import {join} from 'node:path';
import fastGlob from 'fast-glob';
import type {Context} from '../context.js';
import type {Place} from '../project/place.js';
import {countIn} from '../state/state.js';
import {readStateFile, type StateBytes} from '../terraform/state-file.js';
import {stateFile, stateSource, type StateSource} from '../terraform/state-source.js';
import type {StateFacts} from './refusals.js';

/** What the refusals need to know of a state. */
export function stateFacts(source: StateSource, state: StateBytes, resources = countIn(state)): StateFacts {
  return {
    path: source.name,
    name: source.isRemote ? source.name : source.id,
    resources,
    reason: state.kind === 'unreadable' ? state.reason : 'it is empty or no state',
    isMissing: state.kind === 'none',
  };
}

/** The state that is deployed from the project. An empty file is none that could be counted. */
export async function projectState(context: Context, place: Place): Promise<StateFacts> {
  const {backend, root} = place;
  if (backend.kind === 'local') {
    const source = stateFile(root, backend.statePath);
    const facts = stateFacts(source, source.read(), countResources(backend.statePath));
    return {...facts, isMissing: !existsSync(backend.statePath)};
  }
  const source = stateSource(context, place);
  return stateFacts(source, await source.read());
}

/** What terraform could not write to the state of the project. */
export function unwrittenState({root}: Place): {path: string; resources: number | undefined} {
  const path = join(root, 'errored.tfstate');
  return {path, resources: countResources(path)};
}

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
  const states = find(folder, ['{terraform,errored}.tfstate', 'terraform.tfstate.d/*/terraform.tfstate']);
  return sumOf([...new Set([...states, ...others])].map(countResources));
}

/** The same for every file below a folder that is named like a state, for when it is not known where terraform ran. */
export function countBelow(folder: string): number | undefined {
  return sumOf(statesBelow(folder).map(countResources));
}

/** Paths of the files below a folder that are named like states; those in `.terraform/` are none. */
export function statesBelow(folder: string): string[] {
  return find(folder, ['**/*.tfstate']);
}

/** Whatever a folder holds under such a name, links and what cannot be read among them, apart from other folders. */
function find(folder: string, patterns: readonly string[]): string[] {
  const options = {cwd: folder, dot: true, absolute: true, ignore: ['**/.terraform/**']};
  return fastGlob
    .sync([...patterns], {...options, onlyFiles: false, markDirectories: true, followSymbolicLinks: false})
    .filter((path) => !path.endsWith('/'));
}

/** @returns undefined when one is not known. */
export function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  const sum = counts.reduce<number>((all, count = NaN) => all + count, 0);
  return Number.isNaN(sum) ? undefined : sum;
}
