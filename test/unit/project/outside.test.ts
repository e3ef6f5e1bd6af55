import {mkdirSync, realpathSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {outsideOf} from '../../../src/project/outside.js';
import {hasConfiguration} from '../../../src/project/sources.js';
import type {Module} from '../../../src/terraform/project.js';
import {temporaryFolder} from '../../support/folder.js';

/** A tree with modules in these folders. */
function tree(...modules: readonly string[]): string {
  const top = realpathSync(temporaryFolder());
  for (const folder of modules) {
    mkdirSync(join(top, folder), {recursive: true});
    writeFileSync(join(top, folder, 'main.tf'), '');
  }
  return top;
}

/** Modules of the root by their folders. */
function modules(...folders: readonly string[]): Module[] {
  return [
    {Key: '', Source: '', Dir: '.'},
    ...folders.map((Dir, index) => ({Key: `m${index}`, Source: '', Dir})),
  ];
}

function look(
  top: string,
  root: string,
  recorded: readonly Module[],
  {planned = [], dataDir}: {planned?: readonly Module[]; dataDir?: string} = {},
) {
  const folder = join(top, root);
  const found = outsideOf(folder, dataDir ?? join(folder, '.terraform'), recorded, planned, hasConfiguration);
  const places = (paths: readonly string[]) => paths.map((path) => found.place(path)).sort();
  return {rootPath: found.rootPath, folders: places(found.folders), links: places(found.links)};
}

const NOTHING = {rootPath: '', folders: [], links: []};

test('modules inside of the root, downloaded ones and the root itself are not outside', () => {
  const top = tree('root', 'root/modules/x', 'root/.terraform/modules/y', 'data/modules/y');
  const recorded = modules('modules/x', './modules/x', '.terraform/modules/y', '.terraform/modules/y/../z');
  expect(look(top, 'root', recorded)).toEqual(NOTHING);
  expect(look(top, 'root', modules('../data/modules/y'), {dataDir: join(top, 'data')})).toEqual(NOTHING);
  expect(look(top, 'root', modules(join(top, 'data/modules/y')), {dataDir: join(top, 'data')})).toEqual(
    NOTHING,
  );
});

test('a data folder behind a link is known', () => {
  const top = tree('root', 'real/modules/y');
  symlinkSync('real', join(top, 'data'));
  expect(look(top, 'root', modules('../real/modules/y'), {dataDir: join(top, 'data')})).toEqual(NOTHING);
});

test('modules outside are placed from the folder that holds them and the root', () => {
  const top = tree('live/envs/prod', 'live/modules/a', 'live/modules/b', 'shared');
  const nearby = modules('../../modules/a', '../../modules/b', join(top, 'live/modules/a'));
  expect(look(top, 'live/envs/prod', nearby)).toEqual({
    rootPath: 'envs/prod',
    folders: ['outside/modules/a', 'outside/modules/b'],
    links: [],
  });
  expect(look(top, 'live/envs/prod', modules('../../modules/a', '../../../shared'))).toEqual({
    rootPath: 'live/envs/prod',
    folders: ['outside/live/modules/a', 'outside/shared'],
    links: [],
  });
});

test('a module whose folder holds the root, or another module, is taken once', () => {
  const top = tree('repo', 'repo/modules/a', 'repo/examples/complete');
  expect(look(top, 'repo/examples/complete', modules('../..', '../../modules/a'))).toEqual({
    rootPath: 'examples/complete',
    folders: ['outside'],
    links: [],
  });
});

test('a module below an excluded folder is taken by itself', () => {
  const top = tree('repo', 'repo/node_modules/m', 'repo/examples/complete');
  expect(look(top, 'repo/examples/complete', modules('../..', '../../node_modules/m')).folders).toEqual([
    'outside',
    'outside/node_modules/m',
  ]);
});

test('folders whose names only begin alike are different ones', () => {
  const top = tree('root', 'root-modules/a', 'root-modules/ab');
  expect(look(top, 'root', modules('../root-modules/a', '../root-modules/ab')).folders).toEqual([
    'outside/root-modules/a',
    'outside/root-modules/ab',
  ]);
});

test('modules that are gone, hold no configuration or are the whole machine are left out', () => {
  const top = tree('root');
  mkdirSync(join(top, 'empty'));
  const upwards = '../'.repeat(40);
  expect(look(top, 'root', modules('../gone', '../empty', upwards, `${upwards}proc`))).toEqual(NOTHING);
});

test('links on the way to a module are kept in their place, and their targets in theirs', () => {
  const top = tree('envs/prod', 'shared/v2/a', 'shared/v2/b');
  symlinkSync('shared/current', join(top, 'modules'));
  symlinkSync('v2', join(top, 'shared/current'));
  const recorded = [
    // As terraform 1.11.4 records them: its folders are without links.
    {Key: 'a', Source: '../../modules/a', Dir: '../../shared/v2/a'},
    {Key: 'a.b', Source: '../b', Dir: '../../shared/v2/b'},
  ];
  expect(look(top, 'envs/prod', recorded)).toEqual({
    rootPath: 'envs/prod',
    folders: ['outside/shared/v2/a', 'outside/shared/v2/b'],
    links: ['outside/modules', 'outside/shared/current'],
  });
});

test('a link in the root belongs to the root, and the module it leads to is outside', () => {
  const top = tree('root', 'shared/a');
  symlinkSync('../shared', join(top, 'root/modules'));
  const recorded = [{Key: 'a', Source: './modules/a', Dir: '../shared/a'}];
  expect(look(top, 'root', recorded)).toEqual({rootPath: 'root', folders: ['outside/shared/a'], links: []});
});

test('a link outside that leads back into the root is kept', () => {
  const top = tree('root/modules/a');
  symlinkSync('root', join(top, 'current'));
  const recorded = [{Key: 'a', Source: '../current/modules/a', Dir: 'modules/a'}];
  expect(look(top, 'root', recorded)).toEqual({rootPath: 'root', folders: [], links: ['outside/current']});
});

test('the top of the filesystem is a common folder like any other', () => {
  const found = outsideOf('/project', '/project/.terraform', modules('/opt/m'), [], () => true);
  expect(found).toMatchObject({rootPath: 'project', folders: ['/opt/m']});
  expect(found.place('/opt/m')).toBe('outside/opt/m');
  expect(found.place('/project/main.tf')).toBe('tf_configs/main.tf');
});

test('a planned module has a place even if its folder is gone', () => {
  const top = tree('envs/prod');
  const [, module] = modules('../../modules/gone');
  if (module === undefined) throw new Error('no module');
  const root = join(top, 'envs/prod');
  const found = outsideOf(root, join(root, '.terraform'), [], [module], hasConfiguration);
  expect(found.rootPath).toBe('envs/prod');
  expect(found.folders).toEqual([]);
  expect(found.place(found.folderOf(module) ?? '')).toBe('outside/modules/gone');
});
