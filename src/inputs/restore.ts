import {resolve} from 'node:path';
import {assignedIn, declaredIn} from '../project/root-module.js';
import type {Context} from '../context.js';
import {readInputs, type Inputs} from '../store/inputs.js';
import {splitAssignment} from '../terraform/arguments.js';
import type {Declarations} from '../terraform/variables.js';
import {filesGivenBefore, refuseUndeclared, type OtherValues} from './overrides.js';
import {readRecorded, type Recorded} from './recorded.js';
import {findValues, presentValues, type PresentValues, type ValuesRequest, type Wanted} from './values.js';

/** Words to put behind `terraform apply` or `destroy`, and the environment to run it in. */
export interface Restored {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Find the values a version was applied with. Those that are not kept in clear are taken from where they are set now, if
 * they are still the same, and asked for otherwise; never is a variable left to its default in silence.
 *
 * Works on the copy: a file with values that was a link out of the project gets its content back. What the user insists
 * on comes last, so that it wins, and is not compared; what they insisted on when the rollback began comes before that.
 *
 * @returns Besides, which values are not the version's own.
 * @throws UserError `given-unusable`, `inputs-missing`, `var-files-missing`, `version-damaged`, `store-newer`. Nothing was run then.
 */
export async function restoreInputs(asked: ValuesRequest): Promise<Restored & {other: OtherValues}> {
  const {context, layout, version, purpose, given, before} = asked;
  const inputs = readInputs(layout, version);
  const declared = declaredIn(asked.folder);
  refuseUndeclared(asked, declared);
  const request = {
    ...asked,
    given: {...given, varFiles: [...(await filesGivenBefore(asked)), ...given.varFiles]},
  };
  sayTargets(request, inputs);
  const present = await presentValues(purpose === 'destroy' ? 'destroy' : 'apply', context.env);
  const recorded = inputs ? readRecorded(request, inputs, declared) : NOTHING_RECORDED;
  const isGivenNow = namesGiven(asked);
  const again = before.vars
    .filter(({name}) => !isGivenNow.has(name))
    .map(({name, fingerprint}): Wanted => ({name, saltedHash: fingerprint, isOfRollback: true}));
  const isGiven = new Set([...namesGiven(request), ...again.map(({name}) => name)]);

  const wanted = [...recorded.args.filter((each) => typeof each !== 'string'), ...recorded.environment];
  const open = [...wanted.filter(({name}) => !isGiven.has(name)), ...again];
  const found = await findValues(request, open, present.values);
  const assign = (each: Wanted) => {
    const value = found.get(each)?.value;
    return value === undefined ? [] : [`-var=${each.name}=${value}`];
  };
  for (const each of recorded.environment) {
    const value = found.get(each)?.value;
    if (value !== undefined) present.env[`TF_VAR_${each.name}`] = value;
  }
  const known = new Set([...recorded.assigned, ...isGiven, ...wanted.map(({name}) => name)]);
  settleOthers(request, inputs, declared, known, present);
  const typed = [...found].flatMap(([{name}, {value, isOther}]) => (isOther ? [{name, value}] : []));
  return {
    args: [
      ...recorded.args.flatMap((each) => (typeof each === 'string' ? each : assign(each))),
      ...givenArguments(context, {...request.given, vars: []}),
      ...again.flatMap(assign),
      ...givenArguments(context, {...given, varFiles: []}),
    ],
    env: present.env,
    other: {
      vars: [...typed, ...given.vars.flatMap((each) => splitAssignment(each) ?? [])],
      varFiles: given.varFiles.map((path) => resolve(context.cwd, path)),
    },
  };
}

const NOTHING_RECORDED: Recorded = {args: [], environment: [], assigned: new Set()};

function sayTargets({version, purpose, say}: ValuesRequest, inputs: Inputs | undefined): void {
  const {targets = [], replaced = []} = inputs ?? {};
  if (purpose === 'apply' && targets.length + replaced.length > 0)
    say({type: 'inputs-targeted', version: version.name, targets, replaced});
}

/** Decide on the variables that are set now and of which the version knows no value. */
function settleOthers(
  {version, say}: ValuesRequest,
  inputs: Inputs | undefined,
  {variables}: Declarations,
  known: ReadonlySet<string>,
  {values, env}: PresentValues,
): void {
  const isUnknown = inputs === undefined || (inputs.planned !== undefined && 'unknown' in inputs.planned);
  if (inputs === undefined && variables.size > 0)
    say({type: 'inputs-unknown', version: version.name, reason: 'they were not kept'});
  for (const [name, {required}] of variables) {
    const [value] = values.get(name) ?? [];
    if (value === undefined || known.has(name)) continue;
    // One without a default was answered at terraform's own prompt then.
    if (required || isUnknown) {
      env[`TF_VAR_${name}`] = value;
      if (!isUnknown) say({type: 'input-unknown', version: version.name, name});
    } else {
      Reflect.deleteProperty(env, `TF_VAR_${name}`);
      say({type: 'input-left-out', version: version.name, name});
    }
  }
}

/** The words for what the user insists on. */
export function givenArguments({cwd}: Context, {vars, varFiles}: ValuesRequest['given']): string[] {
  return [
    ...varFiles.map((path) => `-var-file=${resolve(cwd, path)}`),
    ...vars.map((assignment) => `-var=${assignment}`),
  ];
}

/** The names of variables that the user insists on, as far as the files can be read without disturbing a pipe. */
function namesGiven({context, given}: ValuesRequest): ReadonlySet<string> {
  return new Set([
    ...assignedIn(given.varFiles.map((path) => resolve(context.cwd, path))).keys(),
    ...given.vars.flatMap((assignment) => splitAssignment(assignment)?.name ?? []),
  ]);
}
