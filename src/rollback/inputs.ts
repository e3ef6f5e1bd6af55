import {resolve} from 'node:path';
import {assignedIn, declaredIn} from '../capture/root-variables.js';
import {readInputs} from '../store/inputs.js';
import {splitAssignment} from '../terraform/arguments.js';
import {findValues} from './missing-values.js';
import {presentValues} from './present-values.js';
import {readRecorded} from './recorded-inputs.js';
import type {RestoreRequest} from './restore-request.js';

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
 * on comes last, so that it wins, and is not compared. A version without inputs changes nothing.
 *
 * @throws UserError `inputs-missing`, `var-files-missing`, `version-damaged`, `store-newer`. Nothing was run then.
 */
export async function restoreInputs(request: RestoreRequest): Promise<Restored> {
  const {context, layout, version, given, purpose, say} = request;
  const inputs = readInputs(layout, version);
  const insisted = [
    ...given.varFiles.map((path) => `-var-file=${resolve(context.cwd, path)}`),
    ...given.vars.map((assignment) => `-var=${assignment}`),
  ];
  if (inputs === undefined) return {args: insisted, env: {...context.env}};
  const {targets, replaced} = inputs;
  if (targets.length + replaced.length > 0)
    say({type: 'inputs-targeted', version: version.name, targets, replaced});
  const present = await presentValues(purpose === 'destroy' ? 'destroy' : 'apply', context.env);
  const {args, assigned, wanted} = readRecorded(request, inputs, present.env);
  const isGiven = namesGiven(request);

  const open = wanted.filter(({name}) => !isGiven.has(name));
  const values = await findValues(request, open, present.values);
  for (const [index, each] of open.entries()) each.give(values[index] ?? '');

  const known = new Set([...assigned, ...isGiven, ...wanted.map(({name}) => name)]);
  const isUnknown = inputs.planned !== undefined && 'unknown' in inputs.planned;
  for (const [name, variable] of declaredIn(request.folder).variables) {
    const [value] = present.values.get(name) ?? [];
    if (value === undefined || known.has(name)) continue;
    // One without a default was answered at terraform's own prompt then.
    if (variable.required || isUnknown) present.env[`TF_VAR_${name}`] = value;
    else {
      Reflect.deleteProperty(present.env, `TF_VAR_${name}`);
      say({type: 'input-left-out', version: version.name, name});
    }
  }
  return {args: [...args.filter((word) => word !== ''), ...insisted], env: present.env};
}

/** The names of variables that the user insists on, as far as the files can be read without disturbing a pipe. */
function namesGiven({context, given}: RestoreRequest): ReadonlySet<string> {
  return new Set([
    ...assignedIn(given.varFiles.map((path) => resolve(context.cwd, path))).keys(),
    ...given.vars.flatMap((assignment) => splitAssignment(assignment)?.name ?? []),
  ]);
}
