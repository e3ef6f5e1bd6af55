import {resolve} from 'node:path';
import {assignedIn, declaredIn} from '../project/root-variables.js';
import type {Context} from '../context.js';
import {readInputs} from '../store/kept-inputs.js';
import {splitAssignment} from '../terraform/arguments.js';
import {filesGivenBefore, refuseUndeclared, type OtherValues} from './overrides.js';
import {findValues} from './ask.js';
import {presentValues} from './environment.js';
import {readRecorded} from './recorded.js';
import type {ValuesRequest, Wanted} from './request.js';

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
  const {context, layout, version, purpose, say, before} = asked;
  const inputs = readInputs(layout, version);
  const declared = declaredIn(asked.folder);
  refuseUndeclared(asked, declared);
  const found = await filesGivenBefore(asked);
  const request = {...asked, given: {...asked.given, varFiles: [...found, ...asked.given.varFiles]}};
  const targets = inputs?.targets ?? [];
  const replaced = inputs?.replaced ?? [];
  if (purpose === 'apply' && targets.length + replaced.length > 0)
    say({type: 'inputs-targeted', version: version.name, targets, replaced});
  const present = await presentValues(purpose === 'destroy' ? 'destroy' : 'apply', context.env);
  const {args, assigned, wanted} = inputs ? readRecorded(request, inputs, present.env) : NOTHING_RECORDED;
  const isGivenNow = namesGiven(asked);
  const insisted: string[] = [];
  const again = before.vars
    .filter(({name}) => !isGivenNow.has(name))
    .map(({name, fingerprint}): Wanted => {
      const give = (value: string) => insisted.push(`-var=${name}=${value}`);
      return {name, fingerprint, isOfRollback: true, give};
    });
  const isGiven = new Set([...namesGiven(request), ...again.map(({name}) => name)]);

  const open = [...wanted.filter(({name}) => !isGiven.has(name)), ...again];
  const values = await findValues(request, open, present.values);
  for (const [index, each] of open.entries()) each.give(values[index]?.value ?? '');

  const known = new Set([...assigned, ...isGiven, ...wanted.map(({name}) => name)]);
  const isUnknown = inputs === undefined || (inputs.planned !== undefined && 'unknown' in inputs.planned);
  if (inputs === undefined && declared.variables.size > 0)
    say({type: 'inputs-unknown', version: version.name, reason: 'they were not kept'});
  for (const [name, variable] of declared.variables) {
    const [value] = present.values.get(name) ?? [];
    if (value === undefined || known.has(name)) continue;
    // One without a default was answered at terraform's own prompt then.
    if (variable.required || isUnknown) {
      present.env[`TF_VAR_${name}`] = value;
      if (!isUnknown) say({type: 'input-unknown', version: version.name, name});
    } else {
      Reflect.deleteProperty(present.env, `TF_VAR_${name}`);
      say({type: 'input-left-out', version: version.name, name});
    }
  }
  const typed = open.flatMap(({name}, index) => {
    const value = values[index];
    return value?.isOther === true ? [{name, value: value.value}] : [];
  });
  const vars = [...typed, ...asked.given.vars.flatMap((each) => splitAssignment(each) ?? [])];
  return {
    args: [
      ...args.filter((word) => word !== ''),
      ...givenArguments(context, {...request.given, vars: []}),
      ...insisted,
      ...givenArguments(context, {...asked.given, varFiles: []}),
    ],
    env: present.env,
    other: {vars, varFiles: asked.given.varFiles.map((path) => resolve(context.cwd, path))},
  };
}

const NOTHING_RECORDED = {args: [], assigned: new Set<string>(), wanted: []};

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
