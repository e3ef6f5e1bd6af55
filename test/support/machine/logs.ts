import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {CatalogEntry} from '../../../src/machine/catalog.js';
import type {DiskSnapshotLog, LoggedDiskSnapshot} from '../../../src/machine/disk-snapshot-log.js';
import {FORMAT, MARK} from '../../../src/machine/disk-snapshot-mark.js';

/** What a test says of a log; the rest is as of a small droplet. */
export interface LogGiven extends Partial<Omit<DiskSnapshotLog, 'machine' | 'image'>> {
  readonly machine?: Partial<DiskSnapshotLog['machine']>;
  readonly image?: Partial<DiskSnapshotLog['image']>;
}

export function diskSnapshotLog({machine, image, ...given}: LogGiven = {}): DiskSnapshotLog {
  return {
    provider: 'digitalocean',
    machine: {id: '1', name: 'gpu', region: 'tor1', size: 's-1vcpu-1gb', ...machine},
    image: {id: '100', name: 'image', sizeGb: 10, monthlyCost: 0.5, ...image},
    action: '7',
    started: given.completed ?? '2020-11-01T10:00:00Z',
    completed: '2020-11-01T10:00:00Z',
    workspace: 'default',
    cloudtmVersion: '0.1.0',
    git: null,
    ...given,
  };
}

export function loggedDiskSnapshot(given: LogGiven = {}): LoggedDiskSnapshot {
  const log = diskSnapshotLog(given);
  return {...log, path: `/snapshots/${log.image.name}.json`};
}

/** Write `NAME.json` into a folder of logs, as cloudtm does. @returns Its path. */
export function writeLog(folder: string, given: LogGiven = {}, file?: string): string {
  const log = diskSnapshotLog(given);
  const path = join(folder, file ?? `${log.image.name}.json`);
  mkdirSync(folder, {recursive: true});
  writeFileSync(path, `${JSON.stringify({cloudtm: MARK, format: FORMAT, ...log}, undefined, 2)}\n`);
  return path;
}

/** An image with a log, as the catalog has it. */
export function catalogEntry(
  given: LogGiven = {},
  presence: CatalogEntry['presence'] = 'present',
): CatalogEntry {
  const log = loggedDiskSnapshot(given);
  const {id, name, sizeGb, monthlyCost} = log.image;
  const {provider, machine, completed} = log;
  return {
    presence,
    provider,
    id,
    name,
    machine: {id: machine.id, name: machine.name},
    completed,
    sizeGb,
    monthlyCost,
    logs: [log],
  };
}

/** One that only its provider knows. */
export function unlogged(name: string): CatalogEntry {
  return {...catalogEntry({image: {name}, machine: {name: ''}}, 'not logged'), logs: []};
}
