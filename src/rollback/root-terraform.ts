import type {Place} from '../project/place.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {withEnvironment, withoutArguments, withoutFlags} from '../terraform/arguments.js';
import {askTerraform} from '../terraform/ask.js';
import {statusOf} from '../terraform/exit.js';
import {locate} from '../terraform/locate.js';
import {runTerraform} from '../terraform/run.js';
import {terraformVersion} from '../terraform/version.js';
import type {Restored} from '../inputs/restore.js';
import {REDIRECTING_FLAGS} from './redirecting-flags.js';

/** What of a saved plan is said in one line. */
export interface PlannedActions {
  readonly destroyed: readonly string[];
  readonly replaced: readonly string[];
}

/** The real terraform in the root module itself, with the values of a version. */
export interface RootTerraform {
  /** `1.11.4`; undefined when it does not say. */
  version(): Promise<string | undefined>;
  /** Run it in the foreground; returns its status. */
  run(words: readonly string[], options?: RunOptions): Promise<number>;
  /** What a saved plan destroys; undefined when it cannot be read. */
  plannedActions(planFile: string): Promise<PlannedActions | undefined>;
}

interface RunOptions {
  readonly restored?: Restored;
  /** Called with its process number once it runs. */
  readonly onStart?: (pid: number) => void;
}

const PATIENCE = 60_000;

/** Flags in `TF_CLI_ARGS` that lead to other values or another state are left out, the rest is handed on. */
export function rootTerraform(context: Context, {root}: Place): RootTerraform {
  const chdir = root === context.cwd ? [] : [`-chdir=${root}`];
  const found = (env: Readonly<NodeJS.ProcessEnv>) => {
    const real = locate({...context, env: withoutArguments(env)});
    if (real.kind === 'not-found') throw new UserError({...real, kind: 'terraform-not-found'});
    return real;
  };
  return {
    version: async () => {
      const real = found(context.env);
      return terraformVersion(real.path, real.env, root);
    },
    run: async ([verb = '', ...words], {restored, onStart} = {}) => {
      const real = found(restored?.env ?? context.env);
      const inherited = withoutFlags(await withEnvironment([], [verb], context.env), REDIRECTING_FLAGS);
      const run = runTerraform({
        program: real.path,
        argv: [...chdir, verb, ...inherited, ...words, ...(restored?.args ?? [])],
        env: real.env,
        // Terraform reads its own settings in the working folder, before it changes into the root module.
        cwd: context.cwd,
        launch: context.launch,
        signals: context.signals(),
      });
      if (run.pid !== undefined) onStart?.(run.pid);
      return statusOf(await run.exited);
    },
    plannedActions: async (planFile) => {
      const real = found(context.env);
      const words = ['show', '-json', planFile];
      const answer = await askTerraform({
        program: real.path,
        env: real.env,
        cwd: context.cwd,
        chdir: root === context.cwd ? undefined : root,
        words,
        patience: PATIENCE,
      });
      return answer.kind === 'said' ? actionsIn(answer.output.toString()) : undefined;
    },
  };
}

interface ShownPlan {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly change: {readonly actions: readonly string[]};
  }[];
}

/** The documented form of `terraform show -json`. */
function actionsIn(text: string): PlannedActions | undefined {
  try {
    const {resource_changes: changes = []} = JSON.parse(text) as ShownPlan;
    const doing = (isWanted: (actions: readonly string[]) => boolean) =>
      changes.filter(({change}) => isWanted(change.actions)).map(({address}) => address);
    return {
      destroyed: doing((actions) => actions.includes('delete') && !actions.includes('create')),
      replaced: doing((actions) => actions.includes('delete') && actions.includes('create')),
    };
  } catch {
    return undefined;
  }
}
