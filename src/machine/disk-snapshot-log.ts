import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import * as v from 'valibot';
import {codeOf} from '../errors.js';
import {readRegular} from '../regular-file.js';
import {FORMAT, isDiskSnapshotLog} from './disk-snapshot-mark.js';
import {AMOUNT, TEXT} from './schema.js';

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
export interface LoggedDiskSnapshot extends DiskSnapshotLog {
  readonly path: string;
}

/** A provider's time in the one form that sorts as text; unchanged if it is not a time. */
export function logTime(time: string | Date): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : `${date.toISOString().slice(0, 19)}Z`;
}

/**
 * What keeping a disk snapshot costs, in US dollars a month, to the cent; null if its size or the rate is not known.
 *
 * @param rate In US dollars per GB and month.
 */
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

/** Read the logs of a folder; one that does not exist has none. Other files in it are ignored. */
export function readDiskSnapshotLogs(folder: string): DiskSnapshotLogs {
  const logs: LoggedDiskSnapshot[] = [];
  const damaged: {path: string; reason: string}[] = [];
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) damaged.push({path: folder, reason: codeOf(error)});
  }
  for (const name of names) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue;
    const path = join(folder, name);
    const content = contentOf(path);
    if (content === undefined || isDiskSnapshotLog(content) === undefined) continue;
    const log = parseLog(content);
    if (typeof log === 'string') damaged.push({path, reason: log});
    else logs.push({...log, path});
  }
  return {logs: logs.sort(newestFirst), damaged};
}

/** Undefined if it cannot be read; it may have been deleted just now. */
function contentOf(path: string): Buffer | undefined {
  try {
    return readRegular(path);
  } catch {
    return undefined;
  }
}

/** @returns What is wrong with it, if it is not a log. */
function parseLog(content: Buffer): DiskSnapshotLog | string {
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
