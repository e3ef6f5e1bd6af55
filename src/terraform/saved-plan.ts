import type {Terraform} from './bound.js';

/** The value a saved plan has for a variable of the root module. */
export interface PlannedValue {
  readonly name: string;
  /** As JSON has it. */
  readonly value: unknown;
  readonly sensitive: boolean;
  /** What the variable would be without a value; undefined when it has no default. */
  readonly default: unknown;
}

/** The values in a saved plan, in clear, or why they are not known. */
export type PlannedValues =
  | {readonly kind: 'known'; readonly values: readonly PlannedValue[]}
  | {readonly kind: 'unknown'; readonly reason: string};

/** How long (ms) terraform may take to show a plan: it loads the providers for it. */
const LIMIT = 60_000;

/**
 * Ask terraform for the values of variables in a saved plan. Those that came by default are among them, and ephemeral ones
 * with a default.
 *
 * @param planFile Absolute; terraform's `-chdir` is of no matter then.
 */
export async function readPlannedValues(terraform: Asked, planFile: string): Promise<PlannedValues> {
  const plan = await show(terraform, planFile);
  if (typeof plan === 'string') return {kind: 'unknown', reason: `terraform show: ${plan}`};
  const declared = plan.configuration?.root_module?.variables ?? {};
  const values = Object.entries(plan.variables ?? {}).map(([name, {value}]) => ({
    name,
    value,
    sensitive: declared[name] === undefined || declared[name].sensitive === true,
    default: declared[name]?.default,
  }));
  return {kind: 'known', values};
}

/** Ask terraform what a saved plan destroys, as addresses; undefined when that cannot be read. */
export async function readPlannedActions(
  terraform: Asked,
  planFile: string,
): Promise<{destroyed: readonly string[]; replaced: readonly string[]} | undefined> {
  const plan = await show(terraform, planFile);
  if (typeof plan === 'string') return undefined;
  const deleted = (plan.resource_changes ?? []).filter(({change}) => change.actions.includes('delete'));
  const addresses = (isReplaced: boolean) =>
    deleted
      .filter(({change}) => change.actions.includes('create') === isReplaced)
      .map(({address}) => address);
  return {destroyed: addresses(false), replaced: addresses(true)};
}

type Asked = Pick<Terraform, 'ask'>;

/** The documented form of `terraform show -json`. */
interface ShownPlan {
  readonly resource_changes?: readonly {address: string; change: {actions: readonly string[]}}[];
  readonly variables?: Readonly<Record<string, {value?: unknown}>>;
  readonly configuration?: {
    root_module?: {variables?: Readonly<Record<string, {default?: unknown; sensitive?: boolean}>>};
  };
}

/** Returns why there is none, as text. */
async function show(terraform: Asked, planFile: string): Promise<ShownPlan | string> {
  const answer = await terraform.ask(['show', '-json', planFile], {limit: LIMIT});
  if (answer.kind === 'failed') return answer.reason;
  try {
    return JSON.parse(answer.output.toString()) as ShownPlan;
  } catch {
    return 'no answer that can be read';
  }
}
