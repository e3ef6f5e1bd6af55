import {writeFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {readMeta} from '../../../src/store/manifest.js';
import type {Meta} from '../../../src/store/version.js';
import {facts, newStore} from '../../support/versions.js';

const base = {version: 'v1', timestamp: 't', resources: {added: '1', changed: '0', destroyed: '0'}};

function read(meta: object): Meta | string {
  const layout = newStore();
  writeFileSync(layout.metaFile(1), JSON.stringify(meta));
  return readMeta(layout, 1);
}

test('metadata that this program writes is read completely', () => {
  const whole: Meta = {
    version: 'v1',
    ...facts({
      git: {commit: 'c', branch: '', dirty: false},
      changes: [{address: 'a', action: 'moved', from: 'b'}],
      tags: ['x'],
      restoredFrom: 'v2',
    }),
  };
  expect(read(whole)).toEqual(whole);
  expect(read({...whole, git: null, state: null})).toEqual({...whole, git: null, state: null});
});

test('metadata of the wrong type and unknown metadata is left out', () => {
  const other = {
    ...base,
    operation: 1,
    outcome: 'ok',
    argv: ['a', 1],
    actor: {user: 'u'},
    git: 'main',
    state: {},
    changes: [{address: 'a', action: 'added'}, {address: 'a', action: 'eaten'}, null],
    durationMs: Number.NaN,
    tags: 'x',
    more: 1,
  };
  expect(read(other)).toEqual({
    ...base,
    changes: [{address: 'a', action: 'added'}],
  });
});

test('metadata with the three fields of the original tool is enough', () => {
  expect(read(base)).toEqual(base);
});

test.each([[{...base, resources: {added: 1}}], [{version: 'v1'}], [null]])('%j is not metadata', (value) => {
  expect(read(value as object)).toMatch("lacks what a version's metadata has");
});

test.each([
  ['no list', 'x'],
  ['null', null],
  ['a list of rubbish', [null, 3, {provider: 'digitalocean'}]],
  [
    'a list with rubbish in it',
    [
      {provider: 'digitalocean', id: '1'},
      {provider: 7, id: '1'},
    ],
  ],
  ['a folder that is none', [{provider: 'digitalocean', id: '1', logs: 7}]],
])('machines in metadata that are %s are left out', (_, machines) => {
  expect(read({...base, machines})).toEqual(base);
});
