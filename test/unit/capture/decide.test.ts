import {describe, expect, test} from 'vitest';
import {
  consequenceOf,
  decide,
  outcomeOf,
  type Circumstances,
  type Verdict,
} from '../../../src/capture/decide.js';
import {NOTHING} from '../../../src/state/compare.js';
import {EMPTY_STATE} from '../../../src/state/state.js';
import type {StateBytes} from '../../../src/terraform/state-file.js';
import {bytesOf, NONE, stateWith, UNREADABLE} from '../../support/state-bytes.js';

const one = stateWith({web: 'one'});
const two = stateWith({web: 'two'}, {serial: 2});
const empty = stateWith({}, {serial: 3});
const damaged = bytesOf('{"version": 4, "resou');

describe('what a command did to the state', () => {
  test.each<[string, StateBytes, StateBytes, string, Verdict['kind']]>([
    ['the same bytes', one, one, 'apply', 'unchanged'],
    ['no state before and after', NONE, NONE, 'apply', 'unchanged'],
    ['a first state', NONE, one, 'apply', 'changed'],
    ['another value', one, two, 'apply', 'changed'],
    ['another serial alone', one, stateWith({web: 'one'}, {serial: 9}), 'apply', 'changed'],
    ['an older state, pushed', two, one, 'state-push', 'changed'],
    ['another lineage', one, stateWith({web: 'one'}, {lineage: 'other'}), 'state-push', 'changed'],
    ['nothing left after destroy', one, empty, 'destroy', 'destroyed'],
    ['nothing left after apply', one, empty, 'apply', 'destroyed'],
    ['nothing found by refresh any more', one, empty, 'refresh', 'destroyed'],
    ['nothing left after state rm, which destroys nothing', one, empty, 'state-rm', 'changed'],
    ['an empty state pushed', one, empty, 'state-push', 'changed'],
    ['an apply without resources', NONE, empty, 'apply', 'changed'],
    ['a destroy where nothing was', NONE, empty, 'destroy', 'destroyed'],
    ['a part destroyed', stateWith({web: 'one', db: 'one'}), two, 'destroy', 'changed'],
    ['no state where one was', one, NONE, 'apply', 'gone'],
    ['a file with 0 bytes where a state was', one, bytesOf(''), 'apply', 'gone'],
    ['half a state', one, damaged, 'apply', 'damaged'],
    ['half a state, as before', damaged, damaged, 'apply', 'unchanged'],
    ['a state where half of one was', damaged, one, 'apply', 'changed'],
    ['null', one, bytesOf('null'), 'apply', 'damaged'],
    ['an array', one, bytesOf('[]'), 'apply', 'damaged'],
    ['resources that are no list', one, bytesOf('{"version": 4, "resources": {"a": 1}}'), 'apply', 'damaged'],
    ['a resource that is null', one, bytesOf('{"version": 4, "resources": [null]}'), 'apply', 'damaged'],
    [
      'instances that are no list',
      one,
      bytesOf('{"version": 4, "resources": [{"mode": "managed", "type": "t", "name": "n", "instances": 3}]}'),
      'apply',
      'damaged',
    ],
    ['the format of an old terraform', one, bytesOf('{"version": 3, "modules": []}'), 'apply', 'damaged'],
    ['binary', one, bytesOf('\u0000\u0001\u00FF'), 'apply', 'damaged'],
    ['a state that cannot be read', one, UNREADABLE, 'apply', 'unreadable'],
    ['one that could not be read before either', UNREADABLE, UNREADABLE, 'apply', 'unreadable'],
  ])('%s', (_, before, after, operation, kind) => {
    expect(decide({before, written: before, after}, operation).kind).toBe(kind);
  });

  test('is counted against what terraform started from, and judged by the place it writes to', () => {
    const verdict = decide({before: one, written: NONE, after: two}, 'apply');
    expect(verdict).toMatchObject({
      kind: 'changed',
      comparison: {counts: {added: '0', changed: '1', destroyed: '0'}},
    });
    expect(decide({before: one, written: two, after: two}, 'apply')).toEqual({kind: 'unchanged'});
  });
});

