import {describe, expect, test} from 'vitest';
import {leftoverStartedFrom, startedFrom} from '../../../src/capture/observe.js';
import type {StateBytes} from '../../../src/terraform/state-file.js';
import {NONE, stateWith, UNREADABLE} from '../../support/state-bytes.js';

const END = 10_000;
const before = stateWith({web: 'one'});
const after = stateWith({web: 'two'}, {serial: 2});
const emptied = stateWith({}, {serial: 3});
const kept = stateWith({web: 'kept'});

describe('the state terraform started from is', () => {
  test.each<[string, StateBytes, number, StateBytes, {isInactive?: boolean; kept?: StateBytes}, StateBytes]>([
    ['what was read before terraform was started', after, 0, after, {}, after],
    ['what was read beside it, in time', before, 5_000, after, {kept}, before],
    ['what was read late, where it is not the state after', before, END - 1, after, {kept}, before],
    ['what was read in time, though nothing changed', after, 5_000, after, {kept}, after],
    ['the kept one, where what was read late is the state after', after, END - 1, after, {kept}, kept],
    ['unknown, where none is kept either', after, END - 1, after, {}, NONE],
    ['the kept one, where nothing could be read', UNREADABLE, 5_000, after, {kept}, kept],
    ['unknown, where nothing could be read or is kept', UNREADABLE, 5_000, after, {}, NONE],
    ['none after a full destroy, read late', after, END - 1, after, {isInactive: true, kept}, NONE],
    [
      'the empty one after a full destroy, read late',
      emptied,
      END - 1,
      emptied,
      {isInactive: true, kept},
      emptied,
    ],
    ['the kept one after a full destroy, not read', UNREADABLE, 0, after, {isInactive: true, kept}, kept],
    ['no state, read late, where there is still none', NONE, END - 1, NONE, {}, NONE],
  ])('%s', (_, bytes, at, now, known, expected) => {
    const {isInactive = false} = known;
    const from = startedFrom({bytes, at}, now, END, {isInactive: () => isInactive, kept: () => known.kept});
    expect(from).toEqual(expected);
  });
});

describe('the state a killed command started from is', () => {
  const saved = before.kind === 'some' ? before.bytes : undefined;
  test.each<[string, string | null | undefined, Buffer | undefined, StateBytes | undefined, StateBytes]>([
    ['none, where there was no file', null, undefined, kept, NONE],
    ['the saved one', 'abc', saved, kept, {kind: 'some', bytes: saved ?? Buffer.of(), sha256: 'abc'}],
    [
      'one that only its hash tells',
      'abc',
      undefined,
      kept,
      {kind: 'some', bytes: Buffer.of(), sha256: 'abc'},
    ],
    ['what had been pulled', undefined, saved, kept, before],
    ['none, where the pull found none', undefined, Buffer.of(), kept, NONE],
    ['the kept one, where the pull had not ended', undefined, undefined, kept, kept],
    ['none, where nothing is kept either', undefined, undefined, undefined, NONE],
  ])('%s', (_, hash, bytes, known, expected) => {
    expect(leftoverStartedFrom(hash, bytes, {kept: () => known})).toEqual(expected);
  });
});
