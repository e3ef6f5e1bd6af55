import {expect, test} from 'vitest';
import {sanitizeMeta} from '../../../src/store/sanitize.js';
import type {Meta} from '../../../src/store/version.js';
import {facts} from '../../support/versions.js';

const base = {version: 'v1', timestamp: 't', resources: {added: '1', changed: '0', destroyed: '0'}};

test('what this program writes is kept whole', () => {
  const whole: Meta = {
    version: 'v1',
    ...facts({
      git: {commit: 'c', branch: '', dirty: false},
      changes: [{address: 'a', action: 'moved', from: 'b'}],
      tags: ['x'],
    }),
  };
  expect(sanitizeMeta(whole)).toEqual(whole);
  expect(sanitizeMeta({...whole, git: null, state: null})).toEqual({...whole, git: null, state: null});
});

test('what has another type is left out, and so is what nobody knows', () => {
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
  expect(sanitizeMeta(other as unknown as Meta)).toEqual({
    ...base,
    changes: [{address: 'a', action: 'added'}],
  });
});

test('the three fields of the original tool are enough', () => {
  expect(sanitizeMeta(base)).toEqual(base);
});
