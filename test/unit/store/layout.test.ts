import {join, relative} from 'node:path';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {layOut, versionNumber} from '../../../src/store/layout.js';

test('the default workspace is at the root of the store', () => {
  const layout = layOut('/p/.cloudtm', 'default');
  expect([layout.version(3), layout.metaFile(3), layout.current, layout.rollbackFolder]).toEqual([
    '/p/.cloudtm/versions/v3',
    '/p/.cloudtm/meta/v3.json',
    '/p/.cloudtm/current.json',
    '/p/.cloudtm/rollback',
  ]);
});

test('another workspace has the same tree in workspaces/', () => {
  const layout = layOut('/p/.cloudtm', 'prod');
  expect([layout.version(1), layout.log]).toEqual([
    '/p/.cloudtm/workspaces/prod/versions/v1',
    '/p/.cloudtm/cloudtm.log',
  ]);
});

test('no name of a workspace leads out of its folder', () => {
  const names = fc.oneof(fc.string(), fc.constantFrom('..', '.', '../x', '/etc', 'a/b', '...'));
  fc.assert(
    fc.property(names, (name) => {
      fc.pre(name !== 'default' && name !== '');
      const inside = relative(join('/p/.cloudtm/workspaces'), layOut('/p/.cloudtm', name).tree);
      expect(inside).toMatch(/^[^/]+$/);
      expect(inside).not.toBe('..');
    }),
  );
});

test.each(['v0', 'v01', 'v-1', 'v1.5', '1', 'V1', 'v1/..', 'v', 'v1 ', 'v9999999999999999'])(
  '%j is not the name of a version',
  (name) => {
    expect(versionNumber(name)).toBeUndefined();
  },
);
