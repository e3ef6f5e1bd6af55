import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import * as v from 'valibot';
import {codeOf} from '../errors.js';
import {readIfRegular} from '../regular-file.js';
import {jsonOf, moveToNew, writeNew} from '../store/disk.js';
import {FORMAT, isDiskSnapshotLog, MARK} from './disk-snapshot-mark.js';
import {AMOUNT, TEXT} from './schema.js';

/** The longest name (bytes) of a log without its number and `.json`; filesystems take 255. */
const LONGEST_NAME = 200;

/** Fields that may be missing, or say nothing that can be used. */
const OPTIONAL = v.fallback(v.string(), '');
const NUMBER = v.fallback(v.nullable(AMOUNT), null);

const LOG = v.object({
  provider: TEXT,
  machine: v.object({id: TEXT, name: TEXT, region: OPTIONAL, size: OPTIONAL}),
  image: v.object({
    id: TEXT,
    name: TEXT,
    /** In GB; null if the provider does not say. */
    sizeGb: NUMBER,
    /** In US dollars; null if no rate is known. */
    monthlyCost: NUMBER,
  }),
  /** The provider's id of the action that made it. */
  action: OPTIONAL,
  /** When the provider started and ended; UTC, seconds, `2026-11-21T10:00:00Z`. */
  started: OPTIONAL,
  completed: TEXT,
  /** It was completed when no run waited for it any more, and does not represent the machine as it was then. */
  late: v.fallback(v.optional(v.literal(true)), undefined),
  workspace: OPTIONAL,
  cloudtmVersion: OPTIONAL,
  git: v.fallback(
    v.nullable(v.object({commit: TEXT, branch: OPTIONAL, dirty: v.fallback(v.boolean(), false)})),
    null,
  ),
});

/** `snapshots/NAME.json`: a disk snapshot that existed when it was written. */
export type DiskSnapshotLog = Readonly<v.InferOutput<typeof LOG>>;

/** A log and its file's absolute path. */
export type LoggedDiskSnapshot = DiskSnapshotLog & {readonly path: string};

/** What a disk snapshot costs a month, in US dollars to the cent; null if unknown. @param rate Per GB and month. */
export function monthlyCost(sizeGb: number | null | undefined, rate: number | undefined): number | null {
  return typeof sizeGb !== 'number' || rate === undefined ? null : Math.round(sizeGb * rate * 100) / 100;
}

/** An order: the newest first, and last those without a known time. */
export function newestFirst(a: {readonly completed: string}, b: {readonly completed: string}): number {
  const [ofA, ofB] = [a, b].map(({completed}) => Date.parse(completed) || -Infinity) as [number, number];
  return ofA === ofB ? 0 : ofB - ofA;
}

/** The logs of a folder, newest first, and the files that claim to be logs and cannot be read. */
export interface DiskSnapshotLogs {
  readonly logs: readonly LoggedDiskSnapshot[];
  readonly damaged: readonly {readonly path: string; readonly reason: string}[];
}

/** Read the logs of folders; one that does not exist has none. Other files in them are ignored. */
export function readDiskSnapshotLogs(...folders: readonly string[]): DiskSnapshotLogs {
  const logs: LoggedDiskSnapshot[] = [];
  const damaged: {path: string; reason: string}[] = [];
  for (const folder of folders) {
    let names: readonly string[] = [];
    try {
      names = readdirSync(folder);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) damaged.push({path: folder, reason: codeOf(error)});
    }
    for (const name of names.filter((each) => each.endsWith('.json') && !each.startsWith('.'))) {
      const path = join(folder, name);
      const log = readLog(path);
      if (typeof log === 'string') damaged.push({path, reason: log});
      else if (log !== undefined) logs.push({...log, path});
    }
  }
  return {logs: logs.sort(newestFirst), damaged};
}

/** @returns undefined for what is no log or cannot be read (it may have been deleted just now), or what is wrong with it. */
function readLog(path: string): DiskSnapshotLog | string | undefined {
  const content = readIfRegular(path);
  if (content === undefined || isDiskSnapshotLog(content) === undefined) return undefined;
  let value: {format?: unknown} | null;
  try {
    value = JSON.parse(content.toString()) as typeof value;
  } catch {
    return 'not JSON';
  }
  const format = value?.format;
  if (typeof format !== 'number') return 'no format';
  if (format > FORMAT) return `written by a newer cloudtm (format ${format})`;
  const {success, output, issues} = v.safeParse(LOG, value);
  return success ? output : `no ${issues.map((issue) => v.getDotPath(issue)).join(', ')}`;
}

/**
 * Write a log into a folder that exists: whole or not at all, and never over another file, which adds a number to the name.
 *
 * @returns The file's path. A disk snapshot that has a log already keeps that one.
 * @throws the system's error.
 */
export function writeDiskSnapshotLog(folder: string, log: DiskSnapshotLog): string {
  const known = readDiskSnapshotLogs(folder).logs.find(
    ({provider, image}) => provider === log.provider && image.id === log.image.id,
  );
  if (known !== undefined) return known.path;
  const content = jsonOf({cloudtm: MARK, format: FORMAT, ...log});
  return underFreeName(folder, fileName(log.image.name), (path) => {
    writeNew(path, content);
  });
}

/** Move the log of a deleted disk snapshot to `deleted/`, for the record. @returns Where. @throws the system's error. */
export function setLogAside({path: from}: LoggedDiskSnapshot): string {
  const folder = join(dirname(from), 'deleted');
  mkdirSync(folder, {recursive: true});
  return underFreeName(folder, basename(from, '.json'), (path) => {
    moveToNew(from, path);
  });
}

/** Do something for the first of `NAME.json`, `NAME-2.json`, … that does not exist. */
function underFreeName(folder: string, name: string, make: (path: string) => void): string {
  for (let number = 1; ; number += 1) {
    const path = join(folder, `${name}${number === 1 ? '' : `-${number}`}.json`);
    try {
      make(path);
      return path;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

/**
 * The name of a log's file, without `.json`: the disk snapshot's, with what could lead out of the folder or cannot be part
 * of a file's name percent-encoded. A name too long for a file is cut and gets its hash.
 */
export function fileName(name: string): string {
  const safe = name.replace(/^\.|[^\p{L}\p{N} ()[\].,@_'+=-]/gu, (character) =>
    Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );
  if (Buffer.byteLength(safe) <= LONGEST_NAME) return safe;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const cut = Buffer.from(safe).toString('utf8', 0, LONGEST_NAME - 20);
  return `${cut.replace(/\uFFFD$/, '')}-${hash}`;
}
