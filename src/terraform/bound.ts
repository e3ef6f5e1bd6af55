import {resolve} from 'node:path';
import type {Context} from '../context.js';
import {parseArguments, REDIRECTING_FLAGS, withEnvironment, withoutArguments} from './arguments.js';
import {askTerraform, type Answer, type Question} from './ask.js';
import {statusOf} from './exit.js';
import {locate, requireTerraform} from './locate.js';
import {runTerraform} from './run.js';

/** The real terraform, bound to a root module, and to the environment and the working folder of whoever called us. */
export interface Terraform {
  /**
   * Run it in the foreground. Of the user's flags in `TF_CLI_ARGS` it gets those that lead to no other state, values or
   * part of the configuration.
   *
   * @param words The verb, then what follows it.
   * @returns The status a shell would report.
   * @throws UserError `terraform-not-found`.
   */
  run(words: readonly string[], options?: RunOptions): Promise<number>;
  /** Ask something that changes nothing; see `askTerraform`. Never rejects. */
  ask(words: readonly string[], options: AskOptions): Promise<Answer>;
  /**
   * Have terraform write a state where it belongs, under its own lock: `terraform state push`. It refuses another lineage,
   * and a serial that is not higher, unless forced. The user sees what it prints.
   *
   * @param file Absolute path of the state to write.
   * @throws UserError `terraform-not-found`.
   */
  pushState(file: string, force: boolean): Promise<number>;
  /** `1.11.4`; undefined when it gives none. */
  version(): Promise<string | undefined>;
}

export interface RunOptions {
  /** Instead of the environment of whoever called us. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Names of redirecting flags in `TF_CLI_ARGS` that it gets all the same. */
  readonly allowed?: readonly string[];
  /** Called with its process number once it runs. */
  readonly onStart?: (pid: number) => void;
}

export interface AskOptions extends Pick<Question, 'limit' | 'cancel'> {
  /** Asked in this workspace instead of the selected one. */
  readonly workspace?: string | undefined;
}

/** How long (ms) terraform may take to say its version. */
const VERSION_LIMIT = 10_000;

/**
 * @param root The root module; absolute.
 * @param origin The folder that relative paths in the user's flags are meant from, where `root` is a copy of that.
 */
export function bindTerraform(context: Context, root: string, origin = root): Terraform {
  const {cwd, launch} = context;
  // Terraform reads its CLI configuration in the working folder, before it changes into the root module.
  const chdir = root === cwd ? [] : [`-chdir=${root}`];
  const start = async (words: readonly string[], {env = context.env, onStart}: RunOptions = {}) => {
    const real = requireTerraform({...context, env: withoutArguments(env)});
    const request = {program: real.path, argv: [...chdir, ...words], env: real.env, cwd, launch};
    const run = runTerraform({...request, signals: context.signals()});
    if (run.pid !== undefined) onStart?.(run.pid);
    return statusOf(await run.exited);
  };
  const ask = async (words: readonly string[], {limit, cancel, workspace}: AskOptions): Promise<Answer> => {
    const real = locate(context);
    if (real.kind === 'not-found') return {kind: 'failed', reason: 'there is no terraform', details: ''};
    const env = workspace === undefined ? real.env : {...real.env, TF_WORKSPACE: workspace};
    try {
      return await askTerraform({program: real.path, argv: [...chdir, ...words], env, cwd, limit, cancel});
    } catch (error) {
      return {kind: 'failed', reason: 'it cannot be started', details: String(error)};
    }
  };
  return {
    ask,
    run: async ([verb = '', ...words], options = {}) => {
      const inherited = await inheritedFlags(verb, context.env, origin, options.allowed ?? []);
      return start([verb, ...inherited, ...words], options);
    },
    pushState: (file, force) => start(['state', 'push', ...(force ? ['-force'] : []), file]),
    version: async () => versionIn(await ask(['version', '-json'], {limit: VERSION_LIMIT})),
  };
}

/** What `TF_CLI_ARGS` has besides flags, a plan file, is left out as well. */
async function inheritedFlags(
  verb: string,
  env: Readonly<NodeJS.ProcessEnv>,
  origin: string,
  allowed: readonly string[],
): Promise<string[]> {
  const {flags} = parseArguments(await withEnvironment([], [verb], env));
  return flags
    .filter(({name}) => !REDIRECTING_FLAGS.has(name) || allowed.includes(name))
    .flatMap(({name, value = '', words}) =>
      name === 'plugin-dir' ? [`-plugin-dir=${resolve(origin, value)}`] : words,
    );
}

function versionIn(answer: Answer): string | undefined {
  try {
    if (answer.kind === 'failed') return undefined;
    const {terraform_version: version} = JSON.parse(answer.output.toString()) as Record<string, unknown>;
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
