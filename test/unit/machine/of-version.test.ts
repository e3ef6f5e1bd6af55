import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {diskSnapshotsToBoot, logsOfVersions, type WithMeta} from '../../../src/machine/of-version.js';
import type {Meta} from '../../../src/store/version.js';
import {temporaryFolder} from '../../support/folder.js';
import {loggedDiskSnapshot, writeLog} from '../../support/machine/logs.js';

/** A version of the 5th, the next one is of the 8th. */
function version(machines: unknown = [{provider: 'digitalocean', id: '1'}]): WithMeta {
  const meta = {version: 'v1', timestamp: '2020-11-05T00:00:00Z', machines};
  return {meta: meta as unknown as Meta};
}
const NEXT = '2020-11-08T00:00:00Z';

/** An image that was begun on this day, and completed an hour later. */
function begun(day: number, id = '1') {
  const date = `2020-11-0${day}T`;
  return loggedDiskSnapshot({
    image: {name: `of ${day}`},
    machine: {id},
    started: `${date}00:00:00Z`,
    completed: `${date}01:00:00Z`,
  });
}

function boots(days: readonly number[], next: string | undefined = NEXT): string[] {
  const logs = days.map((day) => begun(day)).sort((a, b) => (a.completed < b.completed ? 1 : -1));
  return diskSnapshotsToBoot(version(), next, logs).map(({image}) => image.name);
}

describe('the image to boot from', () => {
  test.each([
    ['the last that was begun while the version was the newest', [4, 5, 6, 7, 8, 9], 'of 7'],
    ['also one of the same second', [4, 5], 'of 5'],
    ['or else the first after it', [3, 4, 8, 9], 'of 8'],
    ['or else the last before it', [3, 4], 'of 4'],
  ])('the disk snapshot to boot from is %s', (_, days, name) => {
    expect(boots(days)).toEqual([name]);
  });

  test('the disk snapshot to boot from for the newest version is the newest one, or else the last before it', () => {
    expect(diskSnapshotsToBoot(version(), undefined, [begun(9), begun(6)])).toEqual([begun(9)]);
    expect(diskSnapshotsToBoot(version(), undefined, [begun(4), begun(3)])).toEqual([begun(4)]);
  });

  test('a disk snapshot of unknown start is placed by its completion', () => {
    const undated = {...begun(6), started: ''};
    expect(diskSnapshotsToBoot(version(), NEXT, [begun(9), undated, begun(4)])).toEqual([undated]);
  });

  test('there is one disk snapshot to boot from for each machine of the version', () => {
    const two = version([
      {provider: 'digitalocean', id: '1'},
      {provider: 'digitalocean', id: '2'},
      {provider: 'aws', id: '3'},
    ]);
    const logs = [begun(7, '2'), begun(6, '1'), begun(6, '3'), begun(5, '2')];
    expect(diskSnapshotsToBoot(two, NEXT, logs)).toEqual([begun(7, '2'), begun(6, '1')]);
    expect(diskSnapshotsToBoot(version([]), NEXT, logs)).toEqual([]);
  });
});

test('logs are read once each from snapshots/ and from the folders that versions name', () => {
  const root = temporaryFolder();
  const machine = (logs?: string) => ({
    provider: 'digitalocean',
    id: '1',
    ...(logs === undefined ? {} : {logs}),
  });
  writeLog(join(root, 'snapshots'), {image: {name: 'usual', id: '101'}, completed: '2020-11-03T00:00:00Z'});
  writeLog(join(root, 'logs/deep'), {image: {name: 'told', id: '102'}, completed: '2020-11-04T00:00:00Z'});
  writeLog(join(root, 'not-told'), {image: {name: 'other'}});
  writeLog(
    join(root, 'snapshots'),
    {image: {name: 'usual', id: '101'}, completed: '2020-11-03T00:00:00Z'},
    'copy.json',
  );
  mkdirSync(join(root, 'snapshots', 'deleted'));
  writeFileSync(join(root, 'snapshots', 'mine.json'), '{}');
  const read = (...machines: unknown[]) =>
    logsOfVersions(
      root,
      machines.map((each) => version([each])),
    ).map(({image}) => image.name);
  expect(read(machine('logs/deep'), machine('snapshots'), machine('./snapshots/'))).toEqual([
    'told',
    'usual',
  ]);
  expect(read(machine())).toEqual(['usual']);
  expect(read(machine('none'), machine('a\0b'))).toEqual(['usual']);
  expect(logsOfVersions(root, [version([])])).toEqual([]);
});
