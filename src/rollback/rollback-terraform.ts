import {copyFileSync, existsSync, rmSync, writeFileSync} from 'node:fs';
import {delimiter, isAbsolute, join, resolve, sep} from 'node:path';
import {follow} from '../project/follow.js';
import type {Place} from '../project/place.js';
import {countIn} from '../state/state.js';
import type {Context} from '../context.js';
import {FILE_MODE, makeFolder} from '../store/disk.js';
import {parseArguments} from '../terraform/arguments.js';
import {bindTerraform, type RunOptions} from '../terraform/bound.js';
import {readModules, resolveProject} from '../terraform/project.js';
import {wasInterrupted} from '../terraform/signals.js';
import {stateSource} from '../terraform/state-source.js';
import {countInFolder, sumOf} from './state-facts.js';

/** Override files are merged in the order of their names: this one comes last (terraform's configs package). */
export const OVERRIDE = 'zzzz_cloudtm_override.tf';

/**
 * Run terraform in the rollback's folder as the user would, except for what would lead it back to the project's own
 * state or away from the version's values: the data folder is the folder's own, and of the flags in `TF_CLI_ARGS` only
 * those are left that do neither. What else is named from the user's folder on is named in full.
 *
 * @param root The root module's copy.
 */
export function rollbackTerraform(context: Context, place: Place, root: string) {
  const ownEnvironment = (env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv => {
    const own = withFullPaths(env, context.cwd);
    delete own.TF_DATA_DIR;
    delete own.TF_WORKSPACE;
    if (place.workspace !== 'default') own.TF_WORKSPACE = place.workspace;
    // Disk snapshots of machines destroyed there are logged in the project: this folder is thrown away.
    return {...own, CLOUDTM_MACHINE_ROOT: place.root};
  };
  const here: Context = {...context, cwd: root, env: ownEnvironment(context.env)};
  const terraform = bindTerraform(here, root, place.root);
  const project = () => resolveProject(root, undefined, parseArguments([]), here.env);
  const top = place.layout.rollbackFolder;
  return {
    /** Whether its state lies in the folder, as init recorded it, so that no one else uses it. */
    hasOwnState: () => {
      const found = project();
      // A link that was kept with the configuration may lead out.
      if (found?.backend.kind !== 'local') return false;
      return follow(found.backend.statePath)?.real.startsWith(`${found.root}${sep}`) === true;
    },
    /** The kind of backend it was initialised with. */
    backend: () => project()?.backend.kind ?? 'local',
    /** Its state, where init recorded it to be; undefined where there is no such folder. */
    source: () => {
      const found = project();
      return found && stateSource(here, found);
    },
    /** Managed resources in its state, and in what could not be written to it; undefined when that cannot be told. */
    countResources: async () => {
      const found = project();
      if (found === undefined) return existsSync(top) ? undefined : 0;
      if (found.backend.kind === 'local') return countInFolder(found.root, [found.backend.statePath]);
      return sumOf([countInFolder(found.root), countIn(await stateSource(here, found).read())]);
    },
    /** The modules that init found outside of the rollback's folder. */
    modulesOutside: () => {
      const real = follow(top)?.real ?? top;
      return readModules(join(root, '.terraform'))
        .map(({Key, Dir}) => ({Key, path: follow(resolve(root, Dir))?.real ?? Dir}))
        .filter(({path}) => !`${path}${sep}`.startsWith(`${real}${sep}`));
    },
    /** Whether a signal asked us to stop since the first run. */
    wasInterrupted: () => wasInterrupted(context.signals().received),
    /** In this environment instead of the user's, as far as that leads nowhere else; see `Terraform`. */
    run: (words: readonly string[], {env = context.env, ...options}: RunOptions = {}) =>
      terraform.run(words, {...options, env: ownEnvironment(env)}),
  };
}

/** The real terraform, bound to the root module's copy in the folder of an isolated rollback. */
export type FolderTerraform = ReturnType<typeof rollbackTerraform>;

/** Paths that may be relative to the working folder, which is another one in the copy. */
function withFullPaths(env: Readonly<NodeJS.ProcessEnv>, cwd: string): NodeJS.ProcessEnv {
  const full = {...env};
  for (const name of ['TF_CLI_CONFIG_FILE', 'TF_PLUGIN_CACHE_DIR', 'TF_LOG_PATH', 'CLOUDTM_TERRAFORM']) {
    const path = env[name];
    if (path !== undefined && path !== '') full[name] = resolve(cwd, path);
  }
  const folders = env.PATH?.split(delimiter);
  if (folders?.some((folder) => !isAbsolute(folder)) === true)
    full.PATH = folders.map((folder) => resolve(cwd, folder)).join(delimiter);
  return full;
}

/** Give the copy a state of its own, whatever backend the version was applied with. */
export function replaceBackend(root: string): void {
  const text =
    '# Made by cloudtm: this rollback keeps its state in this folder, not in the backend of the project.\n' +
    'terraform {\n  backend "local" {}\n}\n';
  writeFileSync(join(root, OVERRIDE), text, {mode: FILE_MODE});
}

/** Let the copy find the backend as the project found it: parts of its settings may only have been given to `init`. */
export function shareBackend(place: Place, root: string): void {
  const recorded = join(place.dataDir, 'terraform.tfstate');
  if (!existsSync(recorded)) return;
  makeFolder(join(root, '.terraform'));
  copyFileSync(recorded, join(root, '.terraform', 'terraform.tfstate'));
}

/** Let the version's configuration alone say which backend it is. @returns whether that makes a difference. */
export function forgetBackend(root: string): boolean {
  const recorded = join(root, '.terraform', 'terraform.tfstate');
  if (!existsSync(recorded)) return false;
  rmSync(recorded);
  return true;
}
