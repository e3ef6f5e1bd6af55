import {existsSync, readdirSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {startDigitalOcean, type DigitalOcean} from './digitalocean-api.js';
import type {Snapshot} from './digitalocean-cloud.js';
import {doctls, type Doctl} from './doctl.js';
import {writeLog, type LogGiven} from './logs.js';
import {openTerminal, type Terminal} from '../pty.js';
import {sandbox, type Outcome, type Sandbox} from '../sandbox.js';

/** A project whose terraform does nothing, and an account with snapshots that a doctl asks about. */
export class Account {
  readonly box: Sandbox;
  readonly env: Record<string, string>;
  /** The folder of logs. */
  readonly folder: string;

  constructor(
    readonly api: DigitalOcean,
    doctl: Doctl | undefined,
  ) {
    this.box = sandbox({standIn: 'exit 0', files: {'main.tf': ''}, env: {TZ: 'UTC'}});
    this.folder = join(this.box.project, 'snapshots');
    const {PATH = '', ...env} = this.box.env;
    this.env = {
      ...env,
      ...doctl?.env(api),
      PATH: doctl === undefined ? PATH : [doctl.install(), PATH].join(delimiter),
    };
  }

  /** A snapshot of a droplet, at this minute of 2020-11-01, 10:00. */
  snapshot(name: string, minute: number, more: Partial<Snapshot> = {}): Snapshot {
    return this.api.addSnapshot({name, createdAt: at(minute), sizeGigabytes: 2.5, resourceId: '1', ...more});
  }

  /** One with a log. */
  logged(name: string, minute: number, machine = 'gpu', more: LogGiven = {}): Snapshot {
    const snapshot = this.snapshot(name, minute);
    this.log(name, snapshot.id, minute, machine, more);
    return snapshot;
  }

  log(name: string, id: string, minute: number, machine = 'gpu', more: LogGiven = {}): string {
    const image = {id, name, sizeGb: 2.5, monthlyCost: 0.13};
    return writeLog(this.folder, {image, machine: {name: machine}, completed: at(minute), ...more});
  }

  /** Run `terraform tm machine …`. */
  run(...words: string[]): Promise<Outcome> {
    return this.box.runWith({env: this.env}, 'tm', 'machine', ...words);
  }

  /** The same, with data as its answer, and nothing on stderr. */
  async json(...words: string[]): Promise<unknown> {
    const {exitCode, stdout, stderr} = await this.run(...words, '-json');
    if (exitCode !== 0 || stderr !== '') throw new Error(`${words.join(' ')}: ${exitCode} ${stderr}`);
    return JSON.parse(stdout);
  }

  terminal(...words: string[]): Terminal {
    return openTerminal(this.box.shim, ['tm', 'machine', ...words], {
      env: this.env,
      cwd: this.box.project,
      cols: 200,
    });
  }

  /** Names of the logs. */
  logs(below = ''): string[] {
    const folder = join(this.folder, below);
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  }

  /** Names of the snapshots that are there. */
  names(): string[] {
    return this.api.snapshots.map(({name}) => name);
  }
}

export function at(minute: number): string {
  return `2020-11-01T10:${String(minute).padStart(2, '0')}:00Z`;
}

/** @param doctl `null` for none that is installed. */
export async function account(doctl: Doctl | null | undefined = doctls()[0]): Promise<Account> {
  return new Account(await startDigitalOcean(), doctl ?? undefined);
}
