import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {readJson} from '../../../src/store/disk.js';
import {keepVersion, markInactive, settle} from '../../../src/store/keep.js';
import {readHistory} from '../../../src/store/read.js';
import {keep, manifest, newStore, stage} from '../../support/versions.js';

const quiet = () => undefined;

test('a version has its files, its manifest, its metadata and is the current one', async () => {
  const layout = newStore();
  expect(await keep(layout, 'one')).toBe(1);
  expect(readdirSync(layout.version(1)).sort()).toEqual(['manifest.json', 'tf_configs']);
  expect(readFileSync(join(layout.version(1), 'tf_configs/main.tf'), 'utf8')).toBe('one');
  expect(readJson(layout.metaFile(1))).toMatchObject({value: {version: 'v1', operation: 'apply'}});
  expect(readJson(layout.current)).toEqual({kind: 'read', value: {current: 'v1', status: true}});
});

test('folders of a version are 0700 and files private whatever the umask', async () => {
  const before = process.umask(0);
  try {
    const layout = newStore();
    await keep(layout, 'one');
    const modes = [
      layout.store,
      layout.version(1),
      layout.metaFile(1),
      layout.current,
      join(layout.version(1), 'manifest.json'),
    ];
    expect(modes.map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual([
      '700',
      '700',
      '600',
      '600',
      '400',
    ]);
  } finally {
    process.umask(before);
  }
});

test('numbers of versions deleted by hand are not used again', async () => {
  const layout = newStore();
  await keep(layout, 'one');
  await keep(layout, 'two');
  rmSync(layout.version(2), {recursive: true});
  expect(await keep(layout, 'three')).toBe(3);
  rmSync(layout.version(3), {recursive: true});
  rmSync(layout.metaFile(3));
  expect(await keep(layout, 'four')).toBe(4);
});

test('a number that was taken without a lock is not used again', async () => {
  const layout = newStore();
  const staging = stage(layout, 'one');
  const number = await keepVersion(
    layout,
    staging,
    () => {
      mkdirSync(join(layout.version(1), 'theirs'), {recursive: true});
      return manifest();
    },
    quiet,
  );
  expect(number).toBe(2);
  expect(readdirSync(layout.version(1))).toEqual(['theirs']);
});

test('twenty versions made at once get twenty numbers', async () => {
  const layout = newStore();
  const ids = Array.from({length: 20}, (_, at) => `id-${at}`);
  const numbers = await Promise.all(ids.map((id) => keep(layout, id)));
  expect([...numbers].sort((a, b) => a - b)).toEqual(ids.map((_, at) => at + 1));
  expect(readHistory(layout)).toMatchObject({damaged: [], notes: [], current: {name: 'v20', status: true}});
});

test('each version is counted against the newest one before it', async () => {
  const layout = newStore();
  const seen: number[] = [];
  for (const id of ['a', 'b', 'c']) {
    await keepVersion(
      layout,
      stage(layout, id),
      (newest) => {
        seen.push(newest);
        return manifest();
      },
      quiet,
    );
  }
  expect(seen).toEqual([0, 1, 2]);
});

test('a version whose process crashed right after the rename is completed by the next command, and listed right meanwhile', async () => {
  const layout = newStore();
  await keep(layout, 'one');
  await keep(layout, 'two', {note: 'second'});
  rmSync(layout.metaFile(2));
  writeFileSync(layout.current, '{"current": "v1", "status": true}');
  expect(readHistory(layout)).toMatchObject({
    damaged: [],
    current: {name: 'v2', status: true},
    versions: [{name: 'v2', meta: {note: 'second'}}, {name: 'v1'}],
  });
  await settle(layout, quiet);
  expect(readJson(layout.metaFile(2))).toMatchObject({value: {version: 'v2', note: 'second'}});
  expect(readJson(layout.current)).toEqual({kind: 'read', value: {current: 'v2', status: true}});
});

test('a full destroy keeps the current number and sets the status to inactive', async () => {
  const layout = newStore();
  await keep(layout, 'one');
  expect(await markInactive(layout, {source: 'terraform.tfstate', lineage: 'l'}, quiet)).toBe('v1');
  expect(readJson(layout.current)).toEqual({kind: 'read', value: {current: 'v1', status: false}});
});

test('a lock that a dead process left is taken over, with one message while it is waited for', async () => {
  const layout = newStore();
  mkdirSync(layout.lock);
  utimesSync(layout.lock, new Date(Date.now() - 3_500), new Date(Date.now() - 3_500));
  const notice = vi.fn();
  const number = await keepVersion(layout, stage(layout, 'one'), () => manifest(), notice);
  expect(number).toBe(1);
  expect(notice.mock.calls).toEqual([[layout.lock]]);
  expect(existsSync(layout.lock)).toBe(false);
});

test('a failure while a version is made leaves no version', async () => {
  const layout = newStore();
  const staging = stage(layout, 'one');
  const failing = keepVersion(
    layout,
    staging,
    () => {
      throw new Error('disk full');
    },
    quiet,
  );
  await expect(failing).rejects.toThrow('disk full');
  expect(readHistory(layout).versions).toEqual([]);
  expect(await keep(layout, 'two')).toBe(1);
});
