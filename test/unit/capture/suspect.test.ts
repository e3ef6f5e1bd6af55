import {expect, test} from 'vitest';
import {suspect, type Deployed} from '../../../src/capture/suspect.js';
import type {StateBytes} from '../../../src/terraform/state-file.js';
import {bytesOf, NONE, stateWith, UNREADABLE} from '../../support/state-bytes.js';

const one = stateWith({web: 'one'});
const deployed: Deployed = {
  status: true,
  lineage: 'stand-in',
  isExpected: () => true,
  state: () => one,
};
const text = '{"version": 4, "lineage": "stand-in", "resources": [';

test.each<[string, StateBytes, Partial<Deployed>, object | undefined]>([
  ['the deployed one', one, {}, undefined],
  ['a later one of its lineage', stateWith({web: 'two'}, {serial: 2}), {}, undefined],
  ['an empty one of its lineage', stateWith({}, {serial: 3}), {}, undefined],
  ['none', NONE, {}, {kind: 'gone'}],
  ['a file with 0 bytes', bytesOf(''), {}, {kind: 'gone'}],
  ['one that cannot be read', UNREADABLE, {}, undefined],
  ['one that is cut off', bytesOf(text), {}, {kind: 'damaged', reason: 'not JSON'}],
  ['no state at all', bytesOf('password = hunter2'), {}, {kind: 'damaged', reason: 'not JSON'}],
  ['one of another lineage', stateWith({web: 'two'}, {lineage: 'other'}), {}, {kind: 'foreign'}],
  ['an empty one of another lineage', stateWith({}, {lineage: 'other'}), {}, {kind: 'foreign'}],
  ['the same resources under another lineage', stateWith({web: 'one'}, {lineage: 'other'}), {}, undefined],
  ['none, after a full destroy', NONE, {status: false}, undefined],
  ['another one, after a full destroy', stateWith({a: 'b'}, {lineage: 'other'}), {status: false}, undefined],
  ['none, in a store of the original tool', NONE, {lineage: undefined}, undefined],
  ['none, in a file that -state names for the first time', NONE, {isExpected: () => false}, undefined],
  [
    'another one, in a file that -state names for the first time',
    stateWith({web: 'two'}, {lineage: 'other'}),
    {isExpected: () => false},
    undefined,
  ],
])('where a state was deployed from, %s', (_, found, known, suspicion) => {
  expect(suspect(found, {...deployed, ...known})).toEqual(suspicion);
});
