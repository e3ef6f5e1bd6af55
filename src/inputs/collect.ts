import {join} from 'node:path';
import {INPUTS_FORMAT, type InputArgument, type Inputs, type PlannedInputs} from '../store/inputs.js';
import {writeStored} from '../store/disk.js';
import {CONFIGS, INPUTS_FILE, INPUTS_FOLDER} from '../store/layout.js';
import type {FileEntry} from '../store/version.js';
import {parseArguments, splitAssignment, type Flag} from '../terraform/arguments.js';
import type {PlannedValue, PlannedValues} from '../terraform/saved-plan.js';
import {valueText} from '../terraform/var-files.js';
import type {Declarations} from '../terraform/variables.js';
import {assignedIn, automaticIn, declaredIn} from '../project/root-module.js';
import {canonical, saltedHasher} from './salted-hash.js';
import {keepAutomatic, keepVarFile, pathsOf, type VarFilePlace} from './var-file-copies.js';

/** What to collect, and where to. */
export interface InputsRequest extends VarFilePlace {
  /** The words after the subcommand, those of `TF_CLI_ARGS` among them (`withEnvironment`). */
  readonly words: readonly string[];
  /** The environment as terraform gets it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Of `apply PLANFILE`: what the plan says. */
  readonly planned?: PlannedValues | undefined;
  /** Asked before each salted hash; once it is true, collecting rejects soon. */
  readonly cancelled?: (() => boolean) | undefined;
}

/** What all values are kept by. */
interface Keeping {
  readonly declared: Declarations;
  readonly saltedHash: (value: string) => Promise<string>;
}

/** JSON and not flags: a file needs no guess at how a variable's type wants its value spelled. */
const PLANNED_FILE = `${INPUTS_FOLDER}/0-planned.tfvars.json`;

/**
 * Keep what a command was given besides its configuration: values of variables, files with such values, targets.
 *
 * In clear are only values of `-var` for variables that are certainly neither sensitive nor ephemeral; files that the user
 * keeps in clear are copied, or referred to where they are in the version anyway. Of everything else there is a salted
 * hash (some 60 ms each, two at a time), and of ephemeral values nothing.
 *
 * @returns What the manifest has to list; nothing for a root module without variables and a command without such flags.
 * @throws The system's error when the version cannot be written.
 */
export async function collectInputs(request: InputsRequest): Promise<FileEntry[]> {
  const {root, version, env, planned} = request;
  const {flags} = parseArguments(request.words);
  const declared = declaredIn(root, join(version, CONFIGS));
  const keeping = {declared, saltedHash: saltedHasher(request.cancelled ?? (() => false))};
  const entries: FileEntry[] = [];
  const automatic = automaticIn(root).map((path) => keepAutomatic(request, path, entries));
  const given = flags.flatMap((flag): InputArgument[] => {
    if (flag.name === 'var-file')
      return [{flag: 'var-file', ...keepVarFile(request, flag.value ?? '', entries)}];
    const assignment = flag.name === 'var' ? splitAssignment(flag.value ?? '') : undefined;
    return assignment === undefined ? [] : [{flag: 'var', ...assignment}];
  });
  const fromAutomatic = assignedIn(pathsOf(root, automatic));
  const overriding = new Set([
    ...fromAutomatic.keys(),
    ...assignedIn(
      pathsOf(
        root,
        given.filter((each) => each.flag === 'var-file'),
      ),
    ).keys(),
    ...given.flatMap((each) => (each.flag === 'var' ? each.name : [])),
  ]);
  const apart = automatic.filter(({kept}) => kept?.startsWith(`${CONFIGS}/`) !== true);
  const inputs: Inputs = {
    format: INPUTS_FORMAT,
    arguments: [
      ...apart.map((file) => ({flag: 'var-file', ...file}) as const),
      ...(await Promise.all(withoutOverridden(given).map((each) => keepArgument(each, keeping)))),
    ],
    environment: await keepEnvironment(env, overriding, planned !== undefined, keeping),
    ...(planned && {planned: await keepPlanned(planned, fromAutomatic, version, entries, keeping)}),
    targets: valuesOf(flags, 'target'),
    replaced: valuesOf(flags, 'replace'),
  };
  if (!isWorthKeeping(inputs, declared)) return [];
  return [...entries, writeStored(version, INPUTS_FILE, jsonText(inputs), 0o600)];
}

