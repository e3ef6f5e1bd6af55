import {realpathSync, statSync} from 'node:fs';
import {isAbsolute, join, resolve, sep} from 'node:path';
import {readIfRegular} from '../regular-file.js';
import type {Arguments} from './arguments.js';

/** Where terraform runs and where it keeps its state, as the command line, the environment and `.terraform/` say. */
export interface Project {
  /** The root module: absolute, links resolved. */
  readonly root: string;
  /** `.terraform/`, or what `TF_DATA_DIR` names. */
  readonly dataDir: string;
  readonly workspace: string;
  readonly backend: Backend;
}

/** State in a file, or in a backend that only terraform can ask. */
export type Backend =
  | {
      readonly kind: 'local';
      /** What is read before, and what is written. They differ with `-state-out`. Absolute. */
      readonly statePath: string;
      readonly stateOutPath: string;
    }
  /** `config` is what init recorded, to tell one bucket from another; it may hold secrets and is never shown or kept. */
  | {readonly kind: 'remote'; readonly type: string; readonly config: string};

/** The folder a command works in: what `-chdir` names, seen from the working folder. Neither terraform's nor ours is changed. */
export function commandFolder(cwd: string, chdir: string | undefined): string {
  return resolve(cwd, chdir ?? '.');
}

/**
 * Find out where a command of terraform works. Looks at a handful of small files, never at the `.tf` files: what counts
 * is what `terraform init` recorded.
 *
 * @param cwd The working folder; terraform changes into `chdir` from there, cloudtm never does.
 * @returns undefined when the folder does not exist: then terraform says so itself.
 */
export function resolveProject(
  cwd: string,
  chdir: string | undefined,
  flags: Arguments,
  env: Readonly<NodeJS.ProcessEnv>,
): Project | undefined {
  let root: string;
  try {
    root = realpathSync(commandFolder(cwd, chdir));
    if (!statSync(root).isDirectory()) return undefined;
  } catch {
    return undefined;
  }
  const dataDir = resolve(root, filled(env.TF_DATA_DIR) ?? '.terraform');
  const workspace =
    filled(env.TF_WORKSPACE) ??
    filled(readIfRegular(join(dataDir, 'environment'))?.toString().trim()) ??
    'default';
  return {root, dataDir, workspace, backend: resolveBackend(root, dataDir, workspace, flags)};
}

/** `.cloudtm/` of a root module: `CLOUDTM_DIR`, or the unit's under Terragrunt, whose own copies are thrown away at will. */
export function storeFolder(root: string, env: Readonly<NodeJS.ProcessEnv>): string {
  const moved = filled(env.CLOUDTM_DIR);
  if (moved !== undefined) {
    const store = resolve(root, moved);
    // Never the project itself or a folder above it: those are not ours to fill, and `*` in .gitignore would hide them.
    return `${root}${sep}`.startsWith(`${store}${sep}`) || store === sep ? join(store, '.cloudtm') : store;
  }
  const cache = root.indexOf(`${sep}.terragrunt-cache${sep}`);
  return join(cache === -1 ? root : root.slice(0, cache), '.cloudtm');
}

/** Whether a folder lies in a store: terraform that runs in there (a rollback's copy) makes no versions of its own. */
export function isInsideStore(root: string, store: string): boolean {
  return root.split(sep).includes('.cloudtm') || `${root}${sep}`.startsWith(`${realOr(store)}${sep}`);
}

/** A path without links; as it is when it leads nowhere, or to what has no path, as a pipe. */
export function realOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function resolveBackend(root: string, dataDir: string, workspace: string, flags: Arguments): Backend {
  const recorded = recordedBackend(dataDir);
  if (recorded !== undefined && recorded.type !== 'local') {
    return {kind: 'remote', type: recorded.type, config: JSON.stringify(recorded.config)};
  }
  const {path, workspace_dir: folder} = recorded?.config ?? {};
  const standard =
    workspace === 'default'
      ? (filled(path) ?? 'terraform.tfstate')
      : join(filled(folder) ?? 'terraform.tfstate.d', workspace, 'terraform.tfstate');
  const statePath = under(root, filled(flags.values.get('state')) ?? standard);
  return {
    kind: 'local',
    statePath,
    stateOutPath: under(root, filled(flags.values.get('state-out')) ?? statePath),
  };
}

function recordedBackend(dataDir: string): {type: string; config: Record<string, unknown>} | undefined {
  const content = readIfRegular(join(dataDir, 'terraform.tfstate'));
  if (content === undefined) return undefined;
  try {
    const {backend} = JSON.parse(content.toString()) as {backend?: {type?: unknown; config?: unknown}};
    if (typeof backend?.type !== 'string') return undefined;
    return {type: backend.type, config: (backend.config ?? {}) as Record<string, unknown>};
  } catch {
    return undefined; // Damaged: terraform will refuse to run.
  }
}

/** Terraform takes an empty value for none. */
function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function under(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/** A module as terraform's installer records it (its modsdir package). The root module's key is empty. */
export interface Module {
  /** The names of the calls that lead to it: `a.b` is `module "b"` in `module "a"`. */
  readonly Key: string;
  /** As the configuration says it, `../b`; empty for the root module. */
  readonly Source: string;
  /** Its folder, relative to the root module; links are resolved. */
  readonly Dir: string;
}

/** The modules that `terraform init` recorded; none where the record is missing or damaged. */
export function readModules(dataDir: string): Module[] {
  try {
    const text = readIfRegular(join(dataDir, 'modules', 'modules.json'))?.toString() ?? '';
    return parseModules((JSON.parse(text) as {Modules?: unknown} | null)?.Modules);
  } catch {
    return [];
  }
}

/** Take the modules out of JSON that another program may have written: what has not their form is left out. */
export function parseModules(value: unknown): Module[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    const {Key, Source, Dir} = (each ?? {}) as Record<string, unknown>;
    // No file has a NUL in its name.
    if (typeof Key !== 'string' || typeof Dir !== 'string' || Dir === '' || Dir.includes('\0')) return [];
    return [{Key, Source: typeof Source === 'string' && !Source.includes('\0') ? Source : '', Dir}];
  });
}
