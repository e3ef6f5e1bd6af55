import {sep} from 'node:path';
import type {Place} from '../capture/place.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {parseArguments, withEnvironment} from '../terraform/arguments.js';
import type {Exit} from '../terraform/exit.js';
import {locate} from '../terraform/locate.js';
import {resolveProject} from '../terraform/project.js';
import {runTerraform} from '../terraform/run.js';
import {INTERRUPTING} from '../terraform/signals.js';

/** The real terraform, bound to the folder of an isolated rollback. */
export interface FolderTerraform {
  /** Where its state is, as init recorded it; undefined when that is not in the folder, and so not its own. */
  statePath(): string | undefined;
  run(words: readonly string[]): Promise<Exit>;
  /** Whether somebody asked us to stop since the first run. */
  wasInterrupted(): boolean;
}

const STATE_FLAGS = ['state', 'state-out', 'backup'];

/**
 * Run terraform in the rollback's folder as the user would, except for what would lead it back to the project's own
 * state: the data folder is the folder's own, and flags for the state in `TF_CLI_ARGS` are overruled.
 */
export async function rollbackTerraform(context: Context, place: Place): Promise<FolderTerraform> {
  const folder = place.layout.rollbackFolder;
  const env: NodeJS.ProcessEnv = {...context.env};
  delete env.TF_DATA_DIR;
  delete env.TF_WORKSPACE;
  if (place.workspace !== 'default') env.TF_WORKSPACE = place.workspace;
  const inherited = await Promise.all(
    ['apply', 'destroy'].map(async (verb) => parseArguments(await withEnvironment([], [verb], env)).names),
  );
  const overruled = STATE_FLAGS.some((flag) => inherited.some((names) => names.has(flag)));
  const own = overruled ? ['-state=terraform.tfstate', '-state-out=terraform.tfstate', '-backup=-'] : [];
  return {
    statePath: () => {
      const project = resolveProject(folder, undefined, parseArguments(own), env);
      if (project?.backend.kind !== 'local') return undefined;
      const {statePath} = project.backend;
      return statePath.startsWith(`${project.root}${sep}`) ? statePath : undefined;
    },
    wasInterrupted: () => context.signals().received.some((signal) => INTERRUPTING.has(signal)),
    run: async ([verb = '', ...words]) => {
      const real = locate({...context, env});
      if (real.kind === 'not-found') throw new UserError({...real, kind: 'terraform-not-found'});
      const run = runTerraform({
        program: real.path,
        argv: [verb, ...words, ...(verb === 'init' ? [] : own)],
        env: real.env,
        cwd: folder,
        launch: context.launch,
        signals: context.signals(),
      });
      return run.exited;
    },
  };
}
