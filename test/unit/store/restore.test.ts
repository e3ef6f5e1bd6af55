import {createHash} from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {UserError} from '../../../src/errors.js';
import type {Layout} from '../../../src/store/layout.js';
import type {Version} from '../../../src/store/read.js';
import {writeConfiguration} from '../../../src/store/restore.js';
import {temporaryFolder} from '../../support/folder.js';
import {facts, manifest, newStore} from '../../support/versions.js';

const version: Version = {number: 1, name: 'v1', meta: {version: 'v1', ...facts()}};

/** A link stands as what it leads to behind an arrow: `'a': '-> ../b'`. */
type Files = readonly (readonly [path: string, content: string, more?: object])[];

/** Put a version with these files in a store, its manifest changed as asked. */
function keep(files: Files, changes: object = {}): Layout {
  const layout = newStore();
  const folder = layout.version(1);
  const entries = files.map(([path, content, more]) => {
    if (content.startsWith('-> ')) return {path, link: content.slice(3)};
    const file = join(folder, path.replaceAll('..', 'up'));
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return {path, size: content.length, mode: '0644', sha256, ...more};
  });
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({...manifest(), entries, ...changes}));
  return layout;
}

/** Write the version into a folder beside others, and tell what it says and everything that lies there then. */
function write(layout: Layout, kept = version) {
  const top = temporaryFolder();
  const folder = join(top, 'into');
  mkdirSync(join(top, 'victim'));
  let outcome: string;
  try {
    outcome = writeConfiguration(layout, kept, folder).slice(top.length + 1);
  } catch (error) {
    if (!(error instanceof UserError) || error.problem.kind !== 'version-damaged') throw error;
    outcome = 'damaged';
  }
  const beside = readdirSync(top).sort();
  return {outcome, folder, beside, victim: readdirSync(join(top, 'victim'))};
}

const filesIn = (folder: string) =>
  readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test('a version without modules outside of the root is laid out as the root module, without the state', () => {
  const files: Files = [
    ['tf_configs/main.tf', 'm'],
    ['tf_configs/run.sh', '#!', {mode: '0755'}],
    ['tf_configs/terraform.tfstate', '{}'],
    ['tf_configs/link', '-> main.tf'],
  ];
  for (const changes of [{}, {rootPath: ''}]) {
    const {outcome, folder} = write(keep(files, changes));
    expect(outcome).toBe('into');
    expect(filesIn(folder)).toEqual(['link', 'main.tf', 'run.sh']);
    expect(readlinkSync(join(folder, 'link'))).toBe('main.tf');
    expect(statSync(join(folder, 'run.sh')).mode & 0o777).toBe(0o755);
  }
});

test('a version with modules outside of the root is laid out as it was, and replaces what was there before', () => {
  const layout = keep(
    [
      ['tf_configs/main.tf', 'm'],
      ['tf_configs/terraform.tfstate', '{}'],
      ['outside/main.tf', 'o'],
      ['outside/examples/terragrunt.hcl', 't', {stored: 'outside/examples/kept'}],
      ['outside/modules', '-> shared'],
    ],
    {rootPath: 'examples/complete'},
  );
  writeFileSync(join(layout.version(1), 'outside/examples/kept'), 't');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'old.tf'), '');
  expect(writeConfiguration(layout, version, folder)).toBe(join(folder, 'examples/complete'));
  expect(filesIn(folder)).toEqual([
    'examples/complete/main.tf',
    'examples/terragrunt.hcl',
    'main.tf',
    'modules',
  ]);
});

test('a file that differs from what was kept is not laid out, outside and in the root', () => {
  for (const path of ['tf_configs/main.tf', 'outside/main.tf']) {
    const layout = keep([[path, 'm', {sha256: '00'}]], {rootPath: 'a'});
    expect(write(layout).outcome).toBe('damaged');
  }
});

test.each([['..'], ['../victim'], ['/etc'], ['a/../../victim'], ['.'], ['a\0b'], [7], [{}]])(
  'a manifest with the root path %j is refused before anything is emptied or written',
  (rootPath) => {
    const layout = keep([['tf_configs/main.tf', 'm']], {rootPath});
    const {outcome, beside, victim} = write(layout);
    expect({outcome, beside, victim}).toEqual({outcome: 'damaged', beside: ['victim'], victim: []});
  },
);

test.each<[string, Files]>([
  ['a path that leads up', [['outside/../../victim/x', 'x']]],
  ['a path of the root that leads up, though not out of the folder', [['tf_configs/../x', 'x']]],
  ['an absolute path', [['outside//etc/x', 'x']]],
  ['no path at all', [['outside/', '-> x']]],
  ['a name in the store that leads up', [['outside/x', 'x', {stored: '../../../x'}]]],
  [
    'two files of one name',
    [
      ['outside/a/main.tf', 'x'],
      ['tf_configs/main.tf', 'y'],
    ],
  ],
  [
    'a file where a folder has to be',
    [
      ['outside/x', '-> y'],
      ['outside/x/y', 'x'],
    ],
  ],
  [
    'a link over a file',
    [
      ['outside/x', '-> ../victim'],
      ['outside/x', 'x'],
    ],
  ],
  [
    'a file through a link',
    [
      ['outside/x', '-> ../victim'],
      ['outside/x/evil', 'x'],
    ],
  ],
  [
    'a link through a link',
    [
      ['outside/x', '-> ../victim'],
      ['outside/x/evil', '-> y'],
    ],
  ],
  [
    'a folder through a link',
    [
      ['outside/x', '-> ../victim'],
      ['outside/x/deep/evil', '-> y'],
    ],
  ],
  [
    'the root module through a link',
    [
      ['outside/a', '-> ../victim'],
      ['tf_configs/main.tf', 'x'],
    ],
  ],
])('laying out a manifest with %s writes nothing outside of the folder', (_, files) => {
  const {outcome, beside, victim} = write(keep(files, {rootPath: 'a'}));
  expect({outcome, victim}).toEqual({outcome: 'damaged', victim: []});
  expect(beside.filter((name) => name !== 'into')).toEqual(['victim']);
});

test('a manifest with files outside but without a path of the root module is refused', () => {
  expect(write(keep([['outside/main.tf', 'x']])).outcome).toBe('damaged');
});

test('a state that a manifest puts into the root from outside is not written', () => {
  const {outcome, folder} = write(keep([['outside/a/terraform.tfstate', '{}']], {rootPath: 'a'}));
  expect(outcome).toBe('into/a');
  expect(existsSync(join(folder, 'a/terraform.tfstate'))).toBe(false);
});

test('a version of the original tool is copied as it is, and one of ours without its manifest is refused', () => {
  const layout = newStore();
  const configs = join(layout.version(1), 'tf_configs');
  mkdirSync(configs, {recursive: true});
  writeFileSync(join(configs, 'main.tf'), 'm');
  writeFileSync(join(configs, 'terraform.tfstate'), '{}');
  const {timestamp, resources} = facts();
  const original = {...version, meta: {version: 'v1', timestamp, resources}};
  const {outcome, folder} = write(layout, original);
  expect(outcome).toBe('into');
  expect(readFileSync(join(folder, 'main.tf'), 'utf8')).toBe('m');
  expect(filesIn(folder)).toEqual(['main.tf']);
  expect(write(layout).outcome).toBe('damaged');
});
