import {lstatSync} from 'node:fs';
import {basename, join, relative, resolve, sep} from 'node:path';
import {assignedIn, automaticIn, declaredIn} from '../project/root-module.js';
import {readRegularFile} from '../regular-file.js';
import {jsonOf, writeStored} from '../store/disk.js';
import {
  INPUTS_FORMAT,
  type InputArgument,
  type Inputs,
  type KeptVarFile,
  type PlannedInputs,
} from '../store/inputs.js';
import {CONFIGS, INPUTS_FILE, INPUTS_FOLDER} from '../store/layout.js';
import type {FileEntry} from '../store/version.js';
import {parseArguments, splitAssignment} from '../terraform/arguments.js';
import {realOr} from '../terraform/project.js';
import type {PlannedValue, PlannedValues} from '../terraform/saved-plan.js';
import {valueText, type Declarations} from '../terraform/variables.js';
import {canonical, saltedHasher} from './salted-hash.js';

/** What to collect, and where to. */
export interface InputsRequest {
  /** The root module: absolute, links resolved. */
  readonly root: string;
  /** The folder of the version that is being made; its `tf_configs` are there already. */
  readonly version: string;
  /** Whether a file of the root module, by its path from there, is kept in the version. */
  readonly kept: (path: string) => boolean;
  /** The words after the subcommand, those of `TF_CLI_ARGS` among them (`withEnvironment`). */
  readonly words: readonly string[];
  /** The environment as terraform gets it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Of `apply PLANFILE`: what the plan says. */
  readonly planned?: PlannedValues | undefined;
  /** Asked before each salted hash; once it is true, collecting rejects soon. */
  readonly cancelled?: (() => boolean) | undefined;
}

/** What all values and files are kept by. */
interface Keeping extends InputsRequest {
  readonly declared: Declarations;
  readonly saltedHash: (value: string) => Promise<string>;
  /** Gets the entry of each file that is written besides `inputs.json`. */
  readonly entries: FileEntry[];
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
  const {root, version, planned} = request;
  const {flags} = parseArguments(request.words);
  const declared = declaredIn(root, join(version, CONFIGS));
  const saltedHash = saltedHasher(request.cancelled ?? (() => false));
  const keeping: Keeping = {...request, declared, saltedHash, entries: []};
  const automatic = automaticIn(root).map((path) => keepAutomatic(keeping, path));
  const given = flags.flatMap(({name, value = ''}): InputArgument[] => {
    if (name === 'var-file') return [{flag: 'var-file', ...keepVarFile(keeping, value)}];
    const assignment = name === 'var' ? splitAssignment(value) : undefined;
    return assignment === undefined ? [] : [{flag: 'var', ...assignment}];
  });
  const values = given.filter((each) => each.flag === 'var');
  const files = given.filter((each) => each.flag === 'var-file');
  const fromAutomatic = assignedIn(pathsOf(root, automatic));
  const overriding = new Set([
    ...fromAutomatic.keys(),
    ...assignedIn(pathsOf(root, files)).keys(),
    ...values.map(({name}) => name),
  ]);
  const apart = automatic.filter(({kept}) => kept?.startsWith(`${CONFIGS}/`) !== true);
  // Of several values for one variable the last one counts.
  const counting = given.filter(
    (each) => each.flag !== 'var' || values.findLast(({name}) => name === each.name) === each,
  );
  const named = (flag: string) => flags.flatMap(({name, value}) => (name === flag ? (value ?? []) : []));
  const inputs: Inputs = {
    format: INPUTS_FORMAT,
    arguments: [
      ...apart.map((file) => ({flag: 'var-file', ...file}) as const),
      ...(await Promise.all(counting.map((each) => keepArgument(each, keeping)))),
    ],
    environment: await keepEnvironment(overriding, keeping),
    ...(planned && {planned: await keepPlanned(planned, fromAutomatic, keeping)}),
    targets: named('target'),
    replaced: named('replace'),
  };
  const lists = [inputs.arguments, inputs.environment, inputs.targets, inputs.replaced];
  // Also where nothing was set: a rollback must not take what is set when it runs.
  if (declared.variables.size === 0 && lists.every(({length}) => length === 0)) return [];
  return [...keeping.entries, writeStored(version, INPUTS_FILE, jsonOf(inputs), 0o600)];
}

/**
 * A file that terraform reads by itself. A link that leads out of the project is kept as a link there, so that what it
 * leads to is kept besides.
 */
function keepAutomatic(keeping: Keeping, path: string): KeptVarFile {
  const stored = lstatSync(join(keeping.version, CONFIGS, path), {throwIfNoEntry: false});
  const isLink = stored?.isSymbolicLink() === true;
  return {...(isLink ? keepVarFile(keeping, path) : refer(keeping, path, path)), automatic: true};
}

