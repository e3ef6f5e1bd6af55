import {lstatSync, realpathSync} from 'node:fs';
import {basename, join, relative, resolve, sep} from 'node:path';
import {writeStored} from '../store/disk.js';
import type {KeptVarFile} from '../store/inputs.js';
import {CONFIGS, INPUTS_FOLDER} from '../store/layout.js';
import {readRegularFile} from '../regular-file.js';
import type {FileEntry} from '../store/version.js';

/** A root module, and the version that is being made of it. */
export interface VarFilePlace {
  /** Absolute, links resolved. */
  readonly root: string;
  /** Whether a file of the root module, by its path from there, is kept in the version. */
  readonly kept: (path: string) => boolean;
  /** The folder of the version; its `tf_configs` are there already. */
  readonly version: string;
}

/**
 * A file that terraform reads by itself. A link that leads out of the project is kept as a link there, so that what it
 * leads to is kept besides.
 */
export function keepAutomatic(place: VarFilePlace, path: string, entries: FileEntry[]): KeptVarFile {
  const stored = lstatSync(join(place.version, CONFIGS, path), {throwIfNoEntry: false});
  const isLink = stored?.isSymbolicLink() === true;
  return {...(isLink ? keepVarFile(place, path, entries) : refer(place, path, path)), automatic: true};
}

/**
 * Keep a file of `-var-file`: a copy, or a reference to where the version has it anyway.
 *
 * @param path From the root module on.
 * @param entries Gets the entry of a copy; what is in it already gives the copy its number.
 */
export function keepVarFile(place: VarFilePlace, path: string, entries: FileEntry[]): KeptVarFile {
  const {root, version} = place;
  let real: string;
  try {
    real = realpathSync(resolve(root, path));
  } catch {
    real = resolve(root, path); // Gone, or of a kind that has no path, as a pipe.
  }
  const read = readRegularFile(real);
  if (read.kind === 'refused') return {path, kept: null, reason: read.reason};
  if (real.startsWith(`${root}${sep}`)) return refer(place, path, relative(root, real).split(sep).join('/'));
  // The end of the name tells terraform which form the file has.
  const end = basename(path)
    .replace(/[^\w.-]/g, '_')
    .slice(-100);
  const name = `${INPUTS_FOLDER}/${entries.length + 1}-${end}`;
  entries.push(writeStored(version, name, read.content, read.mode));
  return {path, kept: name};
}

/** @param inside Where the file is in the root module. */
function refer({kept}: VarFilePlace, path: string, inside: string): KeptVarFile {
  if (kept(inside)) return {path, kept: `${CONFIGS}/${inside}`};
  return {path, kept: null, reason: 'it is left out of what is kept of the project'};
}

/** Where the files are now that a version has. */
export function pathsOf(root: string, files: readonly KeptVarFile[]): string[] {
  return files.flatMap(({path, kept}) => (kept === null ? [] : [resolve(root, path)]));
}
