import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {assignedIn, automaticIn} from '../project/root-module.js';
import {UserError} from '../errors.js';
import {pathInCopy, readInputFile, type Inputs, type KeptValue, type KeptVarFile} from '../store/inputs.js';
import type {Declarations} from '../terraform/variables.js';
import type {ValuesRequest, Wanted} from './values.js';

/** A version's inputs as far as the version itself has them. */
export interface Recorded {
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
export function readRecorded(
  request: ValuesRequest,
  inputs: Inputs,
  {variables, doubtful}: Declarations,
): Recorded {
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
        if (each.flag === 'var-file') {
          const path = files.get(each);
          return path === undefined || each.automatic === true ? [] : [`-var-file=${path}`];
        }
        if (!isKnown(each)) return [];
        return ['value' in each ? `-var=${each.name}=${each.value}` : wantedOf(each)];
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

function plannedOf({layout, version, say}: ValuesRequest, {planned}: Inputs) {
  if (planned === undefined) return {files: [], fingerprints: []};
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
