import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {assignedIn, automaticIn, declaredIn} from '../project/root-variables.js';
import {UserError} from '../errors.js';
import {pathInCopy, type Inputs, type KeptValue, type KeptVarFile} from '../store/inputs.js';
import {readInputFile} from '../store/kept-inputs.js';
import type {ValuesRequest, Wanted} from './request.js';

/** A version's inputs as far as the version itself has them. */
export interface Recorded {
  /** In their order; empty in the places of values that have to be found. */
  readonly args: readonly string[];
  readonly wanted: readonly Wanted[];
  /** Variables that have a value by these arguments or by a file. */
  readonly assigned: ReadonlySet<string>;
}

/**
 * Read what a version was given, and bring its files with values to where terraform finds them.
 *
 * What was recorded for a variable that the version does not declare is left out: it was handed on from an earlier version.
 *
 * @param env Gets those values that came by environment, once they are found.
 * @throws UserError `var-files-missing`, `version-damaged`.
 */
export function readRecorded(request: ValuesRequest, inputs: Inputs, env: NodeJS.ProcessEnv): Recorded {
  const {folder} = request;
  const files = placeFiles(request, inputs);
  const automatic = automaticIn(folder).map((name) => join(folder, name));
  const {variables, doubtful} = declaredIn(folder);
  const isKnown = ({name}: {name: string}) => variables.has(name) || doubtful.length > 0;
  const values = inputs.arguments.filter((each) => each.flag === 'var');
  const assigned = new Set(values.filter((each) => 'value' in each).map(({name}) => name));
  const args: string[] = [];
  const wanted: Wanted[] = [];
  const wantArgument = (value: KeptValue) => {
    const place = args.push('') - 1;
    wanted.push(want(value, (found) => (args[place] = `-var=${value.name}=${found}`)));
  };
  // Without need not on a command line, where others on this machine can read it.
  const wantVariable = (value: KeptValue) => {
    wanted.push(want(value, (found) => (env[`TF_VAR_${value.name}`] = found)));
  };

  const planned = plannedOf(request, inputs);
  if (planned.file !== undefined) args.push(`-var-file=${planned.file}`);
  const overriding = assignedIn(automatic);
  for (const each of planned.fingerprints.filter(isKnown)) {
    if (values.some(({name}) => name === each.name)) continue;
    if (overriding.has(each.name)) wantArgument(each);
    else wantVariable(each);
  }
  for (const each of inputs.arguments) {
    if (each.flag === 'var-file') {
      const path = files.get(each);
      if (path !== undefined && each.automatic !== true) args.push(`-var-file=${path}`);
    } else if (!isKnown(each)) continue;
    else if ('value' in each) args.push(`-var=${each.name}=${each.value}`);
    else wantArgument(each);
  }
  inputs.environment.filter(isKnown).forEach(wantVariable);
  const read = [...automatic, ...files.values(), ...(planned.file === undefined ? [] : [planned.file])];
  for (const name of assignedIn(read).keys()) assigned.add(name);
  return {args, wanted, assigned};
}

function want(value: KeptValue, give: (found: string) => void): Wanted {
  return {name: value.name, fingerprint: 'fingerprint' in value ? value.fingerprint : undefined, give};
}

function plannedOf({layout, version, say}: ValuesRequest, {planned}: Inputs) {
  if (planned === undefined) return {file: undefined, fingerprints: []};
  if ('unknown' in planned) {
    say({type: 'inputs-unknown', version: version.name, reason: planned.unknown});
    return {file: undefined, fingerprints: []};
  }
  if (planned.file === null) return {...planned, file: undefined};
  readInputFile(layout, version, planned.file);
  return {...planned, file: join(layout.version(version.number), planned.file)};
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
  // Nobody can tell which file stands for which; one for each is asked.
  if (missing.length > given.varFiles.length) {
    throw new UserError({kind: 'var-files-missing', version: version.name, purpose, files: missing});
  }
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
