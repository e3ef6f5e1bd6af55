import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {linkOrCopy} from './disk.js';
import {damaged, keptFiles, readKeptFile} from './kept-version.js';
import {CONFIGS, INPUTS_FILE, INPUTS_FOLDER, type Layout} from './layout.js';
import {refuseNewer} from './manifest.js';
import {readVersion, type Version} from './read.js';
import type {FileEntry} from './version.js';

/** The format of `inputs.json`. A newer one is refused. */
export const INPUTS_FORMAT = 1;

/** The value of a variable: in clear, known only by its fingerprint, or not at all. */
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
  /** Why they could not be read. */
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

/** The inputs of a version; earlier cloudtms kept none. @throws UserError `version-damaged`, `store-newer`. */
export function readInputs(layout: Layout, version: Version): Inputs | undefined {
  const entry = inputEntries(layout, version).find(({path}) => path === INPUTS_FILE);
  if (entry === undefined) return undefined;
  const path = join(layout.version(version.number), INPUTS_FILE);
  const inputs = parse(readKeptFile(layout, version, entry));
  refuseNewer(path, inputs, INPUTS_FORMAT);
  const lists = [inputs?.arguments, inputs?.environment, inputs?.targets, inputs?.replaced];
  if (typeof inputs?.format !== 'number' || !lists.every(Array.isArray))
    throw damaged(version, `${path} is not what cloudtm writes`);
  return inputs as Inputs;
}

/** A file of a version's inputs, checked. @throws UserError `version-damaged` if missing, not listed or changed. */
export function readInputFile(layout: Layout, version: Version, path: string): Buffer {
  const entry = inputEntries(layout, version).find((each) => each.path === path);
  if (entry === undefined)
    throw damaged(version, `${join(layout.version(version.number), path)} is not what was kept`);
  return readKeptFile(layout, version, entry);
}

/**
 * Give a version that is being made the inputs of an earlier one: commands like `state mv` evaluate no configuration, and
 * what it was applied with stays true.
 *
 * @param number The earlier version. Where that has no inputs, or damaged ones, there is nothing to inherit.
 * @param folder Of the version that is being made.
 * @returns What the manifest has to list.
 */
export function inheritInputs(layout: Layout, number: number, folder: string): FileEntry[] {
  const made: string[] = [];
  try {
    const version = readVersion(layout, number);
    if ('reason' in version) return [];
    const entries = inputEntries(layout, version);
    if (!entries.some(({path}) => path === INPUTS_FILE)) return [];
    for (const entry of entries) {
      readKeptFile(layout, version, entry);
      const target = join(folder, entry.path);
      made.push(target);
      linkOrCopy(join(layout.version(number), entry.stored ?? entry.path), target);
    }
    return entries;
  } catch {
    for (const file of made) rmSync(file, {force: true});
    return [];
  }
}

/** Where in a rollback's copy of the root module a kept file lies; undefined for a path that would lead out of it. */
export function pathInCopy(kept: string): string | undefined {
  const path = kept.startsWith(`${CONFIGS}/`) ? kept.slice(CONFIGS.length + 1) : '';
  return path === '' || path.split('/').some((part) => part === '' || part === '..') ? undefined : path;
}

function inputEntries(layout: Layout, version: Version): FileEntry[] {
  return keptFiles(layout, version).files.filter(
    (file): file is FileEntry =>
      'sha256' in file && (file.path === INPUTS_FILE || file.path.startsWith(`${INPUTS_FOLDER}/`)),
  );
}

function parse(content: Buffer): Partial<Inputs> | null {
  try {
    return JSON.parse(content.toString()) as Partial<Inputs> | null;
  } catch {
    return null;
  }
}
