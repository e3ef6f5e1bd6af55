import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {UserError} from '../errors.js';
import {CONFIGS, type Layout} from './layout.js';
import {readManifest, type Version} from './read.js';
import {readRegularFile} from '../regular-file.js';
import type {FileEntry} from './version.js';

/** What a command was given apart from its configuration, and the folder for files that lie elsewhere. */
export const INPUTS_FILE = 'inputs.json';
export const INPUTS_FOLDER = 'inputs';
/** The format of `inputs.json`. A newer one is refused. */
export const INPUTS_FORMAT = 1;

/** The value of a variable: in clear, told only by its fingerprint, or not at all. */
export type KeptValue = {readonly name: string} & (
  {readonly value: string} | {readonly fingerprint: string} | {readonly ephemeral: true}
);

/** A file with values, under the path it was given by. */
export interface KeptVarFile {
  readonly path: string;
  /** Where in the version it is: `tf_configs/…` or `inputs/…`; null when it could not be kept. */
  readonly kept: string | null;
  readonly reason?: string;
  /** Terraform reads it by itself (`*.auto.tfvars`); listed only when it could not be kept. */
  readonly automatic?: true;
}

/** One `-var` or `-var-file` of the command line. */
export type InputArgument =
  ({readonly flag: 'var'} & KeptValue) | ({readonly flag: 'var-file'} & KeptVarFile);

/** Values that came with a saved plan and not from a file that is kept. */
export type PlannedInputs =
  | {
      /** A file of the version with those that may be kept in clear; null when there are none. */
      readonly file: string | null;
      readonly fingerprints: readonly {readonly name: string; readonly fingerprint: string}[];
    }
  /** Why nobody could read them. */
  | {readonly unknown: string};

/** `inputs.json`. */
export interface Inputs {
  readonly format: number;
  /** In the order they were given; of several `-var` for one variable the last. */
  readonly arguments: readonly InputArgument[];
  /** Declared variables that had a value by `TF_VAR_…`, and no other. Never in clear. */
  readonly environment: readonly Exclude<KeptValue, {value: string}>[];
  /** Only of `apply PLANFILE`. */
  readonly planned?: PlannedInputs;
  /** What `-target` and `-replace` named. */
  readonly targets: readonly string[];
  readonly replaced: readonly string[];
}

/**
 * The inputs of a version; undefined for one that has none, as those of earlier cloudtms.
 *
 * @throws UserError `version-damaged`, `store-newer`.
 */
export function readInputs(layout: Layout, version: Version): Inputs | undefined {
  if (!inputEntries(layout, version.number).some(({path}) => path === INPUTS_FILE)) return undefined;
  const path = join(layout.version(version.number), INPUTS_FILE);
  const inputs = parse(readInputFile(layout, version, INPUTS_FILE)) as Partial<Inputs> | null;
  if (typeof inputs?.format === 'number' && inputs.format > INPUTS_FORMAT) {
    throw new UserError({kind: 'store-newer', path, format: inputs.format, known: INPUTS_FORMAT});
  }
  const lists = [inputs?.arguments, inputs?.environment, inputs?.targets, inputs?.replaced];
  if (typeof inputs?.format !== 'number' || !lists.every((list) => Array.isArray(list))) {
    throw damaged(version, `${path} is not what cloudtm writes`);
  }
  return inputs as Inputs;
}

/**
 * The content of a file that belongs to a version's inputs, as it was kept.
 *
 * @throws UserError `version-damaged` for one that is missing, not listed or changed.
 */
export function readInputFile(layout: Layout, version: Version, path: string): Buffer {
  const file = join(layout.version(version.number), path);
  const entry = inputEntries(layout, version.number).find((each) => each.path === path);
  const read = readRegularFile(file);
  if (read.kind === 'refused') throw damaged(version, `${file} cannot be read (${read.reason})`);
  if (entry?.sha256 !== createHash('sha256').update(read.content).digest('hex'))
    throw damaged(version, `${file} is not what was kept`);
  return read.content;
}

/** Entries of a manifest whose paths cannot lead anywhere else. */
export function inputEntries(layout: Layout, number: number): FileEntry[] {
  const entries = readManifest(layout, number)?.entries ?? [];
  return entries.filter(
    (entry): entry is FileEntry =>
      'sha256' in entry && (entry.path === INPUTS_FILE || /^inputs\/[0-9]+-[\w.-]+$/.test(entry.path)),
  );
}

/** Where in a rollback's copy of the root module a kept file lies; undefined for a path that would lead out of it. */
export function pathInCopy(kept: string): string | undefined {
  const path = kept.startsWith(`${CONFIGS}/`) ? kept.slice(CONFIGS.length + 1) : '';
  return path === '' || path.split('/').some((part) => part === '' || part === '..') ? undefined : path;
}

function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return null;
  }
}

function damaged(version: Version, reason: string): UserError {
  return new UserError({kind: 'version-damaged', version: version.name, reason});
}
