import {createHash} from 'node:crypto';
import {chmodSync, linkSync, lstatSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {FILE_MODE, makeFolder, STORED_MODE} from './disk.js';
import {INPUTS_FILE, inputEntries} from './inputs.js';
import type {Layout} from './layout.js';
import {readRegularFile} from '../regular-file.js';
import type {FileEntry} from './version.js';

/** Write a file into a version that is being made, and say what its manifest has to list. */
export function writeInput(version: string, path: string, content: string | Buffer, mode: number): FileEntry {
  const file = join(version, path);
  makeFolder(dirname(file));
  rmSync(file, {force: true}); // Left by a command that was killed at this very place.
  writeFileSync(file, content, {mode: FILE_MODE, flag: 'wx'});
  chmodSync(file, STORED_MODE);
  const size = Buffer.byteLength(content);
  return {path, size, mode: (mode & 0o7777).toString(8).padStart(4, '0'), sha256: sha256(content)};
}

/**
 * Give a version that is being made the inputs of an earlier one: commands like `state mv` evaluate no configuration, and
 * what it was applied with stays true.
 *
 * @param number The earlier version. Where that has no inputs, or damaged ones, there is nothing to inherit.
 * @returns What the manifest has to list.
 */
export function inheritInputs(layout: Layout, number: number, version: string): FileEntry[] {
  const made: string[] = [];
  try {
    const entries = inputEntries(layout, number);
    if (!entries.some(({path}) => path === INPUTS_FILE)) return [];
    for (const entry of entries) {
      const from = join(layout.version(number), entry.path);
      const target = join(version, entry.path);
      const read = readRegularFile(from);
      if (read.kind === 'refused' || sha256(read.content) !== entry.sha256) throw new Error('damaged');
      makeFolder(dirname(target));
      rmSync(target, {force: true});
      made.push(target);
      if (lstatSync(from).isFile() && linked(from, target)) continue;
      writeFileSync(target, read.content, {mode: FILE_MODE, flag: 'wx'});
      chmodSync(target, STORED_MODE);
    }
    return entries;
  } catch {
    for (const file of made) rmSync(file, {force: true});
    return [];
  }
}

function linked(from: string, target: string): boolean {
  try {
    linkSync(from, target);
    return true;
  } catch {
    return false; // Another filesystem, or too many links.
  }
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
