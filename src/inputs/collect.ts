import {join} from 'node:path';
import {
  INPUTS_FILE,
  INPUTS_FORMAT,
  type InputArgument,
  type Inputs,
  type KeptValue,
  type KeptVarFile,
} from '../store/inputs.js';
import {writeStored} from '../store/disk.js';
import {CONFIGS} from '../store/layout.js';
import type {FileEntry} from '../store/version.js';
import {parseArguments, splitAssignment, type Flag} from '../terraform/arguments.js';
import type {PlannedValues} from '../terraform/saved-plan.js';
import type {Declarations} from '../terraform/variables.js';
import {saltedHasher} from './salted-hash.js';
import {collectPlanned} from './planned.js';
import {assignedIn, automaticIn, declaredIn} from '../project/root-variables.js';
import {keepAutomatic, keepVarFile, pathsOf, type VarFilePlace} from './var-file-copies.js';

/** What to collect, and where to. */
export interface InputsRequest extends VarFilePlace {
  /** The words after the subcommand, those of `TF_CLI_ARGS` among them (`withEnvironment`). */
  readonly words: readonly string[];
  /** The environment as terraform gets it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Of `apply PLANFILE`: what the plan says. */
  readonly planned?: PlannedValues | undefined;
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
  const fingerprint = saltedHasher(request.cancelled ?? (() => false));
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
  return [...entries, writeStored(version, INPUTS_FILE, `${JSON.stringify(inputs, undefined, 2)}\n`, 0o600)];
}

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
