import type {PidLockOwner} from '../../store/pid-lock.js';
import type {Facts} from '../../store/version.js';
import {codeOf} from '../../errors.js';
import {monthlyCost, writeDiskSnapshotLog, type LoggedDiskSnapshot} from '../disk-snapshot-log.js';
import {MachineError} from '../problems.js';
import {ProviderFailure} from '../provider.js';
import type {Action, DiskSnapshot, Machine, MachineProvider, System} from '../provider.js';
import {Deadline, type Clock} from './deadline.js';
import {PendingNote, type Pending, type Started} from './pending.js';

/** The disk snapshot that is wanted. */
export interface SnapshotRequest {
  readonly machineId: string;
  /** What the user calls the machine; empty: as the provider does. */
  readonly machineName: string;
  /** Empty for a name made from the machine's and the time. */
  readonly snapshotName: string;
  /** The folder of logs; absolute. */
  readonly folder: string;
  /** How long it may take, in minutes. */
  readonly minutes: number;
  readonly reboot: boolean;
  /** Whether terraform is about to destroy the machine. */
  readonly before: boolean;
}

/** What a disk snapshot is taken with. */
export interface JobContext extends Clock {
  readonly provider: MachineProvider;
  readonly system: System;
  readonly owner: PidLockOwner;
  /** In US dollars per GB and month; undefined if unknown. */
  readonly rate: number | undefined;
  readonly workspace: string;
  readonly cloudtmVersion: string;
  readonly git: () => Promise<Facts['git']>;
}

/** One disk snapshot, from its request to its log. */
export class SnapshotJob {
  readonly provider: MachineProvider;
  readonly deadline: Deadline;
  readonly note: PendingNote;
  readonly say: JobContext['say'];
  readonly now: () => Date;
  /** No more than its id until `findMachine`. */
  machine: Machine;

  constructor(
    readonly request: SnapshotRequest,
    readonly context: JobContext,
  ) {
    const {provider, say, now} = context;
    const {folder, machineId, minutes} = request;
    this.provider = provider;
    this.say = say;
    this.now = now;
    this.deadline = new Deadline(context, minutes * 60_000);
    this.note = new PendingNote(folder, provider.name, machineId);
    this.machine = {id: machineId, name: '', region: '', size: ''};
  }

  /** @throws OutOfTime, `ProviderFailure`; MachineError `machine-not-found`. */
  async findMachine(): Promise<void> {
    const {id} = this.machine;
    this.machine = await this.deadline
      .retry(() => this.provider.machine(id))
      .catch((cause: unknown) => {
        if (!(cause instanceof ProviderFailure) || cause.reason !== 'not-found') throw cause;
        const {noun} = this.provider;
        throw new MachineError({kind: 'machine-not-found', noun, machine: id, words: cause.words}, {cause});
      });
  }

  /** What the machine is called in names and logs. */
  get machineName(): string {
    return this.request.machineName || this.machine.name || this.machine.id;
  }

  /** As the user says, or `{machine}-snapshot-{YYYYMMDD-HHMMSS}` in UTC. @throws MachineError `bad-name`. */
  snapshotName(): string {
    const {names} = this.provider;
    const time = this.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
    const automatic = `${this.machineName}-snapshot-${time}`;
    // The user did not choose this name and cannot choose another one.
    const fitting = names.pattern.test(automatic) ? automatic : automatic.replace(/[^\w.-]/g, '-');
    const name = this.request.snapshotName || fitting;
    if (!names.pattern.test(name)) throw new MachineError({kind: 'bad-name', name, rule: names.words});
    return name;
  }

  /** The machine's actions, newest first. @throws OutOfTime, `ProviderFailure`. */
  actions(snapshotName: string): Promise<readonly Action[]> {
    return this.deadline.retry(() => this.provider.actions(this.machine, snapshotName));
  }

  /** An action by its id. @throws OutOfTime, `ProviderFailure`. */
  action(id: string): Promise<Action> {
    return this.deadline.retry(() => this.provider.action(id, this.machine));
  }

  /** Put the action on disk, before it is waited for. */
  noteAction(pending: Pending, {id, startedAt}: Action): Started {
    const started = {...pending, action: {id, startedAt}};
    this.note.write(started);
    return started;
  }

  /** Log a disk snapshot; `late` if it does not represent the machine. @throws MachineError `log-not-written`. */
  async log(snapshot: DiskSnapshot, action: Action, late?: true): Promise<LoggedDiskSnapshot> {
    const {id, sizeGb} = snapshot;
    const {workspace, cloudtmVersion, rate, git} = this.context;
    const {folder} = this.request;
    const name = snapshot.name || id;
    const entry = {
      provider: this.provider.name,
      machine: {...this.machine, name: this.machineName},
      image: {id, name, sizeGb: sizeGb ?? null, monthlyCost: monthlyCost(sizeGb, rate)},
      action: action.id,
      started: logTime(action.startedAt),
      completed: logTime(action.completedAt || this.now()),
      ...(late && {late}),
      workspace,
      cloudtmVersion,
      git: await git(),
    };
    try {
      return {...entry, path: writeDiskSnapshotLog(folder, entry)};
    } catch (cause) {
      const code = codeOf(cause);
      throw new MachineError({kind: 'log-not-written', path: folder, code, name, id}, {cause});
    }
  }
}

/** A provider's time in the one form that sorts as text; unchanged if it is not a time. */
function logTime(time: string | Date): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : `${date.toISOString().slice(0, 19)}Z`;
}
