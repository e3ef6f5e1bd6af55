import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setImmediate as turn} from 'node:timers/promises';
import {MachineError, type MachineProblem} from '../../../src/machine/problems.js';
import {DigitalOcean} from '../../../src/machine/providers/digitalocean.js';
import {
  ProviderFailure,
  type Action,
  type DiskSnapshot,
  type MachineProvider,
} from '../../../src/machine/provider.js';
import type {SnapshotRequest} from '../../../src/machine/take/job.js';
import {takeDiskSnapshot} from '../../../src/machine/take/take-disk-snapshot.js';
import type {LoggedDiskSnapshot} from '../../../src/machine/disk-snapshot-log.js';
import type {MachineEvent} from '../../../src/machine/events.js';
import {temporaryFolder} from '../folder.js';

/** What can be asked of it that goes wrong. */
type Question = 'machine' | 'request' | 'action' | 'actions' | 'images';

export const MACHINE = {id: '7', name: 'web', region: 'tor1', size: 'small'};

const {program, install, login, names, canReboot} = new DigitalOcean({env: {}, cwd: '/', command: []});
/** What the provider below has in common with DigitalOcean. */
const AS_DIGITALOCEAN = {program, install, login, names, canReboot};

/** An action and the image that comes of it. Times are ms since the epoch. */
interface Made {
  readonly id: string;
  readonly name: string;
  readonly begun: number;
  readonly ends: number;
  readonly isErrored: boolean;
}

/**
 * A provider with one machine, in the test's own process, and its clock: time passes when somebody pauses and not otherwise.
 * It says as little as DigitalOcean does: no action names its image.
 */
export class FakeCloud {
  /** Later than this process was started: else its hold of a file would be taken for that of another one. */
  time = Date.parse('2040-01-01T10:00:00Z');
  readonly folder = temporaryFolder();
  readonly made: Made[] = [];
  /** How long (ms) an image takes, and how long after that it is not listed. */
  takes = 3_000;
  lag = 0;
  isErrored = false;
  /** How often an image was asked for, whatever came of it. */
  requests = 0;
  /** Called before a question is answered; may throw, and change what there is. */
  before: (question: Question) => void = () => undefined;
  /** The same after the question had its effect. */
  after: (question: Question) => void = () => undefined;
  /** Called after each pause: what happens while somebody waits. */
  waited: () => void = () => undefined;

  #nextId = 100;

  readonly now = (): Date => new Date(this.time);

  /** Begin an image, as somebody at the provider's own page can too. */
  begin(name: string, more: Partial<Made> = {}): Made {
    const id = String(this.#nextId++);
    const {time, takes, isErrored} = this;
    const made = {id, name, begun: time, ends: (more.begun ?? time) + takes, isErrored, ...more};
    this.made.push(made);
    return made;
  }

  readonly provider: MachineProvider = {
    ...AS_DIGITALOCEAN,
    name: 'fake',
    noun: 'machine',
    look: ({id}) => ['look', id],
    machine: () => this.#answer('machine', () => MACHINE),
    request: (_, name) => {
      this.requests += 1;
      return this.#answer('request', () => this.#shown(this.begin(name)));
    },
    action: (id) =>
      this.#answer('action', () => {
        const made = this.made.find((each) => each.id === id);
        if (made === undefined) throw new ProviderFailure('not-found', '404 no such action');
        return this.#shown(made);
      }),
    actions: () => this.#answer('actions', () => this.made.map((made) => this.#shown(made)).reverse()),
    diskSnapshot: () => Promise.reject(new Error('no action says which image it makes')),
    diskSnapshots: () => this.#answer('images', () => this.images()),
    remove: () => Promise.reject(new Error('nobody deletes anything')),
  };

  /** What is listed. */
  images(): DiskSnapshot[] {
    return this.made
      .filter(({ends, isErrored}) => !isErrored && ends + this.lag <= this.time)
      .map(({id, name, begun}) => ({
        id: `image-${id}`,
        name,
        machineId: MACHINE.id,
        createdAt: iso(begun),
        sizeGb: 25,
      }));
  }

  #shown({id, begun, ends, isErrored}: Made): Action {
    const over = ends <= this.time;
    return {
      id,
      status: over ? (isErrored ? 'errored' : 'completed') : 'in-progress',
      startedAt: iso(begun),
      completedAt: over ? iso(ends) : '',
    };
  }

  async #answer<T>(question: Question, give: () => T): Promise<T> {
    await turn();
    this.before(question);
    const answer = give();
    this.after(question);
    return answer;
  }

  /** Take an image of the machine. */
  async take(order: Partial<SnapshotRequest> = {}): Promise<Outcome> {
    const told: MachineEvent[] = [];
    const wanted: SnapshotRequest = {
      machineId: MACHINE.id,
      machineName: '',
      snapshotName: '',
      folder: this.folder,
      minutes: 30,
      reboot: false,
      before: true,
      ...order,
    };
    try {
      const taken = await takeDiskSnapshot(wanted, {
        provider: this.provider,
        system: {platform: 'linux', arch: 'x64', has: () => false},
        owner: {pid: process.pid, isAlive: () => true, now: this.now},
        now: this.now,
        say: (event) => {
          if (event.type !== 'in-progress') told.push(event);
        },
        pause: async (time) => {
          this.time += time;
          this.waited();
          await turn();
        },
        rate: 0.05,
        workspace: 'default',
        cloudtmVersion: '1.2.3',
        git: () => Promise.resolve(null),
      });
      return {taken, told};
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      return {problem: error.problem, told};
    }
  }

  /** What lies in the folder of logs, and what is pending; a hold that was left behind would be seen here too. */
  files(): string[] {
    return readdirSync(this.folder, {recursive: true, encoding: 'utf8'})
      .filter((path) => path !== '.pending')
      .sort();
  }

  pending(): unknown {
    const path = join(this.folder, '.pending', `fake-${MACHINE.id}.json`);
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  }
}

export interface Outcome {
  readonly taken?: LoggedDiskSnapshot;
  readonly problem?: MachineProblem;
  readonly told: readonly MachineEvent[];
}

/** What was told, without the details of each. */
export function steps({told}: Outcome): string[] {
  return told.map(({type}) => type);
}

/** As a provider says a time: in whole seconds. */
export function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Throws this failure for the first so many of a question. */
export function failing(question: Question, times: number, failure: Error): (asked: Question) => void {
  let left = times;
  return (asked) => {
    if (asked === question && left-- > 0) throw failure;
  };
}

/** What is seen of a process that was ended in the middle of something: nothing of it runs any more. */
export class Killed extends Error {}
