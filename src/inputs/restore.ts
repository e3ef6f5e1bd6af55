import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {assignedIn, automaticIn, declaredIn} from '../project/root-module.js';
import {UserError} from '../errors.js';
import {
  pathInCopy,
  readInputFile,
  readInputs,
  type Inputs,
  type KeptValue,
  type KeptVarFile,
} from '../store/inputs.js';
import {splitAssignment} from '../terraform/arguments.js';
import type {Declarations} from '../terraform/variables.js';
import {
  filesGivenBefore,
  givenArguments,
  namesGiven,
  refuseUndeclared,
  type OtherValues,
} from './overrides.js';
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
  const {targets = [], replaced = []} = inputs ?? {};
  if (purpose === 'apply' && targets.length + replaced.length > 0)
    asked.say({type: 'inputs-targeted', version: version.name, targets, replaced});
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
    const {value} = found.get(each) ?? {};
    return value === undefined ? [] : `-var=${each.name}=${value}`;
  };
  for (const each of recorded.environment) {
    const {value} = found.get(each) ?? {};
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

/** A version's inputs as far as the version itself has them. */
interface Recorded {
  /** Arguments in their order, some as values that have to be found. */
  readonly args: readonly (string | Wanted)[];
  /** Values to be found that go into the environment: on a command line others on this machine could read them. */
  readonly environment: readonly Wanted[];
  /** Variables that have a value by these arguments or by a file. */
  readonly assigned: ReadonlySet<string>;
}

/**
 * Read what a version was given, and bring its files with values to where terraform finds them.
 *
 * What was recorded for a variable that the version does not declare is left out: it was handed on from an earlier version.
 *
 * @throws UserError `var-files-missing`, `version-damaged`.
 */
function readRecorded(request: ValuesRequest, inputs: Inputs, {variables, doubtful}: Declarations): Recorded {
  const {folder} = request;
  const files = placeFiles(request, inputs);
  const automatic = automaticIn(folder).map((name) => join(folder, name));
  const isKnown = ({name}: {name: string}) => variables.has(name) || doubtful.length > 0;
  const values = inputs.arguments.filter((each) => each.flag === 'var');
  const planned = plannedOf(request, inputs);
  const fromPlan = planned.fingerprints
    .filter((each) => isKnown(each) && !values.some(({name}) => name === each.name))
    .map(wantedOf);
  // Only an argument wins over a file that terraform reads by itself.
  const overriding = assignedIn(automatic);
  return {
    args: [
      ...planned.files.map((path) => `-var-file=${path}`),
      ...fromPlan.filter(({name}) => overriding.has(name)),
      ...inputs.arguments.flatMap((each): (string | Wanted)[] => {
        if (each.flag === 'var')
          return isKnown(each) ? ['value' in each ? `-var=${each.name}=${each.value}` : wantedOf(each)] : [];
        const path = files.get(each);
        return path === undefined || each.automatic === true ? [] : [`-var-file=${path}`];
      }),
    ],
    environment: [
      ...fromPlan.filter(({name}) => !overriding.has(name)),
      ...inputs.environment.filter(isKnown).map(wantedOf),
    ],
    assigned: new Set([
      ...values.filter((each) => 'value' in each).map(({name}) => name),
      ...assignedIn([...automatic, ...files.values(), ...planned.files]).keys(),
    ]),
  };
}

function wantedOf(value: KeptValue): Wanted {
  return {name: value.name, saltedHash: 'fingerprint' in value ? value.fingerprint : undefined};
}

function plannedOf(
  {layout, version, say}: ValuesRequest,
  {planned = {file: null, fingerprints: []}}: Inputs,
) {
  if ('unknown' in planned) {
    say({type: 'inputs-unknown', version: version.name, reason: planned.unknown});
    return {files: [], fingerprints: []};
  }
  const {file, fingerprints} = planned;
  if (file === null) return {files: [], fingerprints};
  readInputFile(layout, version, file); // Refuses a damaged one.
  return {files: [join(layout.version(version.number), file)], fingerprints};
}

/** @returns Where each file is now that has to be read. */
function placeFiles(request: ValuesRequest, inputs: Inputs): ReadonlyMap<KeptVarFile, string> {
  const {version, purpose, given} = request;
  const found = new Map<KeptVarFile, string>();
  const missing: {path: string; reason: string}[] = [];
  // A plan that could be read has what such a file assigned.
  const isNeeded = (file: KeptVarFile) =>
    file.automatic !== true || inputs.planned === undefined || 'unknown' in inputs.planned;
  for (const each of inputs.arguments) {
    if (each.flag !== 'var-file') continue;
    const path = placeFile(request, each);
    if (path !== undefined) found.set(each, path);
    else if (isNeeded(each))
      missing.push({path: each.path, reason: each.reason ?? 'it is not there any more'});
  }
  // It cannot be told which file stands for which: one for each is asked for.
  if (missing.length > given.varFiles.length)
    throw new UserError({kind: 'var-files-missing', version: version.name, purpose, files: missing});
  return found;
}

/** Undefined for a file that could not be kept, or is not in the copy. */
function placeFile({layout, version, folder}: ValuesRequest, file: KeptVarFile): string | undefined {
  if (file.kept === null) return undefined;
  const inside = pathInCopy(file.kept);
  if (inside !== undefined) return existsSync(join(folder, inside)) ? join(folder, inside) : undefined;
  const content = readInputFile(layout, version, file.kept);
  if (file.automatic !== true || !/^[^/]+\.tfvars(\.json)?$/.test(file.path)) {
    return join(layout.version(version.number), file.kept);
  }
  const target = join(folder, file.path);
  rmSync(target, {force: true}); // The link.
  writeFileSync(target, content, {mode: 0o600, flag: 'wx'});
  return target;
}
