import {mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import * as v from 'valibot';
import {codeOf} from '../../errors.js';
import {readJson, writeJson, writeWhole} from '../../store/disk.js';
import {fileName} from '../disk-snapshot-log.js';
import {FORMAT, MARK} from '../disk-snapshot-mark.js';
import {MachineError} from '../problems.js';

const PENDING = v.object({
  format: v.literal(FORMAT),
  provider: v.string(),
  machineId: v.string(),
  /** Empty for an action that others started, whose disk snapshot may have any name. */
  imageName: v.string(),
  /** When it was requested, in our time; ISO 8601. */
  asked: v.string(),
  /** When a run last waited for it, in our time; ISO 8601. The machine may have changed since. */
  seen: v.string(),
  /** What existed before it was requested: whatever is new is told apart by this. */
  before: v.object({
    /** Ids of the machine's actions. */
    actions: v.array(v.string()),
    /** When the newest of them started, in the provider's time; empty if there was none. */
    newest: v.string(),
    /** Ids of the machine's disk snapshots. */
    images: v.array(v.string()),
  }),
  /** Missing until the provider has answered. */
  action: v.optional(v.object({id: v.string(), startedAt: v.string()})),
});

/** A disk snapshot that was requested and has no log yet: on disk before it is requested. */
export type Pending = v.InferOutput<typeof PENDING>;

/** A pending disk snapshot whose action is known. */
export type Started = Pending & {action: {id: string; startedAt: string}};

/** What is pending for one machine, and the files in the folder of logs that say so. */
export class PendingNote {
  /** The file that the process holds that takes a disk snapshot of this machine. */
  readonly lockPath: string;
  /** As it was read or written last by this process. */
  value: Pending | undefined;
  readonly #path: string;

  constructor(
    readonly folder: string,
    readonly provider: string,
    readonly machineId: string,
  ) {
    // Ids of a user's own provider may be any text.
    const base = join(pendingFolder(folder), fileName(`${provider}-${machineId}`));
    this.lockPath = `${base}.lock`;
    this.#path = `${base}.json`;
  }

  /** Undefined when nothing is pending, or when the note is damaged. */
  read(): Pending | undefined {
    const pending = readPending(this.#path);
    const isOurs = pending?.provider === this.provider && pending.machineId === this.machineId;
    return (this.value = isOurs ? pending : undefined);
  }

  /** @throws MachineError `logs-unwritable`, only before the disk snapshot is requested: afterwards an older note will do. */
  write(pending: Pending): void {
    this.value = pending;
    try {
      writeJson(this.#path, {cloudtm: `${MARK}-pending`, ...pending});
    } catch (error) {
      if (pending.action === undefined) throw logsUnwritable(this.#path, error);
    }
  }

  /** The disk snapshot has its log, or will never exist. */
  remove(): void {
    this.value = undefined;
    rmSync(this.#path, {force: true});
  }

  /** Remove what a killed process left of notes it was writing; only for the process that holds the machine. */
  removeLeftovers(): void {
    const folder = pendingFolder(this.folder);
    for (const path of readdirSync(folder).map((name) => join(folder, name)))
      if (path.startsWith(`${this.#path}.`) && path.endsWith('.tmp')) rmSync(path, {force: true});
  }
}

function pendingFolder(folder: string): string {
  return join(folder, '.pending');
}

/** Everything that is pending in a folder of logs. */
export function allPending(folder: string): Pending[] {
  try {
    return readdirSync(pendingFolder(folder))
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => readPending(join(pendingFolder(folder), name)) ?? []);
  } catch {
    return [];
  }
}

function readPending(path: string): Pending | undefined {
  const read = readJson(path);
  const {success, output} = v.safeParse(PENDING, read.kind === 'read' ? read.value : undefined);
  return success ? output : undefined;
}

/** Make sure that logs can be written, before one is needed. @throws MachineError `logs-unwritable`. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(pendingFolder(folder), {recursive: true});
    const probe = join(folder, '.probe.tmp');
    writeWhole(probe, '');
    // Another machine's process may try the same at this moment.
    rmSync(probe, {force: true});
  } catch (error) {
    throw logsUnwritable(folder, error);
  }
}

export function logsUnwritable(path: string, error: unknown): MachineError {
  return new MachineError({kind: 'logs-unwritable', path, code: codeOf(error)}, {cause: error});
}
