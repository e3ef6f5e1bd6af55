import {createHash} from 'node:crypto';
import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {UserError} from '../../../src/errors.js';
import {keptState, stateOf} from '../../../src/history/version-state.js';
import {keptFiles, readKeptState, readStateUnchecked} from '../../../src/store/kept-version.js';
import type {Layout} from '../../../src/store/layout.js';
import {readVersion, type Version} from '../../../src/store/read.js';
import {stateBytes} from '../../../src/terraform/state-file.js';
import {facts, manifest, newStore} from '../../support/versions.js';

const STATE = '{"version": 4, "lineage": "l", "serial": 1}';
const STATE_PATH = 'tf_configs/terraform.tfstate';

/** Put a version with a state in a store. */
function keep(layout: Layout, number: number, hasState = true): string {
  const folder = layout.version(number);
  mkdirSync(join(folder, 'tf_configs'), {recursive: true});
  const sha256 = createHash('sha256').update(STATE).digest('hex');
  const entries = hasState ? [{path: STATE_PATH, size: STATE.length, mode: '0600', sha256}] : [];
  if (hasState) writeFileSync(join(folder, STATE_PATH), STATE);
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({...manifest(), entries}));
  writeFileSync(layout.metaFile(number), JSON.stringify({version: `v${number}`, ...facts()}));
  return join(folder, STATE_PATH);
}

const versionOf = (layout: Layout) => readVersion(layout, 1) as Version;

function problem(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserError) return error.problem;
    throw error;
  }
}

test.each<[string, (path: string) => void]>([
  [
    'was changed',
    (path) => {
      writeFileSync(path, STATE.replace('1', '2'));
    },
  ],
  ['is missing', rmSync],
  [
    'is a link to the same bytes',
    (path) => {
      writeFileSync(`${path}.real`, STATE);
      rmSync(path);
      symlinkSync(`${path}.real`, path);
    },
  ],
])('a state that %s is never taken for what was kept', (_, damage) => {
  const layout = newStore();
  damage(keep(layout, 1));
  expect(problem(() => readKeptState(layout, versionOf(layout)))).toMatchObject({kind: 'version-damaged'});
  expect(stateOf(layout, 1)).toMatchObject({kind: 'unreadable'});
});

test('the last state of a lineage is the newest one that is what was kept', () => {
  const layout = newStore();
  keep(layout, 1);
  writeFileSync(keep(layout, 2), 'other');
  expect(keptState(layout, stateBytes(Buffer.from(STATE)))).toMatchObject({bytes: Buffer.from(STATE)});
  expect(readStateUnchecked(layout, 2)).toMatchObject({kind: 'read', content: Buffer.from('other')});
});

test('a version without a state is told from a damaged one', () => {
  const layout = newStore();
  keep(layout, 1, false);
  expect(problem(() => readKeptState(layout, versionOf(layout)))).toMatchObject({
    kind: 'version-without-state',
  });
  expect(stateOf(layout, 1)).toEqual({kind: 'none'});
  expect(readStateUnchecked(layout, 1)).toEqual({kind: 'missing'});
});

test('a version of ours without its manifest is refused; one of the original tool is what lies in its folder', () => {
  const layout = newStore();
  keep(layout, 1);
  const version = versionOf(layout);
  rmSync(join(layout.version(1), 'manifest.json'));
  expect(problem(() => keptFiles(layout, version))).toMatchObject({kind: 'version-damaged'});
  const {timestamp, resources} = facts();
  expect(keptFiles(layout, {...version, meta: {version: 'v1', timestamp, resources}})).toEqual({
    files: [{path: STATE_PATH, size: STATE.length}],
    rootPath: '',
    skipped: [],
    isOriginal: true,
  });
});
