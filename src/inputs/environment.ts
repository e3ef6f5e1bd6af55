import {splitAssignment, parseArguments, withEnvironment, withoutFlags} from '../terraform/arguments.js';

/** The values of variables that are set now, and the environment to run terraform in with other ones. */
export interface PresentValues {
  /** By name, what terraform would take first first: `-var` in `TF_CLI_ARGS…`, then `TF_VAR_…`. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Without the flags in `TF_CLI_ARGS…` that give values or choose resources. */
  readonly env: NodeJS.ProcessEnv;
}

/** What a version's own inputs stand in for. */
const REPLACED = new Set(['var', 'var-file', 'target', 'exclude', 'replace']);

/**
 * Look what values of variables `terraform apply` or `destroy` would get now, and after those what the other commands
 * would: who keeps them in `TF_CLI_ARGS_apply` has them there when a rollback is destroyed, too.
 */
export async function presentValues(
  verb: 'apply' | 'destroy',
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<PresentValues> {
  const {join, split} = await import('shlex');
  const values = new Map<string, string[]>();
  const add = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value]);
  const addFlagsOf = async (of: string) => {
    const {flags} = parseArguments(await withEnvironment([], [of], env));
    for (const flag of flags.toReversed()) {
      const assignment = flag.name === 'var' ? splitAssignment(flag.value ?? '') : undefined;
      if (assignment !== undefined) add(assignment.name, assignment.value);
    }
  };
  await addFlagsOf(verb);
  for (const [key, value] of Object.entries(env)) {
    if (key.startsWith('TF_VAR_') && value !== undefined) add(key.slice('TF_VAR_'.length), value);
  }
  for (const other of ['apply', 'destroy', 'plan'].filter((each) => each !== verb)) await addFlagsOf(other);
  const own = {...env};
  for (const name of ['TF_CLI_ARGS', `TF_CLI_ARGS_${verb}`]) {
    try {
      const words = split(own[name] ?? '');
      const left = withoutFlags(words, REPLACED);
      if (left.length < words.length) own[name] = join(left);
    } catch {
      // An open quote: terraform says so itself.
    }
  }
  return {values, env: own};
}
