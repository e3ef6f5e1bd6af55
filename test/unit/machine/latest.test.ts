import {describe, expect, test} from 'vitest';
import {MachineError} from '../../../src/machine/problems.js';
import {latestOf} from '../../../src/machine/latest.js';
import {catalogEntry, unlogged} from '../../support/machine/logs.js';

const NEWEST_FIRST = [
  catalogEntry({image: {id: '9'}}, 'missing'),
  catalogEntry({image: {id: '8'}}, 'unknown'),
  catalogEntry({image: {id: '7'}, machine: {name: 'gpu-2'}}),
  catalogEntry({image: {id: '6'}}),
  catalogEntry({image: {id: '5'}}),
];

describe('the latest image of a machine', () => {
  test('the latest disk snapshot of a machine is the newest one that exists', () => {
    expect(latestOf(NEWEST_FIRST, 'gpu', 'default').id).toBe('6');
    expect(latestOf(NEWEST_FIRST, 'gpu-2', 'default').id).toBe('7');
  });

  test.each([
    ['gpu-snapshot-20261101-100000', 'gpu'],
    ['gpu-2-snapshot-20261101-100000', 'gpu-2'],
    ['a.b*c-snapshot-20261101-100000', 'a.b*c'],
    ['gpu-snapshot-1-snapshot-20261101-100000', 'gpu-snapshot-1'],
  ])('a disk snapshot without a log named %j is of %j', (name, machine) => {
    const images = [unlogged(name), ...NEWEST_FIRST];
    expect(latestOf(images, machine, 'default').name).toBe(name);
  });

  test.each([
    'gpu',
    'gpu-snapshot-',
    'gpu-snapshot-mine',
    'gpu-snapshot-20261101-100000-2',
    'gpu-snapshot-20261101',
    'my-gpu-snapshot-20261101-100000',
    'gpu-2-snapshot-20261101-100000',
    'GPU-snapshot-20261101-100000',
  ])('a disk snapshot without a log named %j is not of gpu', (name) => {
    expect(latestOf([unlogged(name), ...NEWEST_FIRST], 'gpu', 'default').id).toBe('6');
  });

  test('the latest disk snapshot is of this workspace, since another one may have a machine of that name', () => {
    const elsewhere = catalogEntry({image: {id: '10'}, workspace: 'prod'});
    expect(latestOf([elsewhere, ...NEWEST_FIRST], 'gpu', 'default').id).toBe('6');
    expect(latestOf([elsewhere, ...NEWEST_FIRST], 'gpu', 'prod').id).toBe('10');
    expect(() => latestOf([elsewhere], 'gpu', 'default')).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({known: ['gpu (workspace prod)']}) as unknown,
      }) as Error,
    );
  });

  test('a log counts more than the name of a disk snapshot', () => {
    const renamed = catalogEntry({
      image: {id: '10', name: 'gpu-snapshot-20261101-100000'},
      machine: {name: 'other'},
    });
    expect(latestOf([renamed, ...NEWEST_FIRST], 'gpu', 'default').id).toBe('6');
    expect(latestOf([renamed, ...NEWEST_FIRST], 'other', 'default').id).toBe('10');
  });

  test('without a latest disk snapshot the machines that have some are named once', () => {
    const problem = (machine: string) => {
      try {
        return latestOf([unlogged('x'), ...NEWEST_FIRST], machine, 'default');
      } catch (error) {
        return error instanceof MachineError ? error.problem : error;
      }
    };
    expect(problem('g')).toEqual({
      kind: 'no-disk-snapshot-of-machine',
      machine: 'g',
      workspace: 'default',
      known: ['gpu', 'gpu-2'],
    });
  });
});
