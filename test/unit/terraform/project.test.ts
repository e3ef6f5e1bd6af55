import {mkdirSync, realpathSync, symlinkSync, writeFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {parseArguments} from '../../../src/terraform/arguments.js';
import {isInsideStore, resolveProject, storeFolder, readModules} from '../../../src/terraform/project.js';
import {temporaryFolder} from '../../support/folder.js';
import {execFileSync} from 'node:child_process';

const root = () => realpathSync(temporaryFolder());
const none = parseArguments([]);

function initialised(folder: string, backend: object, dataDir = '.terraform'): void {
  mkdirSync(join(folder, dataDir), {recursive: true});
  writeFileSync(join(folder, dataDir, 'terraform.tfstate'), JSON.stringify({version: 3, backend}));
}

describe('where the state is', () => {
  test('the state is terraform.tfstate in the root module if nothing is recorded', () => {
    const folder = root();
    const path = join(folder, 'terraform.tfstate');
    expect(resolveProject(folder, undefined, none, {})).toEqual({
      root: folder,
      dataDir: join(folder, '.terraform'),
      workspace: 'default',
      backend: {kind: 'local', statePath: path, stateOutPath: path},
    });
  });

  test('-chdir moves state, data and workspace, also through links', () => {
    const folder = root();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    expect(resolveProject(folder, 'link', none, {})?.backend).toMatchObject({
      statePath: join(folder, 'real/terraform.tfstate'),
    });
  });

  test('-state is the state that is read and, without -state-out, written', () => {
    const folder = root();
    expect(resolveProject(folder, undefined, parseArguments(['-state=a']), {})?.backend).toEqual({
      kind: 'local',
      statePath: join(folder, 'a'),
      stateOutPath: join(folder, 'a'),
    });
    expect(
      resolveProject(folder, undefined, parseArguments(['-state=a', '-state-out=/b']), {})?.backend,
    ).toEqual({
      kind: 'local',
      statePath: join(folder, 'a'),
      stateOutPath: '/b',
    });
  });

  test('a workspace has a state of its own, selected by file or by variable', () => {
    const folder = root();
    mkdirSync(join(folder, '.terraform'));
    writeFileSync(join(folder, '.terraform/environment'), 'prod');
    const at = (env: NodeJS.ProcessEnv) => resolveProject(folder, undefined, none, env)?.backend;
    expect(at({})).toMatchObject({statePath: join(folder, 'terraform.tfstate.d/prod/terraform.tfstate')});
    expect(at({TF_WORKSPACE: 'dev'})).toMatchObject({
      statePath: join(folder, 'terraform.tfstate.d/dev/terraform.tfstate'),
    });
  });

  test('a local backend can name its own places for the state', () => {
    const folder = root();
    initialised(folder, {type: 'local', config: {path: 'deep/x.tfstate', workspace_dir: 'spaces'}});
    const at = (env: NodeJS.ProcessEnv) => resolveProject(folder, undefined, none, env)?.backend;
    expect(at({})).toMatchObject({statePath: join(folder, 'deep/x.tfstate')});
    expect(at({TF_WORKSPACE: 'w'})).toMatchObject({statePath: join(folder, 'spaces/w/terraform.tfstate')});
  });

  test('the backend is recorded in TF_DATA_DIR, relative to the root module', () => {
    const folder = root();
    initialised(folder, {type: 's3', config: {}}, 'data');
    expect(resolveProject(folder, undefined, none, {TF_DATA_DIR: 'data'})?.backend).toEqual({
      kind: 'remote',
      type: 's3',
      config: '{}',
    });
    expect(resolveProject(folder, undefined, none, {})?.backend.kind).toBe('local');
  });

  test('a root module that does not exist is left for terraform to refuse', () => {
    expect(resolveProject(root(), 'nowhere', none, {})).toBeUndefined();
  });
});

test("the store is in the root module, where CLOUDTM_DIR says, or next to Terragrunt's cache", () => {
  expect(storeFolder('/p', {})).toBe('/p/.cloudtm');
  expect(storeFolder('/p', {CLOUDTM_DIR: '../kept'})).toBe('/kept');
  expect(storeFolder('/p', {CLOUDTM_DIR: ''})).toBe('/p/.cloudtm');
  expect(storeFolder('/p/q', {CLOUDTM_DIR: '.'})).toBe('/p/q/.cloudtm');
  expect(storeFolder('/p/q', {CLOUDTM_DIR: '..'})).toBe('/p/.cloudtm');
  expect(storeFolder('/p/q', {CLOUDTM_DIR: '/'})).toBe('/.cloudtm');
  expect(storeFolder('/unit/.terragrunt-cache/a/b', {})).toBe('/unit/.cloudtm');
});

test('a rollback folder is known to be in a store', () => {
  expect([
    isInsideStore('/p/.cloudtm/rollback', '/x'),
    isInsideStore('/kept/rollback', '/kept'),
    isInsideStore('/p/cloudtm', '/p/cloudtm2'),
  ]).toEqual([true, true, false]);
});

/** A data folder whose record of modules has this content. */
function dataDir(content: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'modules'));
  writeFileSync(join(folder, 'modules/modules.json'), content);
  return folder;
}

test('modules are read from what terraform init recorded', () => {
  const text =
    '{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"../a","Dir":"../a","Version":"1"}]}';
  expect(readModules(dataDir(text))).toEqual([
    {Key: '', Source: '', Dir: '.'},
    {Key: 'a', Source: '../a', Dir: '../a'},
  ]);
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"Modules":null}',
  '{"Modules":{"a":1}}',
  '{"Modules":[null,1,"x",[],{}]}',
  '{"Modules":[{"Key":1,"Dir":"../a"},{"Key":"a","Dir":7},{"Key":"a","Dir":""},{"Key":"a","Dir":"../a\\u0000"}]}',
])('a damaged or hostile record of modules names none: %s', (content) => {
  expect(readModules(dataDir(content))).toEqual([]);
});

test('a missing record of modules, or a pipe, names no modules without waiting', () => {
  expect(readModules(join(temporaryFolder(), 'none'))).toEqual([]);
  const folder = dataDir('');
  rmSync(join(folder, 'modules/modules.json'));
  execFileSync('mkfifo', [join(folder, 'modules/modules.json')]);
  expect(readModules(folder)).toEqual([]);
});
