import {mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {zipSync} from 'fflate';
import {expect, test} from 'vitest';
import {stageConfiguration, type Progress} from '../../../src/capture/stage.js';
import type {Place} from '../../../src/project/place.js';
import {createStore} from '../../../src/store/create.js';
import {layOut} from '../../../src/store/layout.js';
import {openStaging, readStaged} from '../../../src/store/staging.js';
import {temporaryFolder} from '../../support/folder.js';
import {intent} from '../../support/versions.js';

const RECORD = [
  {Key: '', Source: '', Dir: '.'},
  {Key: 'a', Source: '../../modules/a', Dir: '../../modules/a'},
];

const FILES = {
  'envs/prod/main.tf': 'root',
  'envs/prod/.terraform/modules/modules.json': JSON.stringify({Modules: RECORD}),
  'modules/a/main.tf': 'module',
  'modules/a/run.sh': 'script',
};

function tree(files: Readonly<Record<string, string>> = FILES): string {
  const top = realpathSync(temporaryFolder());
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), {recursive: true});
    writeFileSync(join(top, path), content);
  }
  return top;
}

/** A saved plan of that configuration, with these files more or instead. */
function plan(top: string, files: Readonly<Record<string, string>> = {}): string {
  const path = join(top, 'envs/prod/saved');
  const entries = {
    tfplan: 'x',
    'tfconfig/m-/main.tf': 'root',
    'tfconfig/m-a/main.tf': 'module',
    'tfconfig/modules.json': JSON.stringify(RECORD),
    '.terraform.lock.hcl': 'lock',
    ...files,
  };
  const bytes = Object.entries(entries).map(([name, text]) => [name, Buffer.from(text)] as const);
  writeFileSync(path, zipSync(Object.fromEntries(bytes), {level: 0}));
  return path;
}

async function stage(top: string, planFile?: string, progress?: Progress) {
  const root = join(top, 'envs/prod');
  const layout = layOut(join(root, '.cloudtm'), 'default');
  createStore(layout);
  const staging = openStaging(layout, 'a-1-b', intent());
  const statePath = join(root, 'terraform.tfstate');
  const place: Place = {
    root,
    dataDir: join(root, '.terraform'),
    workspace: 'default',
    backend: {kind: 'local', statePath, stateOutPath: statePath},
    layout,
  };
  const staged = await stageConfiguration(place, staging, {planFile, ...(progress && {progress})});
  // What a command that was killed left is read again from there.
  const {fresh, ...noted} = staged;
  expect(readStaged(staging)).toEqual(noted);
  expect(fresh.length).toBe(staged.entries.length);
  const read = (path: string) => [path, readFileSync(join(staging.version, path), 'utf8')];
  return {...staged, files: Object.fromEntries(staged.entries.map(({path}) => read(path)).sort()) as object};
}

const STAGED = {
  'outside/modules/a/main.tf': 'module',
  'outside/modules/a/run.sh': 'script',
  'tf_configs/main.tf': 'root',
};
const LOCK = {'tf_configs/.terraform.lock.hcl': 'lock'};

test('modules outside of the root are staged next to it, counted, and placed by the path of the root', async () => {
  const progress = {done: 0, total: 0};
  expect(await stage(tree(), undefined, progress)).toMatchObject({
    files: STAGED,
    rootPath: 'envs/prod',
    differs: false,
    skipped: [],
  });
  expect(progress).toEqual({done: 3, total: 3});
});

test('each staged module has its own ignore rules, and skipped files are named with their place', async () => {
  const top = tree({...FILES, 'modules/a/.cloudtmignore': '*.sh\n'});
  plan(join(top), {});
  writeFileSync(join(top, 'modules/a/plan'), readFileSync(join(top, 'envs/prod/saved')));
  const {files, skipped} = await stage(top);
  expect(Object.keys(files)).toEqual([
    'outside/modules/a/.cloudtmignore',
    'outside/modules/a/main.tf',
    'tf_configs/main.tf',
  ]);
  expect(skipped).toEqual([
    {path: 'tf_configs/saved', reason: 'saved plan'},
    {path: 'outside/modules/a/plan', reason: 'saved plan'},
  ]);
});

test('nothing is staged in a folder without configuration, whatever is recorded', async () => {
  const top = tree();
  rmSync(join(top, 'envs/prod/main.tf'));
  expect(await stage(top)).toMatchObject({files: {}, rootPath: ''});
});

test('a plan of the files in the folders does not differ from them', async () => {
  const top = tree();
  expect(await stage(top, plan(top))).toMatchObject({
    files: {...STAGED, ...LOCK},
    rootPath: 'envs/prod',
    differs: false,
  });
});

test('files that an editor leaves next to planned files, and files that are not kept, make no difference', async () => {
  const top = tree({...FILES, 'modules/a/.#main.tf': 'editor', 'modules/a/.cloudtmignore': 'main.tf\n'});
  const staged = await stage(top, plan(top));
  expect(staged.differs).toBe(false);
  expect(staged.files).toMatchObject({'outside/modules/a/.#main.tf': 'editor', ...STAGED});
});

test.each([
  ['another content in the root', {'envs/prod/main.tf': 'edited'}],
  ['another content outside', {'modules/a/main.tf': 'edited'}],
  ['a file outside that was not planned', {'modules/a/more.tf': 'more'}],
])('with %s the plan’s configuration is staged, and it differs', async (_, changed) => {
  const top = tree({...FILES, ...changed});
  expect(await stage(top, plan(top))).toMatchObject({files: {...STAGED, ...LOCK}, differs: true});
});

test('planned modules whose folders are gone come from the plan', async () => {
  const top = tree();
  const saved = plan(top);
  rmSync(join(top, 'modules'), {recursive: true});
  const planned = {'outside/modules/a/main.tf': 'module', 'tf_configs/main.tf': 'root'};
  const expected = {files: {...planned, ...LOCK}, rootPath: 'envs/prod', differs: true};
  expect(await stage(top, saved)).toEqual(expect.objectContaining(expected));
  const bare = tree({'envs/prod/x': ''});
  expect(await stage(bare, plan(bare))).toEqual(expect.objectContaining(expected));
});

test('a plan with names that lead elsewhere writes nothing there, a damaged one counts as none', async () => {
  const top = tree();
  const evil = {
    'tfconfig/m-/..': 'x',
    'tfconfig/m-/../../../evil': 'x',
    'tfconfig/m-a/sub/evil.tf': 'x',
  };
  expect((await stage(top, plan(top, evil))).files).toEqual({...STAGED, ...LOCK});
  const other = tree();
  const saved = plan(other, {'tfconfig/modules.json': '['});
  expect(await stage(other, saved)).toMatchObject({files: STAGED, differs: false});
});
