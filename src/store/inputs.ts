import {CONFIGS} from './layout.js';

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

/** Where in a rollback's copy of the root module a kept file lies; undefined for a path that would lead out of it. */
export function pathInCopy(kept: string): string | undefined {
  const path = kept.startsWith(`${CONFIGS}/`) ? kept.slice(CONFIGS.length + 1) : '';
  return path === '' || path.split('/').some((part) => part === '' || part === '..') ? undefined : path;
}
