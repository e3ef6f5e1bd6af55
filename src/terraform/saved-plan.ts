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

/** The values in a saved plan, in clear, or why nobody knows them. */
export type PlannedValues =
  | {readonly kind: 'known'; readonly values: readonly PlannedValue[]}
  | {readonly kind: 'unknown'; readonly reason: string};

/** What a saved plan destroys, as addresses. */
export interface PlannedActions {
  readonly destroyed: readonly string[];
  readonly replaced: readonly string[];
}

/** How long (ms) terraform may take to show a plan: it loads the providers for it. */
const LIMIT = 60_000;

/**
 * Ask terraform for the values of variables in a saved plan. Those that came by default are among them, and ephemeral ones
 * with a default.
 *
 * @param planFile Absolute; terraform's `-chdir` is of no matter then.
 */
export async function readPlannedValues(
  terraform: Pick<Terraform, 'ask'>,
  planFile: string,
): Promise<PlannedValues> {
  const plan = await show(terraform, planFile);
  return typeof plan === 'string'
    ? {kind: 'unknown', reason: `terraform show: ${plan}`}
    : {kind: 'known', values: plannedValues(plan)};
}

/** Ask terraform what a saved plan destroys; undefined when that cannot be read. */
export async function readPlannedActions(
  terraform: Pick<Terraform, 'ask'>,
  planFile: string,
): Promise<PlannedActions | undefined> {
  const plan = await show(terraform, planFile);
  if (typeof plan === 'string') return undefined;
  const deleted = (plan.resource_changes ?? []).filter(({change}) => change.actions.includes('delete'));
  const isReplaced = ({change}: ResourceChange) => change.actions.includes('create');
  return {
    destroyed: deleted.filter((each) => !isReplaced(each)).map(({address}) => address),
    replaced: deleted.filter(isReplaced).map(({address}) => address),
  };
}

interface ResourceChange {
  readonly address: string;
  readonly change: {readonly actions: readonly string[]};
}

/** The documented form of `terraform show -json`. */
interface ShownPlan {
  readonly resource_changes?: readonly ResourceChange[];
  readonly variables?: Readonly<Record<string, {value?: unknown}>>;
  readonly configuration?: {
    readonly root_module?: {
      readonly variables?: Readonly<Record<string, {default?: unknown; sensitive?: boolean}>>;
    };
  };
}

/** Returns why there is none, as text. */
async function show(terraform: Pick<Terraform, 'ask'>, planFile: string): Promise<ShownPlan | string> {
  const answer = await terraform.ask(['show', '-json', planFile], {limit: LIMIT});
  if (answer.kind === 'failed') return answer.reason;
  try {
    return JSON.parse(answer.output.toString()) as ShownPlan;
  } catch {
    return 'no answer that can be read';
  }
}

function plannedValues({variables = {}, configuration}: ShownPlan): PlannedValue[] {
  const declared = configuration?.root_module?.variables ?? {};
  return Object.entries(variables).map(([name, {value}]) => ({
    name,
    value,
    sensitive: declared[name] === undefined || declared[name].sensitive === true,
    default: declared[name]?.default,
  }));
}
