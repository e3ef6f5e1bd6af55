import {describe, expect, test} from 'vitest';
import {MachineError} from '../../../src/machine/problems.js';
import {readAge, toPrune, type Rules} from '../../../src/machine/prune.js';
import {catalogEntry} from '../../support/machine/logs.js';

const NOW = new Date('2020-11-10T00:00:00Z');
const DAY = 86_400_000;
const ALL: Rules = {keepLast: undefined, olderThan: undefined, prefix: '', machine: ''};

function pruned(images: Parameters<typeof toPrune>[0], rules: Partial<Rules>): string[] {
  return toPrune(images, {...ALL, ...rules}, NOW).map(({name}) => name);
}

/** Of the day of this month its name says. */
function of(day: number, more: Parameters<typeof catalogEntry>[0] = {}) {
  return catalogEntry({completed: `2020-11-0${day}T00:00:00Z`, image: {name: String(day)}, ...more});
}

describe('which images go', () => {
  test('prune keeps the newest of each machine, whatever their order', () => {
    expect(pruned([of(1), of(3), of(2)], {keepLast: 2})).toEqual(['1']);
    expect(pruned([of(1), of(2)], {keepLast: 2})).toEqual([]);
  });

  test('prune identifies a machine by provider, workspace and name, since its id changes', () => {
    const again = of(3, {machine: {id: '2'}});
    expect(pruned([of(1), again], {keepLast: 1})).toEqual(['1']);
    const elsewhere = [
      of(4, {machine: {name: 'gpu-2'}}),
      of(5, {workspace: 'dev'}),
      of(6, {provider: 'aws'}),
    ];
    expect(pruned([of(1), ...elsewhere], {keepLast: 1})).toEqual([]);
  });

  test('prune deletes only what is older than the age', () => {
    expect(pruned([of(1), of(8), of(9)], {olderThan: 2 * DAY})).toEqual(['1']);
  });

  test('prune deletes only what all rules select', () => {
    expect(pruned([of(1), of(2), of(9)], {keepLast: 1, olderThan: 8 * DAY})).toEqual(['1']);
    expect(pruned([of(1), of(2), of(9)], {keepLast: 2, olderThan: DAY / 2})).toEqual(['1']);
  });

  test('a prefix selects among those that prune may delete, and does not change the count', () => {
    const night = (day: number) => of(day, {image: {name: `night ${day}`}});
    expect(pruned([night(1), of(2), night(3)], {keepLast: 1, prefix: 'night'})).toEqual(['night 1']);
    expect(pruned([night(1), of(2)], {keepLast: 1, prefix: 'night'})).toEqual(['night 1']);
    expect(pruned([night(3), of(2)], {keepLast: 1, prefix: 'night'})).toEqual([]);
  });

  test('a machine selects among those that prune may delete', () => {
    const other = of(1, {machine: {name: 'gpu-2'}, image: {name: 'other'}});
    expect(pruned([of(1), other], {olderThan: DAY, machine: 'gpu-2'})).toEqual(['other']);
  });

  test('prune keeps and does not count what is not logged, missing or unknown', () => {
    const others = (['missing', 'unknown'] as const).map((presence) => catalogEntry(of(9).logs[0], presence));
    const unlogged = {...of(9), presence: 'not logged' as const, logs: []};
    expect(pruned([...others, unlogged, of(1)], {keepLast: 1})).toEqual([]);
    expect(pruned([...others, unlogged, of(1)], {olderThan: 1})).toEqual(['1']);
  });

  test('prune keeps and does not count what has no known age', () => {
    const undated = catalogEntry({completed: 'one day', image: {name: 'undated'}});
    expect(pruned([undated, of(1), of(2)], {keepLast: 1})).toEqual(['1']);
    expect(pruned([undated], {olderThan: 1})).toEqual([]);
  });
});

test.each([
  ['90m', 90 * 60_000],
  ['12h', DAY / 2],
  ['30d', 30 * DAY],
  ['8w', 56 * DAY],
  ['999999w', 999_999 * 7 * DAY],
])('the age %s is %d ms', (text, milliseconds) => {
  expect(readAge(text)).toBe(milliseconds);
});

test.each([
  '',
  'd',
  '0d',
  '007d',
  '-1d',
  '+1d',
  '30',
  '30x',
  '30D',
  '1e3',
  '1.5d',
  '30d ',
  '30d\n',
  '1234567d',
])('%j is not an age', (text) => {
  expect(() => readAge(text)).toThrow(MachineError);
});
