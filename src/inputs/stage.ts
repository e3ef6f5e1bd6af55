import {join} from 'node:path';
import type {Context} from '../context.js';
import type {Copied} from '../store/copy.js';
import {readIfRegular} from '../regular-file.js';
import {inheritInputs} from '../store/inputs.js';
import {CONFIGS} from '../store/layout.js';
import {versionNumbers} from '../store/read.js';
import {noteStaged, type Staging} from '../store/staging.js';
import {bindTerraform} from '../terraform/bound.js';
import {readPlannedValues, type PlannedValues} from '../terraform/saved-plan.js';
import {savedPlan} from '../project/config-files.js';
import {collectInputs} from './collect.js';
import type {Place} from '../project/place.js';

/** Commands that evaluate the configuration, and so have values for its variables. */
const EVALUATING = new Set(['apply', 'destroy', 'refresh', 'import']);

/** What a command was given. */
export interface Given {
  readonly operation: string;
  /** The words behind the command's name, those of `TF_CLI_ARGS` included. */
  readonly words: readonly string[];
  readonly cancelled?: (() => boolean) | undefined;
  /** Of a command that evaluates nothing: the version whose inputs it takes over; the newest one by default. */
  readonly inputsOf?: number | undefined;
}

/** Ask for the values in a saved plan, if it is one. At once: the plan may be removed as soon as terraform ends. */
export async function askPlannedValues(
  context: Context,
  {root}: Place,
  planFile: string | undefined,
): Promise<PlannedValues | undefined> {
  if (planFile === undefined) return undefined;
  const plan = readIfRegular(planFile);
  // Terraform itself reports what is no plan.
  if (plan === undefined || savedPlan(plan) === undefined) return undefined;
  return readPlannedValues(bindTerraform(context, root), planFile);
}

/**
 * Add to what is staged what the command was given besides: values of variables, files with such values, targets. For a
 * command that evaluates no configuration what the version before was given stays true.
 *
 * @param planned What `askPlannedValues` answers.
 */
export async function stageInputs(
  context: Context,
  {root, layout}: Place,
  staging: Staging,
  copied: Copied,
  {operation, words, cancelled, inputsOf}: Given,
  planned?: Promise<PlannedValues | undefined>,
): Promise<Copied> {
  const {version} = staging;
  const kept = new Set(copied.entries.map(({path}) => path));
  const isKept = (path: string) => kept.has(`${CONFIGS}/${path}`);
  const {env} = context;
  const inputs = EVALUATING.has(operation)
    ? await collectInputs({root, words, env, planned: await planned, kept: isKept, version, cancelled})
    : inheritInputs(layout, inputsOf ?? versionNumbers(layout)[0] ?? 0, version);
  if (inputs.length === 0) return copied;
  const staged = {
    ...copied,
    entries: [...copied.entries, ...inputs],
    fresh: [...copied.fresh, ...inputs.map(({path}) => join(version, path))],
  };
  noteStaged(staging, staged);
  return staged;
}
