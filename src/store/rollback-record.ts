import {join} from 'node:path';
import {fieldsOf, makeFolder, readJson, writeJson, type JsonRead} from './disk.js';
import {isInside, type Layout} from './layout.js';

/** `rollback.json`: what an isolated rollback brought back, where, and with what. */
export interface RollbackRecord {
  /** `v2`; empty while no rollback is active. */
  readonly rollback: string;
  /** The root module's copy, from `rollback/` on; empty when it is that folder itself. */
  readonly folder: string;
  /** Whether it uses the version's own backend (`-same-backend`) instead of a state in its folder. */
  readonly sameBackend: boolean;
  /** Terraform has not got to the end of its apply: it can be resumed. */
  readonly unfinished: boolean;
  /** Its state is being handed to the project (`--promote`): nothing may be destroyed any more. */
  readonly promoting: boolean;
  /** What it was given in place of the version's own values; to be given again when it is destroyed. */
  readonly given: GivenRecord;
}

/** Of values only their fingerprints are kept. */
export interface GivenRecord {
  readonly vars: readonly {readonly name: string; readonly fingerprint: string}[];
  /** Absolute paths, and the fingerprints of the contents. */
  readonly varFiles: readonly {readonly path: string; readonly fingerprint: string}[];
}

export const NOTHING_GIVEN: GivenRecord = {vars: [], varFiles: []};

/**
 * What is recorded of the rollback in the folder: in `rollback.json`, or where that names none (it was emptied or
 * removed it) in the folder itself.
 *
 * @returns undefined when neither says anything. Whether a rollback is active is `readHistory`'s to tell.
 */
export function readRollbackRecord(layout: Layout): RollbackRecord | undefined {
  return parse(readJson(layout.rollback)) ?? parse(readJson(inFolder(layout)));
}

/** Write the record, the one in the folder first. @throws the system's error; `rollback.json` is then as it was. */
export function writeRollbackRecord(layout: Layout, record: RollbackRecord): void {
  noteInFolder(layout, record);
  writeJson(layout.rollback, written(record));
}

/** Say in the folder alone what it is the copy of: nothing is deployed from it yet. @throws the system's error. */
export function noteInFolder(layout: Layout, record: RollbackRecord): void {
  const file = inFolder(layout);
  makeFolder(join(file, '..'));
  writeJson(file, written(record));
}

/** Record that there is no rollback any more. @throws the system's error. */
export function clearRollbackRecord(layout: Layout): void {
  writeJson(layout.rollback, {rollback: ''});
}

/** In what is terraform's data folder where the root module is the folder itself: no `fileset` is to find it. */
function inFolder(layout: Layout): string {
  return join(layout.rollbackFolder, '.terraform', 'cloudtm-rollback.json');
}

/** As the original tool wrote it, where there is nothing more to say. */
function written({rollback, folder, sameBackend, unfinished, promoting, given}: RollbackRecord): unknown {
  return {
    rollback,
    ...(folder === '' ? {} : {folder}),
    ...(sameBackend ? {sameBackend} : {}),
    ...(unfinished ? {unfinished} : {}),
    ...(promoting ? {promoting} : {}),
    ...(given.vars.length + given.varFiles.length === 0 ? {} : {given}),
  };
}

function parse(read: JsonRead): RollbackRecord | undefined {
  const {rollback, folder, sameBackend, unfinished, promoting, given} = fieldsOf(read);
  if (typeof rollback !== 'string' || rollback === '') return undefined;
  const {vars, varFiles} = (given ?? {}) as {vars?: unknown; varFiles?: unknown};
  return {
    rollback,
    folder: typeof folder === 'string' && isInside(folder) ? folder : '',
    sameBackend: sameBackend === true,
    unfinished: unfinished === true,
    promoting: promoting === true,
    given: {vars: entriesOf(vars, 'name'), varFiles: entriesOf(varFiles, 'path')},
  };
}

function entriesOf<Key extends string>(list: unknown, key: Key) {
  type Fields = Record<Key | 'fingerprint', string>;
  const isWhole = (each: Partial<Fields> | null): each is Fields =>
    typeof each?.[key] === 'string' && typeof each.fingerprint === 'string';
  return Array.isArray(list) ? list.filter(isWhole) : [];
}
