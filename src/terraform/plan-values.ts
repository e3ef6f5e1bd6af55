import {askTerraform, type Question} from './ask.js';

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

/**
 * Ask terraform for the values of variables in a saved plan (`show -json`, its documented plan representation). Those
 * that came by default are among them, and ephemeral ones with a default.
 *
 * @param planFile Absolute; terraform's `-chdir` is of no matter then.
 */
export async function readPlannedValues(
  question: Omit<Question, 'words'>,
  planFile: string,
): Promise<PlannedValues> {
  const answer = await askTerraform({...question, words: ['show', '-json', planFile]});
  if (answer.kind === 'failed') return {kind: 'unknown', reason: `terraform show: ${answer.reason}`};
  try {
    return {kind: 'known', values: plannedValues(JSON.parse(answer.output.toString()) as ShownPlan)};
  } catch {
    return {kind: 'unknown', reason: 'terraform show: no answer that can be read'};
  }
}

interface ShownPlan {
  readonly variables?: Readonly<Record<string, {value?: unknown}>>;
  readonly configuration?: {
    readonly root_module?: {
      readonly variables?: Readonly<Record<string, {default?: unknown; sensitive?: boolean}>>;
    };
  };
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
