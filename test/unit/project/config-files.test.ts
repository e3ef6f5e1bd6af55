import {execFileSync} from 'node:child_process';
import {mkdirSync, realpathSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {dirname, join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {findConfiguration, savedPlan} from '../../../src/project/config-files.js';
import {layOut} from '../../../src/store/layout.js';
import {temporaryFolder} from '../../support/folder.js';
import {realTerraform} from '../../support/sandbox.js';

function project(files: readonly string[]): string {
  const root = realpathSync(temporaryFolder());
  for (const path of files) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), path);
  }
  return root;
}

async function find(root: string, around: {dataDir?: string; statePath?: string; store?: string} = {}) {
  const statePath = around.statePath ?? join(root, 'terraform.tfstate');
  const {sources, skipped} = await findConfiguration(root, {
    root,
    dataDir: join(root, around.dataDir ?? '.terraform'),
    layout: layOut(join(root, around.store ?? '.cloudtm'), 'default'),
    backend: {kind: 'local', statePath, stateOutPath: statePath},
  });
  return {paths: sources.map(({path}) => path).sort(), skipped};
}

test('everything in the project is configuration, hidden files and scripts too', async () => {
  const files = [
    '.terraform.lock.hcl',
    '.tool-versions',
    'files/a b.json',
    'main.tf',
    'modules/x/main.tf',
    'run.sh',
  ];
  expect(await find(project(files))).toEqual({paths: files, skipped: []});
});

test('downloaded, temporary and foreign files are not configuration, at any depth', async () => {
  const root = project([
    'main.tf',
    ...[
      '.terraform/providers/x',
      '.cloudtm/versions/v1/tf_configs/main.tf',
      'terraform.tfstate.d/w/terraform.tfstate',
    ],
    ...[
      '.git/HEAD',
      '.hg/x',
      '.svn/x',
      'node_modules/x/index.js',
      '.terragrunt-cache/a/main.tf',
      'sub/.terraform/x',
    ],
    ...[
      'terraform.tfstate',
      'errored.tfstate',
      'terraform.tfstate.backup',
      'crash.log',
      'sub/a.tmp',
      '.terraform.tfstate.lock.info',
    ],
  ]);
  expect(await find(root)).toEqual({paths: ['main.tf'], skipped: []});
});

test('a data folder, a store and a state in unusual places are not configuration either', async () => {
  const root = project([
    'main.tf',
    'data/providers/x',
    'kept/versions/v1/x',
    'prod.state',
    'prod.state.backup',
    'other',
  ]);
  const around = {dataDir: 'data', store: 'kept', statePath: join(root, 'prod.state')};
  expect(await find(root, around)).toEqual({paths: ['main.tf', 'other'], skipped: []});
});

test('a store is recognized by what is in it, wherever it is', async () => {
  const store = ['versions/v1/tf_configs/main.tf', 'meta/v1.json', 'staging/x', 'rollback.json'];
  const root = project(['main.tf', ...store.map((path) => `stores/dev/${path}`), 'versions/mine']);
  expect(await find(root)).toEqual({
    paths: ['main.tf', 'versions/mine'],
    skipped: [{path: 'stores/dev', reason: 'store of cloudtm'}],
  });
});

test('.terraformignore and .cloudtmignore use the syntax of gitignore', async () => {
  const root = project(['main.tf', 'big/a.bin', 'big/keep.bin', 'docs/x.md', 'docs/sub/y.md', 'notes.md']);
  writeFileSync(join(root, '.terraformignore'), '# comment\nbig/*\n!big/keep.bin\n');
  writeFileSync(join(root, '.cloudtmignore'), 'docs/\n');
  expect((await find(root)).paths).toEqual([
    '.cloudtmignore',
    '.terraformignore',
    'big/keep.bin',
    'main.tf',
    'notes.md',
  ]);
});

test('links are listed and not followed, pipes and sockets are skipped and named', async () => {
  const root = project(['main.tf']);
  symlinkSync('/', join(root, 'everything'));
  symlinkSync('.', join(root, 'round'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const server = createServer().listen(join(root, 'socket'));
  await new Promise((done) => server.once('listening', done));
  onTestFinished(() => {
    server.close();
  });
  expect(await find(root)).toEqual({
    paths: ['everything', 'main.tf', 'round'],
    skipped: expect.arrayContaining([
      {path: 'pipe', reason: 'pipe'},
      {path: 'socket', reason: 'socket'},
    ]) as unknown,
  });
});

test('a name that is not UTF-8 is skipped with a note', async () => {
  const root = project(['main.tf']);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xe9])]), 'x');
  expect(await find(root)).toEqual({
    paths: ['main.tf'],
    skipped: [{path: '.', reason: 'file name that is not UTF-8'}],
  });
});

test.skipIf(realTerraform === undefined)(
  'a saved plan is recognized by its content, and a zip that only mentions one is not',
  () => {
    const root = project([]);
    writeFileSync(join(root, 'main.tf'), 'resource "terraform_data" "a" {}\n');
    const env = {PATH: '/usr/bin:/bin', HOME: root, CHECKPOINT_DISABLE: '1'};
    execFileSync(realTerraform ?? '', ['plan', '-out=plan'], {cwd: root, env});
    const head = execFileSync('head', ['-c', '4096', join(root, 'plan')]);
    expect(savedPlan(head)).toBe('saved plan');
    const other = Buffer.from(head);
    other.write('tfplam', 30, 'latin1');
    expect(savedPlan(other)).toBeUndefined();
    expect(savedPlan(Buffer.from('tfplan'))).toBeUndefined();
  },
);
