import type {Context} from '../context.js';
import type {Exit} from './exit.js';
import {withoutArguments} from './arguments.js';
import {locate} from './locate.js';
import {runTerraform} from './run.js';

/**
 * Have terraform write a state where it belongs, under its own lock: `terraform state push`. It refuses another lineage,
 * and a serial that is not higher, unless forced. What it says is seen by the user.
 *
 * @param root The root module.
 * @param file Absolute path of the state to write.
 */
export async function pushState(context: Context, root: string, file: string, force: boolean): Promise<Exit> {
  const real = locate({...context, env: withoutArguments(context.env)});
  if (real.kind === 'not-found') return {failure: 'ENOENT'};
  const run = runTerraform({
    program: real.path,
    argv: [
      ...(root === context.cwd ? [] : [`-chdir=${root}`]),
      'state',
      'push',
      ...(force ? ['-force'] : []),
      file,
    ],
    env: real.env,
    // Terraform reads its own settings in the working folder, before it changes into the root module.
    cwd: context.cwd,
    launch: context.launch,
    signals: context.signals(),
  });
  return run.exited;
}
