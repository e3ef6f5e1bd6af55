import {lstatSync, realpathSync} from 'node:fs';
import {basename, join, relative, resolve, sep} from 'node:path';
import {
  INPUTS_FILE,
  INPUTS_FOLDER,
  INPUTS_FORMAT,
  type InputArgument,
  type Inputs,
  type KeptValue,
  type KeptVarFile,
} from '../store/inputs.js';
import {writeInput} from '../store/keep-inputs.js';
import {CONFIGS} from '../store/layout.js';
import {readRegularFile} from '../regular-file.js';
import type {FileEntry} from '../store/version.js';
import {parseArguments, splitAssignment, type Flag} from '../terraform/arguments.js';
import type {PlannedValues} from '../terraform/plan-values.js';
import type {Declarations} from '../terraform/variables.js';
import {fingerprinter} from './fingerprint.js';
import {collectPlanned} from './planned-inputs.js';
import {assignedIn, automaticIn, declaredIn} from './root-variables.js';

/** What to collect, and where to. */
export interface InputsRequest {
  /** The root module; absolute, links resolved. */
  readonly root: string;
  /** The words after the subcommand, those of `TF_CLI_ARGS` among them (`withEnvironment`). */
  readonly words: readonly string[];
  /** The environment as terraform gets it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Of `apply PLANFILE`: what the plan says. */
  readonly planned?: PlannedValues | undefined;
  /** Whether a file of the root module, by its path from there, is kept in the version. */
  readonly kept: (path: string) => boolean;
  /** The folder of the version being made. Its `tf_configs` are there already. */
  readonly version: string;
  /** Asked before each fingerprint; once it is true, collecting rejects soon. */
  readonly cancelled?: () => boolean;
}

type Fingerprint = (value: string) => Promise<string>;

/**
 * Keep what a command was given besides its configuration: values of variables, files with such values, targets.
 *
 * In clear are only values of `-var` for variables that are certainly neither sensitive nor ephemeral; files that the user
 * keeps in clear are copied, or referred to where they are in the version anyway. Of everything else there is a
 * fingerprint (some 60 ms each, two at a time), and of ephemeral values nothing.
 *
 * @returns What the manifest has to list; nothing for a root module without variables and a command without such flags.
 * @throws The system's error when the version cannot be written.
 */
export async function collectInputs(request: InputsRequest): Promise<FileEntry[]> {
  const {root, version, env, planned} = request;
  const fingerprint = fingerprinter(request.cancelled ?? (() => false));
  const {flags} = parseArguments(request.words);
  const declared = declaredIn(root, join(version, CONFIGS));
  const entries: FileEntry[] = [];
  const automatic = automaticIn(root).map((path) => keepAutomatic(request, path, entries));
  const files = flags
    .filter(({name}) => name === 'var-file')
    .map((flag) => [flag, keepVarFile(request, flag.value ?? '', entries)] as const);
  const fromAutomatic = assignedIn(pathsOf(root, automatic));
  const overriding = new Set([
    ...fromAutomatic.keys(),
    ...assignedIn(
      pathsOf(
        root,
        files.map(([, file]) => file),
      ),
    ).keys(),
    ...flags.flatMap((flag) => assignmentOf(flag)?.name ?? []),
  ]);
  const kept = new Map(files);
  const given = flags.filter(
    (flag, index) => !flags.slice(index + 1).some((later) => isSameVariable(flag, later)),
  );
  const apart = automatic.filter((file) => file.kept?.startsWith(`${CONFIGS}/`) !== true);
  const inputs: Inputs = {
    format: INPUTS_FORMAT,
    arguments: [
      ...apart.map((file) => ({flag: 'var-file', ...file}) as const),
      ...(await Promise.all(given.map((flag) => keepFlag(flag, kept, declared, fingerprint)))).flat(),
    ],
    environment: await keepEnvironment(env, declared, overriding, planned !== undefined, fingerprint),
    ...(planned && {
      planned: await collectPlanned(planned, declared, fromAutomatic, version, entries, fingerprint),
    }),
    targets: valuesOf(flags, 'target'),
    replaced: valuesOf(flags, 'replace'),
  };
  if (!isWorthKeeping(inputs, declared)) return [];
  return [...entries, writeInput(version, INPUTS_FILE, `${JSON.stringify(inputs, undefined, 2)}\n`, 0o600)];
}

const IGNORED = 'it is left out of what is kept of the project';

