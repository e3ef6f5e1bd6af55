import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, statSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {layOut} from '../../../src/store/layout.js';
import {readManifest} from '../../../src/store/manifest.js';
import {readHistory, resolveVersion} from '../../../src/store/read.js';
import {writeConfiguration} from '../../../src/store/restore.js';
import {resources, sandbox, type Outcome, type Sandbox} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';

/** A tree of several root modules, and the one of them that is worked in. */
interface Tree {
  readonly box: Sandbox;
  readonly root: string;
  readonly store: string;
  run(...argv: string[]): Promise<Outcome>;
  /** The files of a version's folder, by path. */
  files(version: string, folder: string): string[];
  /** Write a version's configuration elsewhere, and return where the root module's copy is. */
  restored(version: string): string;
}

function treeOf(files: Readonly<Record<string, string>>, rootPath: string): Tree {
  const box = sandbox({files});
  const root = join(box.project, rootPath);
  const store = join(root, '.cloudtm');
  const layout = layOut(store, 'default');
  return {
    box,
    root,
    store,
    run: (...argv) => box.runWith({cwd: root}, ...argv),
    files: (version, folder) => {
      const path = join(store, 'versions', version, folder);
      return readdirSync(path, {recursive: true, withFileTypes: true})
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
        .sort();
    },
    restored: (version) =>
      writeConfiguration(layout, resolveVersion(readHistory(layout), version), join(box.folder, 'restored')),
  };
}

const NESTED = {
  'envs/prod/main.tf': 'module "a" {\n  source = "../../modules/a"\n}\n',
  'modules/a/main.tf': 'module "b" {\n  source = "../b"\n}\n',
  'modules/a/files/big.bin': 'x'.repeat(100_000),
  'modules/b/main.tf': resources({web: 'one'}),
  'modules/unused/main.tf': '',
};

async function appliedOnce(files: Readonly<Record<string, string>>, rootPath: string): Promise<Tree> {
  const tree = treeOf(files, rootPath);
  expect(await tree.run('init')).toMatchObject({exitCode: 0});
  expect(await tree.run('apply', '-auto-approve')).toMatchObject({
    exitCode: 0,
    stderr: 'cloudtm: kept v1 (1 added, 0 changed, 0 destroyed)\n',
  });
  return tree;
}

/** What terraform says to a configuration that was written elsewhere. */
function validates({box}: Tree, root: string): void {
  for (const verb of ['init', 'validate']) execFileSync(box.real, [verb], {cwd: root, env: box.env});
}

describe('local modules outside of the root module', () => {
  testWithTerraform(
    'local modules outside of the root module are kept with a version, linked if unchanged, and laid out again',
    async () => {
      const tree = await appliedOnce(NESTED, 'envs/prod');
      expect(tree.files('v1', 'tf_configs')).toEqual(['main.tf', 'terraform.tfstate']);
      expect(tree.files('v1', 'outside')).toEqual([
        'modules/a/files/big.bin',
        'modules/a/main.tf',
        'modules/b/main.tf',
      ]);
      expect(readManifest(layOut(tree.store, 'default'), 1)?.rootPath).toBe('envs/prod');

      tree.box.write('modules/b/main.tf', resources({web: 'two'}));
      expect(await tree.run('apply', '-auto-approve')).toMatchObject({exitCode: 0});
      const kept = (version: string, path: string) => join(tree.store, 'versions', version, 'outside', path);
      const inode = (version: string, path: string) => statSync(kept(version, path)).ino;
      expect(inode('v2', 'modules/a/files/big.bin')).toBe(inode('v1', 'modules/a/files/big.bin'));
      expect(inode('v2', 'modules/a/main.tf')).toBe(inode('v1', 'modules/a/main.tf'));
      expect(readFileSync(kept('v1', 'modules/b/main.tf'), 'utf8')).toBe(resources({web: 'one'}));
      expect(readFileSync(kept('v2', 'modules/b/main.tf'), 'utf8')).toBe(resources({web: 'two'}));

      const root = tree.restored('v1');
      expect(root).toBe(join(tree.box.folder, 'restored/envs/prod'));
      expect(readFileSync(join(root, '../../modules/b/main.tf'), 'utf8')).toBe(resources({web: 'one'}));
      validates(tree, root);
    },
  );

  testWithTerraform(
    'local modules that contain the root module are kept without it, and without states of other root modules',
    async () => {
      const tree = await appliedOnce(
        {
          'main.tf': resources({web: 'one'}),
          'examples/complete/main.tf': 'module "it" {\n  source = "../../"\n}\n',
          'examples/other/main.tf': '',
          'examples/other/terraform.tfstate': 'secret',
          'examples/other/.cloudtm/versions/v1/tf_configs/main.tf': '',
        },
        'examples/complete',
      );
      expect(tree.files('v1', 'tf_configs')).toEqual(['main.tf', 'terraform.tfstate']);
      expect(tree.files('v1', 'outside')).toEqual(['examples/other/main.tf', 'main.tf']);
      validates(tree, tree.restored('v1'));
    },
  );

  testWithTerraform('local modules behind a link are kept with the link', async () => {
    const tree = treeOf(
      {
        'envs/prod/main.tf': 'module "a" {\n  source = "../../modules/a"\n}\n',
        'shared/a/main.tf': resources({web: 'one'}),
      },
      'envs/prod',
    );
    symlinkSync('shared', join(tree.box.project, 'modules'));
    await tree.run('init');
    expect(await tree.run('apply', '-auto-approve')).toMatchObject({exitCode: 0});
    expect(tree.files('v1', 'outside')).toEqual(['modules', 'shared/a/main.tf']);
    validates(tree, tree.restored('v1'));
  });

  testWithTerraform(
    'local modules come from a saved plan, whatever is in their folders when it is applied',
    async () => {
      const tree = treeOf(NESTED, 'envs/prod');
      await tree.run('init');
      expect(await tree.run('plan', '-out=saved')).toMatchObject({exitCode: 0});
      tree.box.write('modules/b/main.tf', resources({web: 'edited later'}));
      tree.box.write('modules/b/added.tf', '');
      expect(await tree.run('apply', 'saved')).toMatchObject({exitCode: 0});
      expect(tree.files('v1', 'tf_configs')).toEqual(['.terraform.lock.hcl', 'main.tf', 'terraform.tfstate']);
      expect(tree.files('v1', 'outside')).toEqual([
        'modules/a/files/big.bin',
        'modules/a/main.tf',
        'modules/b/main.tf',
      ]);
      const file = join(tree.restored('v1'), '../../modules/b/main.tf');
      expect(readFileSync(file, 'utf8')).toBe(resources({web: 'one'}));
    },
  );

  testWithTerraform('local modules are kept without the stores that CLOUDTM_DIR put among them', async () => {
    const tree = treeOf(
      {'main.tf': resources({web: 'one'}), 'examples/a/main.tf': 'module "it" {\n  source = "../../"\n}\n'},
      'examples/a',
    );
    await tree.box.runWith({cwd: tree.root, program: tree.box.real}, 'init');
    for (const name of ['one', 'two']) {
      const env = {CLOUDTM_DIR: join(tree.box.project, 'stores', name)};
      mkdirSync(join(tree.box.project, 'stores'), {recursive: true});
      const words = ['apply', '-auto-approve', '-replace=module.it.terraform_data.web'];
      expect(await tree.box.runWith({cwd: tree.root, env}, ...words)).toMatchObject({exitCode: 0});
    }
    const version = join(tree.box.project, 'stores/two/versions/v1/outside');
    expect(readdirSync(version)).toEqual(['main.tf']);
  });
});
