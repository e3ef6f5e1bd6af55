import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {codeOf} from '../errors.js';
import {readRegular} from '../regular-file.js';
import type {Facts} from '../store/version.js';

/** The first field of everything cloudtm writes into a folder of image logs; see `isImageLog`. */
export const MARK = 'machine-image';
export const FORMAT = 1;
/** Why a version does not hold it. */
export const DISK_SNAPSHOT_LOG = 'image log';

/** `snapshots/NAME.json`: an image that was there when it was written. */
export interface DiskSnapshotLog {
  readonly provider: string;
  readonly machine: {
    readonly id: string;
    readonly name: string;
    readonly region: string;
    readonly size: string;
  };
  readonly image: {
    readonly id: string;
    readonly name: string;
    /** In GB; null where the provider does not say. */
    readonly sizeGb: number | null;
    /** In US dollars; null where no rate is known. */
    readonly monthlyCost: number | null;
  };
  /** The provider's name of the action that made it. */
  readonly action: string;
  /** When the provider began and ended; UTC, seconds, `2026-11-21T10:00:00Z`. */
  readonly started: string;
  readonly completed: string;
  /** It was done when nobody waited for it any more, and does not stand for what the machine was then. */
  readonly late?: true;
  readonly workspace: string;
  readonly cloudtmVersion: string;
  readonly git: Facts['git'];
}

/** A log and the file it stands in, absolute. */
export interface LoggedDiskSnapshot extends DiskSnapshotLog {
  readonly path: string;
}

/**
 * Tell a log, or what is noted of an image that is being made, by its content: they are the history of machines, no
 * configuration, so that a version does not hold them and going back to one does not take them away.
 *
 * @param head The beginning of the file.
 */
export function isDiskSnapshotLog(head: Buffer): string | undefined {
  return /^\{\s*"cloudtm":\s*"machine-image/.test(head.toString('latin1', 0, 64))
    ? DISK_SNAPSHOT_LOG
    : undefined;
}

/** A provider's time in the one form that sorts as text; as it is where it is no time. */
export function logTime(time: string | Date): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : `${date.toISOString().slice(0, 19)}Z`;
}

/** An order: the newest first, and last what nobody knows the time of. */
export function newestFirst(a: {readonly completed: string}, b: {readonly completed: string}): number {
  const [ofA, ofB] = [a, b].map(({completed}) => Date.parse(completed) || -Infinity) as [number, number];
  return ofA === ofB ? 0 : ofB - ofA;
}

/** All logs of a folder, newest first, and the files that say they are logs and cannot be read as such. */
export interface DiskSnapshotLogs {
  readonly logs: readonly LoggedDiskSnapshot[];
  readonly damaged: readonly {readonly path: string; readonly reason: string}[];
}

/** Read the logs of a folder; one that does not exist has none. Other files in it are let be. */
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

/** What can be read; a log that was deleted just now is none. */
function contentOf(path: string): Buffer | undefined {
  try {
    return readRegular(path);
  } catch {
    return undefined;
  }
}

/** @returns What is wrong with it, where it is no log. */
function parseLog(content: Buffer): DiskSnapshotLog | string {
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch {
    return 'not JSON';
  }
  if (!isRecord(value)) return 'no log';
  if (typeof value.format !== 'number') return 'no format';
  if (value.format > FORMAT) return `written by a newer cloudtm (format ${value.format})`;
  const {machine, image} = value;
  if (!isRecord(machine) || !isRecord(image)) return 'no machine or no image';
  const missing = [
    ...['provider', 'completed'].filter((name) => !isText(value[name])),
    ...['id', 'name'].filter((name) => !isText(machine[name])).map((name) => `machine.${name}`),
    ...['id', 'name'].filter((name) => !isText(image[name])).map((name) => `image.${name}`),
  ];
  if (missing.length > 0) return `no ${missing.join(', ')}`;
  const text = (field: unknown) => (typeof field === 'string' ? field : '');
  const number = (field: unknown) => (typeof field === 'number' && field >= 0 ? field : null);
  return {
    provider: text(value.provider),
    machine: {
      id: text(machine.id),
      name: text(machine.name),
      region: text(machine.region),
      size: text(machine.size),
    },
    image: {
      id: text(image.id),
      name: text(image.name),
      sizeGb: number(image.sizeGb),
      monthlyCost: number(image.monthlyCost),
    },
    action: text(value.action),
    started: text(value.started),
    completed: text(value.completed),
    ...(value.late === true ? {late: true as const} : {}),
    workspace: text(value.workspace),
    cloudtmVersion: text(value.cloudtmVersion),
    git: gitOf(value.git),
  };
}

function gitOf(value: unknown): Facts['git'] {
  if (!isRecord(value) || !isText(value.commit)) return null;
  const {commit, branch, dirty} = value;
  return {commit: String(commit), branch: typeof branch === 'string' ? branch : '', dirty: dirty === true};
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