const difference = {comparison: NOTHING, after: EMPTY_STATE};
const verdicts = {
  unchanged: {kind: 'unchanged'},
  destroyed: {kind: 'destroyed', ...difference},
  changed: {kind: 'changed', ...difference},
  damaged: {kind: 'damaged', reason: 'not JSON'},
  gone: {kind: 'gone'},
  unreadable: {kind: 'unreadable', reason: 'no answer'},
} as const satisfies Record<Verdict['kind'], Verdict>;

describe('what follows', () => {
  const watched = {isErrored: false, isReachable: false};
  const errored = {isErrored: true, isReachable: false};
  const reachable = {isErrored: false, isReachable: true};
  const killed = (hasBefore: boolean, isKept: boolean, isErrored = false): Circumstances => ({
    isErrored,
    isReachable: true,
    leftover: {hasBefore, isKept},
  });

  test.each<[Verdict['kind'], string, Circumstances, string]>([
    ['unchanged', 'of a watched command', watched, 'nothing'],
    ['changed', 'of a watched command', watched, 'version'],
    ['changed', 'left in errored.tfstate', errored, 'version'],
    ['damaged', 'of a watched command', watched, 'version'],
    ['gone', 'of a watched command', watched, 'nothing'],
    ['destroyed', 'of a watched command', watched, 'inactive'],
    ['destroyed', 'left in errored.tfstate, while the backend still lists the resources', errored, 'version'],
    ['unreadable', 'in a file, or in a backend that terraform did not reach', watched, 'nothing'],
    ['unreadable', 'in a backend that terraform reached', reachable, 'version-without-state'],
    ['unchanged', 'of a killed command', killed(true, false), 'nothing'],
    ['changed', 'of a killed command', killed(true, false), 'version'],
    ['changed', 'of a killed command whose state before is lost', killed(false, false), 'version'],
    ['changed', 'of a killed command, seen and kept by another one', killed(true, true), 'nothing'],
    ['damaged', 'of a killed command', killed(false, false), 'version'],
    ['damaged', 'of a killed command, seen and kept by another one', killed(false, true), 'nothing'],
    ['destroyed', 'of a killed command', killed(true, false), 'inactive'],
    ['destroyed', 'of a killed command, in errored.tfstate', killed(true, false, true), 'version'],
    [
      'destroyed',
      'of a killed command, in errored.tfstate, kept already',
      killed(true, true, true),
      'nothing',
    ],
    ['gone', 'of a killed command whose state before is lost', killed(false, false), 'nothing'],
    ['gone', 'of a killed command whose state before was saved', killed(true, false), 'version-of-before'],
    [
      'gone',
      'of a killed command whose state before is in the newest version',
      killed(true, true),
      'nothing',
    ],
    ['unreadable', 'of a killed command', killed(true, false), 'later'],
  ])('from a state that is %s, %s', (kind, _, circumstances, consequence) => {
    expect(consequenceOf(verdicts[kind], circumstances)).toBe(consequence);
  });
});

describe('how a command ended', () => {
  test.each([
    ['status 0', {code: 0}, [], 'succeeded'],
    ['status 0 after a Ctrl-C', {code: 0}, ['SIGINT'], 'succeeded'],
    ['status 1', {code: 1}, [], 'failed'],
    ['status 2', {code: 2}, [], 'failed'],
    ['status 1 after a Ctrl-C', {code: 1}, ['SIGINT'], 'interrupted'],
    ['status 1 after SIGTERM', {code: 1}, ['SIGTERM'], 'interrupted'],
    ['status 1 after a resized window', {code: 1}, ['SIGWINCH'], 'failed'],
    ['a signal', {signal: 'SIGKILL'}, [], 'interrupted'],
  ] as const)('%s', (_, exit, received, outcome) => {
    expect(outcomeOf(exit, received)).toBe(outcome);
  });
});