/** Also where nothing was set: a rollback must not take what is set when it runs. */
function isWorthKeeping(inputs: Inputs, {variables}: Declarations): boolean {
  return (
    variables.size > 0 ||
    [inputs.arguments, inputs.environment, inputs.targets, inputs.replaced].some((list) => list.length > 0)
  );
}

/** Of several values for one variable the last one counts. */
function withoutOverridden(given: readonly InputArgument[]): readonly InputArgument[] {
  const isSame = (one: InputArgument, other: InputArgument) =>
    one.flag === 'var' && other.flag === 'var' && one.name === other.name;
  return given.filter((each, index) => !given.slice(index + 1).some((later) => isSame(each, later)));
}

/** In clear only a value that is certainly neither secret nor ephemeral. */
async function keepArgument(given: InputArgument, keeping: Keeping): Promise<InputArgument> {
  if (given.flag !== 'var' || !('value' in given)) return given;
  const variable = keeping.declared.variables.get(given.name);
  const isClear = variable !== undefined && !variable.sensitive && !variable.ephemeral;
  return isClear ? given : {flag: 'var', ...(await keepSecret(given.name, given.value, keeping))};
}

async function keepSecret(
  name: string,
  value: string,
  {declared, saltedHash}: Keeping,
): Promise<Inputs['environment'][number]> {
  if (declared.variables.get(name)?.ephemeral === true) return {name, ephemeral: true};
  return {name, fingerprint: await saltedHash(value)};
}

/** With a saved plan only the ephemeral ones are read from the environment. */
async function keepEnvironment(
  env: Readonly<NodeJS.ProcessEnv>,
  overriding: ReadonlySet<string>,
  isPlanned: boolean,
  keeping: Keeping,
): Promise<Inputs['environment']> {
  const {variables, doubtful} = keeping.declared;
  const isRead = (name: string) => {
    if (overriding.has(name)) return false;
    if (isPlanned) return variables.get(name)?.ephemeral === true;
    // A declaration that was not found may stand in a file that was not understood.
    return variables.has(name) || doubtful.length > 0;
  };
  const read = Object.entries(env).flatMap(([key, value]) => {
    const name = key.slice('TF_VAR_'.length);
    return key.startsWith('TF_VAR_') && value !== undefined && isRead(name) ? [{name, value}] : [];
  });
  read.sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(read.map(({name, value}) => keepSecret(name, value, keeping)));
}

/**
 * Keep the values a saved plan was made with. The plan does not say where they came from, so that only those are kept in
 * clear whose variable is assigned in a kept file that terraform reads by itself: an environment variable never wins over
 * such a file. A value that such a file gives again, or the default, is not kept at all.
 *
 * @param fromFiles What those files assign.
 * @param entries Gets the file's entry when one is written.
 */
async function keepPlanned(
  planned: PlannedValues,
  fromFiles: ReadonlyMap<string, string | undefined>,
  version: string,
  entries: FileEntry[],
  {declared: {variables}, saltedHash}: Keeping,
): Promise<PlannedInputs> {
  if (planned.kind === 'unknown') return {unknown: planned.reason};
  const wanted = planned.values.filter(({name, value, default: initial}) => {
    if (variables.get(name)?.ephemeral === true) return false;
    const text = fromFiles.has(name)
      ? fromFiles.get(name)
      : initial === undefined
        ? undefined
        : valueText(initial);
    return text === undefined || canonical(valueText(value)) !== canonical(text);
  });
  const isClear = ({name, sensitive}: PlannedValue) =>
    !sensitive && variables.get(name)?.sensitive === false && fromFiles.has(name);
  const clear = wanted.filter(isClear).map(({name, value}) => [name, value] as const);
  if (clear.length > 0)
    entries.push(writeStored(version, PLANNED_FILE, jsonText(Object.fromEntries(clear)), 0o600));
  const secret = wanted.filter((value) => !isClear(value));
  return {
    file: clear.length > 0 ? PLANNED_FILE : null,
    fingerprints: await Promise.all(
      secret.map(async ({name, value}) => ({name, fingerprint: await saltedHash(valueText(value))})),
    ),
  };
}

function valuesOf(flags: readonly Flag[], name: string): string[] {
  return flags.flatMap((flag) => (flag.name === name && flag.value !== undefined ? [flag.value] : []));
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
