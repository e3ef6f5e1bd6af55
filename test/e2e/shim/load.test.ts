import {spawnSync} from 'node:child_process';
import {existsSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from 'vitest';
import {temporaryFolder} from '../../support/folder.js';
import {repository} from '../../support/repository.js';

const loader = resolve(repository, 'shim/load.cjs');

function bundle(folder: string, id: string, body: string): string {
  const path = join(folder, 'cloudtm.cjs');
  writeFileSync(path, `//${id}\n${body}\n`);
  return path;
}

function load(path: string, env: Record<string, string> = {}) {
  const {status, stdout, stderr} = spawnSync(process.execPath, [loader, path, 'a', '-b'], {
    env,
    encoding: 'utf8',
  });
  return {status, stdout, stderr};
}

const body = (word: string) =>
  `function say() { process.stdout.write('${word} ' + process.argv.slice(2)); }\nsay();`;

test('the loader runs the bundle as if Node had been started with it, with and without a cache', () => {
  const folder = temporaryFolder();
  const path = bundle(folder, 'one', body('first'));
  const expected = {status: 0, stdout: 'first a,-b', stderr: ''};
  expect(load(path, {CLOUDTM_WRITE_CACHE: '1'})).toEqual(expected);
  expect(existsSync(join(folder, 'cloudtm.cache'))).toBe(true);
  expect(load(path)).toEqual(expected);
});

test('the loader does not use the cache of another build, even for a source of the same length', () => {
  const folder = temporaryFolder();
  load(bundle(folder, 'one', body('first')), {CLOUDTM_WRITE_CACHE: '1'});
  expect(load(bundle(folder, 'two', body('other'))).stdout).toBe('other a,-b');
});

test('the loader ignores a damaged cache', () => {
  const folder = temporaryFolder();
  const path = bundle(folder, 'one', body('first'));
  writeFileSync(join(folder, 'cloudtm.cache'), '//one garbage');
  expect(load(path)).toEqual({status: 0, stdout: 'first a,-b', stderr: ''});
});
