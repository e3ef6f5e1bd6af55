import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createStore} from '../../src/store/create.js';
import {keepVersion} from '../../src/store/keep.js';
import {FORMAT, layOut, type Layout} from '../../src/store/layout.js';
import {openStaging, type Intent, type Staging} from '../../src/store/staging.js';
import type {Facts, Manifest} from '../../src/store/version.js';
import {temporaryFolder} from './folder.js';

/** A new store in a folder of its own. */
export function newStore(): Layout {
  const layout = layOut(join(temporaryFolder(), '.cloudtm'), 'default');
  createStore(layout);
  return layout;
}

export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    timestamp: '2025-11-26T17:36:35Z',
    resources: {added: '1', changed: '0', destroyed: '0'},
    format: FORMAT,
    operation: 'apply',
    outcome: 'succeeded',
    workspace: 'default',
    backend: 'local',
    state: {lineage: 'l', serial: 1, sha256: 'x', resources: 1},
    changes: [],
    terraform: {product: 'terraform', version: '1.11.4'},
    argv: ['apply'],
    actor: {user: 'u', host: 'h'},
    git: null,
    startedAt: '2025-11-26T17:36:30.000Z',
    durationMs: 5000,
    targeted: false,
    note: '',
    tags: [],
    pinned: false,
    ...changes,
  };
}

export function intent(changes: Partial<Intent> = {}): Intent {
  return {
    owner: {host: 'h', pid: 1, since: '2025-11-26T17:36:30.000Z'},
    operation: 'apply',
    argv: ['apply'],
    targeted: false,
    startedAt: '2025-11-26T17:36:30.000Z',
    backend: 'local',
    statePath: '/nowhere/terraform.tfstate',
    before: null,
    ...changes,
  };
}

/** Stage a version with one file in it. */
export function stage(layout: Layout, id: string): Staging {
  const staging = openStaging(layout, id, intent());
  writeFileSync(join(staging.configs, 'main.tf'), id);
  return staging;
}

export function manifest(changes: Partial<Facts> = {}): Manifest {
  return {
    format: FORMAT,
    source: 'terraform.tfstate',
    entries: [],
    skipped: [],
    facts: facts(changes),
  };
}

/** Keep a version and return its number. */
export async function keep(layout: Layout, id: string, changes: Partial<Facts> = {}): Promise<number> {
  const number = await keepVersion(
    layout,
    stage(layout, id),
    () => manifest(changes),
    () => undefined,
  );
  return number ?? 0;
}