/** Keep a file of `-var-file`, by its path from the root module on: a copy, or a reference to where the version has it. */
function keepVarFile(keeping: Keeping, path: string): KeptVarFile {
  const {root, version, entries} = keeping;
  const real = realOr(resolve(root, path));
  const read = readRegularFile(real);
  if (read.kind === 'refused') return {path, kept: null, reason: read.reason};
  if (real.startsWith(`${root}${sep}`))
    return refer(keeping, path, relative(root, real).split(sep).join('/'));
  // The end of the name tells terraform which form the file has.
  const end = basename(path).replace(/[^\w.-]/g, '_');
  const name = `${INPUTS_FOLDER}/${entries.length + 1}-${end.slice(-100)}`;
  entries.push(writeStored(version, name, read.content, read.mode));
  return {path, kept: name};
}

/** @param inside Where the file is in the root module. */
function refer({kept}: Keeping, path: string, inside: string): KeptVarFile {
  if (kept(inside)) return {path, kept: `${CONFIGS}/${inside}`};
  return {path, kept: null, reason: 'it is left out of what is kept of the project'};
}

/** Where the files are now that a version has. */
function pathsOf(root: string, files: readonly KeptVarFile[]): string[] {
  return files.flatMap(({path, kept}) => (kept === null ? [] : resolve(root, path)));
}

/** In clear only a value that is certainly neither secret nor ephemeral. */
async function keepArgument(given: InputArgument, keeping: Keeping): Promise<InputArgument> {
  if (given.flag !== 'var' || !('value' in given)) return given;
  const variable = keeping.declared.variables.get(given.name);
  const isClear = variable?.sensitive === false && !variable.ephemeral;
  return isClear ? given : {flag: 'var', ...(await keepSecret(given, keeping))};
}

async function keepSecret(
  {name, value}: {name: string; value: string},
  {declared, saltedHash}: Keeping,
): Promise<Inputs['environment'][number]> {
  if (declared.variables.get(name)?.ephemeral === true) return {name, ephemeral: true};
  return {name, fingerprint: await saltedHash(value)};
}

/** With a saved plan only the ephemeral ones are read from the environment. */
async function keepEnvironment(
  overriding: ReadonlySet<string>,
  keeping: Keeping,
): Promise<Inputs['environment']> {
  const {env, planned} = keeping;
  const {variables, doubtful} = keeping.declared;
  const isRead = (name: string) => {
    if (overriding.has(name)) return false;
    if (planned !== undefined) return variables.get(name)?.ephemeral === true;
    // A declaration that was not found may stand in a file that was not understood.
    return variables.has(name) || doubtful.length > 0;
  };
  const read = Object.entries(env).flatMap(([key, value]) => {
    const name = key.slice('TF_VAR_'.length);
    return key.startsWith('TF_VAR_') && value !== undefined && isRead(name) ? [{name, value}] : [];
  });
  read.sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(read.map((each) => keepSecret(each, keeping)));
}

/**
 * Keep the values a saved plan was made with. The plan does not say where they came from, so that only those are kept in
 * clear whose variable is assigned in a kept file that terraform reads by itself: an environment variable never wins over
 * such a file. A value that such a file gives again, or the default, is not kept at all.
 *
 * @param fromFiles What those files assign.
 */
async function keepPlanned(
  planned: PlannedValues,
  fromFiles: ReadonlyMap<string, string | undefined>,
  {version, entries, declared: {variables}, saltedHash}: Keeping,
): Promise<PlannedInputs> {
  if (planned.kind === 'unknown') return {unknown: planned.reason};
  const wanted = planned.values.filter(({name, value, default: initial}) => {
    if (variables.get(name)?.ephemeral === true) return false;
    const otherwise = initial === undefined ? undefined : valueText(initial);
    const text = fromFiles.has(name) ? fromFiles.get(name) : otherwise;
    return text === undefined || canonical(valueText(value)) !== canonical(text);
  });
  const isClear = ({name, sensitive}: PlannedValue) =>
    !sensitive && variables.get(name)?.sensitive === false && fromFiles.has(name);
  const clear = wanted.filter(isClear).map(({name, value}) => [name, value] as const);
  if (clear.length > 0)
    entries.push(writeStored(version, PLANNED_FILE, jsonOf(Object.fromEntries(clear)), 0o600));
  const secret = wanted.filter((value) => !isClear(value));
  return {
    file: clear.length > 0 ? PLANNED_FILE : null,
    fingerprints: await Promise.all(
      secret.map(async ({name, value}) => ({name, fingerprint: await saltedHash(valueText(value))})),
    ),
  };
}
