import {closeSync, constants, lstatSync, openSync, readSync} from 'node:fs';
import {delimiter, dirname, join, resolve} from 'node:path';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {isExecutable, isSameFile} from '../regular-file.js';

/** Where the search for the real terraform ended. */
export type Located =
  | {
      readonly kind: 'found';
      /** As it was found, which is how it is called: another manager's shim is not resolved past. */
      readonly path: string;
      readonly via: 'variable' | 'path' | 'fallback';
      /** The environment to run it with: with the chain, or without a trace of one. */
      readonly env: NodeJS.ProcessEnv;
    }
  | {
      readonly kind: 'not-found';
      readonly reason: 'named' | 'nowhere' | 'loop';
      readonly searched: readonly string[];
      readonly named?: string;
    };

/** A `terraform` on PATH. */
export interface Candidate {
  readonly path: string;
  readonly kind: 'ours' | 'script' | 'link' | 'binary';
}

/** What the search looks at. */
export type Surroundings = Pick<Context, 'env' | 'cwd' | 'launch' | 'pid' | 'parentPid'>;

/** Where a shell looks when there is no PATH. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CHAIN = 'CLOUDTM_CHAIN';
const MOST_HOPS = 40;
/** The second line of every launcher, whoever copied it where. */
const MARKER = /^#![^\n]*\n(?:#|\/\/) cloudtm launcher\n/;

/**
 * Find the terraform to run: the one `CLOUDTM_TERRAFORM` names, the next one on PATH that is not ours, or the one found
 * at installation. The launcher finds the same in shell, and says there what the chain is for. Synchronous and sparing:
 * it stands between the user and terraform's start.
 */
export function locate(around: Surroundings): Located {
  const {env, cwd, launch} = around;
  const chain = readChain(around);
  const found = (path: string, via: 'variable' | 'path' | 'fallback'): Located => {
    const known = isSameFile(path, launch.fallback) && kindOf(path, launch.launcher) === 'binary';
    if (!known && chain.hops >= MOST_HOPS)
      return {kind: 'not-found', reason: 'loop', searched: [dirname(path)]};
    const folders = [...chain.folders, dirname(path)];
    const link = known ? undefined : [`parent:${around.pid}:${chain.hops + 1}`, ...folders].join('|');
    const chained = Object.entries({...env, [CHAIN]: link}).filter(([, value]) => value !== undefined);
    return {kind: 'found', path, via, env: Object.fromEntries(chained)};
  };

  const named = env.CLOUDTM_TERRAFORM;
  if (named !== undefined && named !== '') {
    const path = resolve(cwd, named);
    const usable = isExecutable(path) && kindOf(path, launch.launcher) !== 'ours';
    return usable ? found(path, 'variable') : {kind: 'not-found', reason: 'named', searched: [], named};
  }
  const others = candidates(around).filter(({kind}) => kind !== 'ours');
  const wasVisited = (path: string) => chain.folders.some((folder) => isSameFile(folder, dirname(path)));
  const next = others.find(({path}) => !wasVisited(path));
  if (next !== undefined) return found(next.path, 'path');
  const {fallback} = launch;
  if (fallback !== '' && isExecutable(fallback) && !wasVisited(fallback)) return found(fallback, 'fallback');
  return {kind: 'not-found', reason: others.length > 0 ? 'loop' : 'nowhere', searched: folders(env)};
}

/** @throws UserError `terraform-not-found`. */
export function requireTerraform(around: Surroundings): Extract<Located, {kind: 'found'}> {
  const real = locate(around);
  if (real.kind === 'not-found') throw new UserError({...real, kind: 'terraform-not-found'});
  return real;
}

/** Every `terraform` on PATH, in the order of the search. */
export function candidates({env, cwd, launch}: Surroundings): Candidate[] {
  return folders(env)
    .map((folder) => join(resolve(cwd, folder), 'terraform'))
    .filter(isExecutable)
    .map((path) => ({path, kind: kindOf(path, launch.launcher)}));
}

/** Whether another manager's shim called us back on the way to the terraform we were asked for. */
export function isCalledBack(around: Surroundings): boolean {
  return readChain(around).valid;
}

function folders(env: Readonly<NodeJS.ProcessEnv>): string[] {
  return (env.PATH ?? DEFAULT_PATH).split(delimiter).map((folder) => (folder === '' ? '.' : folder));
}

function readChain({env, pid, parentPid}: Surroundings): {valid: boolean; hops: number; folders: string[]} {
  const [head = '', ...visited] = (env[CHAIN] ?? '').split('|');
  const parts = /^(self|parent):([0-9]+):([0-9]{1,4})$/.exec(head);
  if (parts === null) return {valid: false, hops: 0, folders: []};
  const [, kind, writer, hops] = parts;
  const valid = Number(writer) === (kind === 'self' ? pid : parentPid);
  return {valid, hops: Number(hops), folders: valid ? visited : []};
}

function kindOf(path: string, launcher: string): Candidate['kind'] {
  if (launcher !== '' && isSameFile(path, launcher)) return 'ours';
  const head = headOf(path);
  if (MARKER.test(head)) return 'ours';
  if (head.startsWith('#!')) return 'script';
  return lstatSync(path).isSymbolicLink() ? 'link' : 'binary';
}

function headOf(path: string): string {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const head = Buffer.alloc(512);
      return head.toString('latin1', 0, readSync(file, head, 0, head.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return ''; // May be run but not read.
  }
}
