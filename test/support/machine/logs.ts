import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Listed} from '../../../src/machine/catalog.js';
import {FORMAT, MARK, type ImageLog, type LoggedImage} from '../../../src/machine/image-log.js';

/** What a test says of a log; the rest is as of a small droplet. */
export interface LogGiven extends Partial<Omit<ImageLog, 'machine' | 'image'>> {
  readonly machine?: Partial<ImageLog['machine']>;
  readonly image?: Partial<ImageLog['image']>;
}

export function imageLog({machine, image, ...given}: LogGiven = {}): ImageLog {
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

export function loggedImage(given: LogGiven = {}): LoggedImage {
  const log = imageLog(given);
  return {...log, path: `/snapshots/${log.image.name}.json`};
}

/** Write `NAME.json` into a folder of logs, as cloudtm does. @returns Its path. */
export function writeLog(folder: string, given: LogGiven = {}, file?: string): string {
  const log = imageLog(given);
  const path = join(folder, file ?? `${log.image.name}.json`);
  mkdirSync(folder, {recursive: true});
  writeFileSync(path, `${JSON.stringify({cloudtm: MARK, format: FORMAT, ...log}, undefined, 2)}\n`);
  return path;
}

/** An image with a log, as the catalog has it. */
export function listed(given: LogGiven = {}, presence: Listed['presence'] = 'present'): Listed {
  const log = loggedImage(given);
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
export function unlogged(name: string): Listed {
  return {...listed({image: {name}, machine: {name: ''}}, 'not logged'), logs: []};
}
