import {mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {codeOf} from '../../errors.js';
import {MachineError} from '../problems.js';
import {readJson, writeWhole} from '../../store/disk.js';
import {FORMAT, MARK} from '../disk-snapshot-log.js';
import {fileName} from '../log-files.js';

/** What was there before an image was asked for, by which one that is new is told from those. */
export interface Before {
  /** Ids of the machine's actions. */
  readonly actions: readonly string[];
  /** When the newest of them began, in the provider's time; empty where there was none. */
  readonly newest: string;
  /** Ids of the machine's images. */
  readonly images: readonly string[];
}

/** An image that was asked for and is not known to be there: on disk before it is asked for. */
export interface Pending {
  readonly provider: string;
  readonly machineId: string;
  /** Empty for an action that somebody else began, whose image may have any name. */
  readonly imageName: string;
  /** When it was asked for, in our time; ISO 8601. */
  readonly asked: string;
  /** When somebody waited for it last, in our time; ISO 8601. Since then the machine may have changed. */
  readonly seen: string;
  readonly before: Before;
  /** Missing until the provider has answered. */
  readonly action?: {readonly id: string; readonly startedAt: string};
}

/** Where the pending images of one folder of logs are noted, and who is at work on them. */
function pendingFolder(folder: string): string {
  return join(folder, '.pending');
}

/** A machine's file without its ending; ids of a user's own provider may be any text. */
function baseOf(folder: string, provider: string, machineId: string): string {
  return join(pendingFolder(folder), fileName(`${provider}-${machineId}`));
}

/** The file one process holds while it takes an image of this machine. */
export function holdFile(folder: string, provider: string, machineId: string): string {
  return `${baseOf(folder, provider, machineId)}.lock`;
}

/**
 * Make sure that logs can be written, before anything is asked for that will need one.
 *
 * @throws MachineError `logs-unwritable`.
 */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(pendingFolder(folder), {recursive: true});
    const probe = join(folder, '.probe.tmp');
    writeWhole(probe, '');
    // Another machine's process may try the same at this moment.
    rmSync(probe, {force: true});
  } catch (error) {
    throw new MachineError({kind: 'logs-unwritable', path: folder, code: codeOf(error)}, {cause: error});
  }
}

/** Take away what a killed process left of notes it was writing; only for whoever holds the machine. */
export function tidy(folder: string, provider: string, machineId: string): void {
  const base = baseOf(folder, provider, machineId);
  for (const name of readdirSync(pendingFolder(folder))) {
    const path = join(pendingFolder(folder), name);
    if (path.startsWith(`${base}.json.`) && name.endsWith('.tmp')) rmSync(path, {force: true});
  }
}

/** All that is pending in a folder of logs. */
export function allPending(folder: string): Pending[] {
  let names: string[];
  try {
    names = readdirSync(pendingFolder(folder));
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => parsePending(readJson(join(pendingFolder(folder), name))) ?? []);
}

/** What is pending for a machine; undefined when nothing is, or when the note of it is damaged. */
export function readPending(folder: string, provider: string, machineId: string): Pending | undefined {
  const pending = parsePending(readJson(`${baseOf(folder, provider, machineId)}.json`));
  return pending?.provider === provider && pending.machineId === machineId ? pending : undefined;
}

function parsePending(read: ReturnType<typeof readJson>): Pending | undefined {
  const pending = read.kind === 'read' ? (read.value as Partial<Pending & {format: number}> | null) : null;
  const isTexts = (list: unknown) => Array.isArray(list) && list.every((each) => typeof each === 'string');
  const isSound =
    pending?.format === FORMAT &&
    [pending.provider, pending.machineId, pending.imageName, pending.asked, pending.seen].every(
      (field) => typeof field === 'string',
    ) &&
    typeof pending.before?.newest === 'string' &&
    isTexts(pending.before.actions) &&
    isTexts(pending.before.images) &&
    (pending.action === undefined ||
      (typeof pending.action.id === 'string' && typeof pending.action.startedAt === 'string'));
  return isSound ? (pending as Pending) : undefined;
}

/** @throws MachineError `logs-unwritable`. */
export function writePending(folder: string, pending: Pending): void {
  const path = `${baseOf(folder, pending.provider, pending.machineId)}.json`;
  try {
    writeWhole(
      path,
      `${JSON.stringify({cloudtm: `${MARK}-pending`, format: FORMAT, ...pending}, undefined, 2)}\n`,
    );
  } catch (error) {
    throw new MachineError({kind: 'logs-unwritable', path, code: codeOf(error)}, {cause: error});
  }
}

/** The image is there, or will never be. */
export function forgetPending(folder: string, provider: string, machineId: string): void {
  rmSync(`${baseOf(folder, provider, machineId)}.json`, {force: true});
}
