import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {beforeOf, newAction, newDiskSnapshot} from '../../../../src/machine/take/recognize.js';
import type {Action, DiskSnapshot} from '../../../../src/machine/provider.js';

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (second: number): string => new Date(START + second * 1000).toISOString();
const action = (id: string, second: number): Action => ({
  id,
  status: 'completed',
  startedAt: at(second),
  completedAt: '',
});
const image = (id: string, second: number, name = 'mine'): DiskSnapshot => ({
  id,
  name,
  machineId: '7',
  createdAt: at(second),
  sizeGb: 1,
});

describe('the action that began since', () => {
  test('the new action is the one that was not known before', () => {
    const before = beforeOf([action('2', 20), action('1', 10)], []);
    expect(newAction([action('3', 30), action('2', 20), action('1', 10)], before)?.id).toBe('3');
    expect(newAction([action('2', 20), action('1', 10)], before)).toBeUndefined();
  });

  test('the new action may have begun in the same second as the last known one', () => {
    expect(newAction([action('2', 20)], beforeOf([action('1', 20)], []))?.id).toBe('2');
  });

  test('the new action is any if none was known', () => {
    expect(newAction([action('1', -1000)], beforeOf([], []))?.id).toBe('1');
  });

  test('the new action never began before the last known one, however incomplete the first list was', () => {
    const actions = fc.uniqueArray(fc.record({id: fc.nat(), second: fc.nat(10_000)}), {
      selector: ({id}) => id,
      minLength: 1,
    });
    fc.assert(
      fc.property(actions, fc.nat(), (all, place) => {
        const old = all.map(({id, second}) => action(String(id), second));
        const newest = [...old].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
        // A list is short at its old end: what is newest is on its first page.
        const seen = old.filter((each, index) => each === newest || index % 2 === place % 2);
        const found = newAction(old, beforeOf(seen, []));
        expect(found === undefined || found.startedAt === newest?.startedAt).toBe(true);
      }),
    );
  });
});

describe('the image an action made', () => {
  test('the disk snapshot of an action has its name, and was not there before', () => {
    const before = beforeOf([], [image('1', 0)]);
    const images = [image('1', 100), image('2', 110, 'another'), image('3', 100)];
    expect(newDiskSnapshot(images, 'mine', before, at(100))?.id).toBe('3');
    expect(newDiskSnapshot(images.slice(0, 2), 'mine', before, at(100))).toBeUndefined();
  });

  test('the disk snapshot of an action has another name only if it was created when the action began', () => {
    const images = [image('1', 90, 'theirs'), image('2', 100, 'theirs'), image('3', 110, 'theirs')];
    expect(newDiskSnapshot(images, 'mine', beforeOf([], []), at(100))?.id).toBe('2');
    expect(newDiskSnapshot([...images, image('4', 103)], 'mine', beforeOf([], []), at(100))?.id).toBe('4');
    expect(newDiskSnapshot(images, 'mine', beforeOf([], [image('2', 100)]), at(100))).toBeUndefined();
  });

  test('the disk snapshot of an action may have any name if the name is unknown', () => {
    expect(newDiskSnapshot([image('2', 100, 'theirs')], '', beforeOf([], []), at(100))?.id).toBe('2');
  });

  test('the disk snapshot of an action is the newest of several', () => {
    const images = [image('1', 100), image('3', 130), image('2', 120)];
    expect(newDiskSnapshot(images, 'mine', beforeOf([], []), at(100))?.id).toBe('3');
  });

  test('the disk snapshot of an action was not created long before it, and has a time', () => {
    expect(newDiskSnapshot([image('1', 0)], 'mine', beforeOf([], []), at(301))).toBeUndefined();
    expect(
      newDiskSnapshot([{...image('1', 0), createdAt: ''}], 'mine', beforeOf([], []), at(0)),
    ).toBeUndefined();
  });
});
