import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {UserError} from '../../../src/errors.js';
import {layOut} from '../../../src/store/layout.js';
import {readHistory, resolveVersion} from '../../../src/store/read.js';
import {temporaryFolder} from '../../support/folder.js';
import {facts, keep, newStore} from '../../support/versions.js';

test('a store that does not exist is an empty history', () => {
  const layout = layOut(join(temporaryFolder(), '.cloudtm'), 'default');
  expect(readHistory(layout)).toEqual({
    versions: [],
    damaged: [],
    notes: [],
    current: undefined,
    rollback: '',
  });
});

test('a store of the original tool is read: three fields, no manifest', () => {
  const layout = layOut(join(temporaryFolder(), '.cloudtm'), 'default');
  const original = {
    version: 'v1',
    timestamp: '2025-11-26T13:55:04Z',
    resources: {added: '5', changed: '0', destroyed: '0'},
  };
  mkdirSync(join(layout.version(1), 'tf_configs'), {recursive: true});
  mkdirSync(layout.meta);
  writeFileSync(layout.metaFile(1), JSON.stringify(original));
  writeFileSync(layout.current, '{"current": "v1", "status": true}');
  writeFileSync(layout.rollback, '{"rollback": ""}');
  expect(readHistory(layout)).toEqual({
    versions: [{number: 1, name: 'v1', meta: original}],
    damaged: [],
    notes: [],
    current: {name: 'v1', status: true},
    rollback: '',
  });
});

test.each([
  ['truncated', '{"version": "v2", "time', 'not JSON'],
  ['empty', '', 'empty'],
  ['something else', '[1, 2]', 'lacks'],
])('metadata that is %s is named, and other versions are listed', async (_, content, reason) => {
  const layout = newStore();
  await keep(layout, 'one');
  await keep(layout, 'two');
  writeFileSync(layout.metaFile(2), content);
  const history = readHistory(layout);
  expect(history.versions.map(({name}) => name)).toEqual(['v1']);
  expect(history.damaged).toEqual([
    {number: 2, name: 'v2', reason: expect.stringContaining(reason) as string},
  ]);
  expect(await keep(layout, 'three')).toBe(3);
});

test('a version whose folder was deleted by hand is named', async () => {
  const layout = newStore();
  await keep(layout, 'one');
  await keep(layout, 'two');
  rmSync(layout.version(1), {recursive: true});
  expect(readHistory(layout)).toMatchObject({
    versions: [{name: 'v2'}],
    damaged: [{name: 'v1', reason: `${layout.version(1)} is missing`}],
  });
});

test('a missing current.json is noted, and the newest version is taken', async () => {
  const layout = newStore();
  await keep(layout, 'one');
  rmSync(layout.current);
  expect(readHistory(layout)).toMatchObject({
    current: {name: 'v1', status: true},
    notes: [{path: layout.current, reason: 'missing'}],
  });
  await keep(layout, 'two');
  expect(readHistory(layout)).toMatchObject({current: {name: 'v2', status: true}, notes: []});
});

test('a store of a newer format is refused, not misread', async () => {
  const layout = newStore();
  await keep(layout, 'one');
  writeFileSync(layout.metaFile(1), JSON.stringify({version: 'v1', ...facts(), format: 2}));
  expect(() => readHistory(layout)).toThrow(
    expect.objectContaining({
      problem: {kind: 'store-newer', path: layout.metaFile(1), format: 2, known: 1},
    }) as UserError,
  );
});

describe('naming a version', () => {
  async function history() {
    const layout = newStore();
    await keep(layout, 'one', {tags: ['release']});
    await keep(layout, 'two');
    await keep(layout, 'three', {outcome: 'failed'});
    return readHistory(layout);
  }

  test.each([
    ['v2', 'v2'],
    ['2', 'v2'],
    ['latest', 'v3'],
    ['previous', 'v2'],
    ['~0', 'v3'],
    ['~2', 'v1'],
    ['release', 'v1'],
    ['last-good', 'v2'],
  ])('the name %s is the version %s', async (name, version) => {
    expect(resolveVersion(await history(), name).name).toBe(version);
  });

  test.each(['v99', '99', '~3'])(
    'the version %s does not exist, and the problem lists those that do',
    async (name) => {
      const all = await history();
      expect(() => resolveVersion(all, name)).toThrow(
        expect.objectContaining({
          problem: {kind: 'version-not-found', name, available: ['v3', 'v2', 'v1']},
        }) as UserError,
      );
    },
  );

  test.each(['../../etc', '/etc', 'v1/../v2', '', '.', 'v0', 'v1.5', 'HEAD', '~', '-1', 'v1\n'])(
    '%j is not the name of a version',
    async (name) => {
      const all = await history();
      expect(() => resolveVersion(all, name)).toThrow(
        expect.objectContaining({problem: {kind: 'bad-version-name', name}}) as UserError,
      );
    },
  );
});
