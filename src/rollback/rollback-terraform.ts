import {copyFileSync, existsSync, writeFileSync} from 'node:fs';
import {join, sep} from 'node:path';
import type {Place} from '../capture/place.js';
import {countInFolder, countIn} from '../capture/resources.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {FILE_MODE, makeFolder} from '../store/disk.js';
import {parseArguments, withEnvironment, withoutFlags} from '../terraform/arguments.js';
import type {Exit} from '../terraform/exit.js';
import {locate} from '../terraform/locate.js';
import {resolveProject, type Project} from '../terraform/project.js';
import {runTerraform} from '../terraform/run.js';
import {INTERRUPTING} from '../terraform/signals.js';
import {stateSource} from '../terraform/state-source.js';
import type {Restored} from './inputs.js';
import {LEADING_ELSEWHERE} from './leading-elsewhere.js';

/** The real terraform, bound to the root module's copy in the folder of an isolated rollback. */
export interface FolderTerraform {
  /** Whether its state lies in the folder, as init recorded it, and so is nobody else's. */
  hasOwnState(): boolean;
  /** Managed resources in its state; undefined when that cannot be told. */
  countResources(): Promise<number | undefined>;
  run(words: readonly string[], restored?: Restored): Promise<Exit>;
  /** Whether somebody asked us to stop since the first run. */
  wasInterrupted(): boolean;
}

/** Override files are merged in the order of their names: this one comes last (terraform's configs package). */
const OVERRIDE = 'zzzz_cloudtm_override.tf';

/**
 * Run terraform in the rollback's folder as the user would, except for what would lead it back to the project's own
 * state or away from the version's values: the data folder is the folder's own, and of the flags in `TF_CLI_ARGS` only
 * those are left that do neither.
 *
 * @param root The root module's copy.
 */
export function rollbackTerraform(context: Context, place: Place, root: string): FolderTerraform {
  const ownEnvironment = (env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv => ({
    ...Object.fromEntries(
      Object.entries(env).filter(([name]) => !/^TF_(DATA_DIR|WORKSPACE|CLI_ARGS.*)$/.test(name)),
    ),
    ...(place.workspace === 'default' ? {} : {TF_WORKSPACE: place.workspace}),
  });
  const here: Context = {...context, cwd: root, env: ownEnvironment(context.env)};
  const project = (): Project | undefined => resolveProject(root, undefined, parseArguments([]), here.env);
  return {
    hasOwnState: () => {
      const found = project();
      return found?.backend.kind === 'local' && found.backend.statePath.startsWith(`${found.root}${sep}`);
    },
    countResources: async () => {
      const found = project();
      if (found === undefined) return existsSync(place.layout.rollbackFolder) ? undefined : 0;
      return found.backend.kind === 'local'
        ? countInFolder(root)
        : countIn(await stateSource(here, found).read());
    },
    wasInterrupted: () => context.signals().received.some((signal) => INTERRUPTING.has(signal)),
    run: async ([verb = '', ...words], restored) => {
      const env = ownEnvironment(restored?.env ?? context.env);
      const real = locate({...context, env});
      if (real.kind === 'not-found') throw new UserError({...real, kind: 'terraform-not-found'});
      const inherited = withoutFlags(await withEnvironment([], [verb], context.env), LEADING_ELSEWHERE);
      const run = runTerraform({
        program: real.path,
        argv: [verb, ...inherited, ...words, ...(restored?.args ?? [])],
        env: real.env,
        cwd: root,
        launch: context.launch,
        signals: context.signals(),
      });
      return run.exited;
    },
  };
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