/** Also where nothing was set: then a rollback must not take what is set by then. */
function isWorthKeeping(inputs: Inputs, {variables}: Declarations): boolean {
  return (
    variables.size > 0 ||
    [inputs.arguments, inputs.environment, inputs.targets, inputs.replaced].some((list) => list.length > 0)
  );
}

async function keepFlag(
  flag: Flag,
  files: ReadonlyMap<Flag, KeptVarFile>,
  declared: Declarations,
  fingerprint: Fingerprint,
): Promise<InputArgument[]> {
  const file = files.get(flag);
  if (file !== undefined) return [{flag: 'var-file', ...file}];
  const assignment = assignmentOf(flag);
  return assignment === undefined
    ? []
    : [{flag: 'var', ...(await keepValue(assignment, declared, fingerprint))}];
}

async function keepValue(
  {name, value}: {name: string; value: string},
  {variables, doubtful}: Declarations,
  fingerprint: Fingerprint,
): Promise<KeptValue> {
  const variable = variables.get(name);
  if (variable?.ephemeral === true) return {name, ephemeral: true};
  const isClear = variable !== undefined && !variable.sensitive && doubtful.length === 0;
  return isClear ? {name, value} : {name, fingerprint: await fingerprint(value)};
}

/** With a saved plan only the ephemeral ones are read from the environment. */
async function keepEnvironment(
  env: Readonly<NodeJS.ProcessEnv>,
  {variables, doubtful}: Declarations,
  overriding: ReadonlySet<string>,
  isPlanned: boolean,
  fingerprint: Fingerprint,
): Promise<Inputs['environment']> {
  const set = Object.entries(env).flatMap(([key, value]) =>
    key.startsWith('TF_VAR_') && value !== undefined ? [{name: key.slice('TF_VAR_'.length), value}] : [],
  );
  const read = set
    // A declaration that was not found may stand in a file that was not understood.
    .filter(({name}) => (variables.has(name) || doubtful.length > 0) && !overriding.has(name))
    .filter(({name}) => !isPlanned || variables.get(name)?.ephemeral === true)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(
    read.map(async ({name, value}) =>
      variables.get(name)?.ephemeral === true
        ? {name, ephemeral: true as const}
        : {name, fingerprint: await fingerprint(value)},
    ),
  );
}

/**
 * A file that terraform reads by itself. A link that leads out of the project is kept as a link there, so that what it
 * leads to is kept besides.
 */
function keepAutomatic(request: InputsRequest, path: string, entries: FileEntry[]): KeptVarFile {
  const stored = lstatSync(join(request.version, CONFIGS, path), {throwIfNoEntry: false});
  if (stored?.isSymbolicLink() === true) return {...keepVarFile(request, path, entries), automatic: true};
  if (request.kept(path)) return {path, automatic: true, kept: `${CONFIGS}/${path}`};
  return {path, automatic: true, kept: null, reason: IGNORED};
}

function keepVarFile({root, version, kept}: InputsRequest, path: string, entries: FileEntry[]): KeptVarFile {
  let real: string;
  try {
    real = realpathSync(resolve(root, path));
  } catch {
    real = resolve(root, path); // Gone, or of a kind that has no path, as a pipe.
  }
  const read = readRegularFile(real);
  if (read.kind === 'refused') return {path, kept: null, reason: read.reason};
  if (real.startsWith(`${root}${sep}`)) {
    const inside = relative(root, real).split(sep).join('/');
    return kept(inside) ? {path, kept: `${CONFIGS}/${inside}`} : {path, kept: null, reason: IGNORED};
  }
  // The end of the name tells terraform which form the file has.
  const end = basename(path)
    .replace(/[^\w.-]/g, '_')
    .slice(-100);
  const name = `${INPUTS_FOLDER}/${entries.length + 1}-${end}`;
  entries.push(writeInput(version, name, read.content, read.mode));
  return {path, kept: name};
}

/** Where the files are now that a version has. */
function pathsOf(root: string, files: readonly KeptVarFile[]): string[] {
  return files.flatMap(({path, kept}) => (kept === null ? [] : [resolve(root, path)]));
}

function assignmentOf({name, value}: Flag) {
  return name === 'var' && value !== undefined ? splitAssignment(value) : undefined;
}

function isSameVariable(flag: Flag, later: Flag): boolean {
  const name = assignmentOf(flag)?.name;
  return name !== undefined && assignmentOf(later)?.name === name;
}

function valuesOf(flags: readonly Flag[], name: string): string[] {
  return flags.flatMap((flag) => (flag.name === name && flag.value !== undefined ? [flag.value] : []));
}
