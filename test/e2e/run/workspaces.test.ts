import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {BACKENDS} from '../../support/backends/backends.js';
import {bare} from '../../support/remote.js';
import {realTerraform, resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];

/** A project with a workspace of this name, one version in it, `default` selected. */
async function withWorkspace(box: Sandbox, name: string): Promise<Sandbox> {
  expect(await box.run('init')).toMatchObject({exitCode: 0});
  expect(await box.run('workspace', 'new', name)).toMatchObject({exitCode: 0});
  expect(await box.run(...APPLY)).toMatchObject({stderr: kept('v1', 1, 0, 0)});
  expect(await box.run('workspace', 'select', 'default')).toMatchObject({exitCode: 0});
  return box;
}

describe('tm list -all-workspaces', () => {
  testWithTerraform.each([
    ['..', '%2E%2E'],
    ['ünï', '%C3%BCn%C3%AF'],
    ['a b', 'a%20b'],
  ])(
    'tm list -all-workspaces shows a workspace called %s, which stays inside the store',
    async (name, folder) => {
      const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
      // Terraform refuses some of these names when they are made, and takes them from its environment.
      const env = {TF_WORKSPACE: name};
      const outcome = await box.runWith({env}, ...APPLY);
      if (outcome.exitCode !== 0) {
        expect(outcome.stderr).not.toMatch(/^cloudtm/m);
        expect(box.versions(join(box.store, 'workspaces', folder))).toEqual([]);
        return;
      }
      expect(box.versions(join(box.store, 'workspaces', folder))).toEqual(['v1']);
      const json = JSON.parse((await box.run('tm', 'list', '-all-workspaces', '-json')).stdout) as unknown;
      expect(json).toMatchObject({
        selected: 'default',
        workspaces: [
          {workspace: 'default', versions: []},
          {workspace: name, current: 'v1', status: true, versions: [{version: 'v1', workspace: name}]},
        ],
      });
      expect((await box.run('tm', 'list', '-all-workspaces')).stdout).toMatch(
        /^cloudtm versions of workspace default \(selected\)\n[^]*\n\ncloudtm versions of workspace .*\nCurrent: v1 \(Active\)/,
      );
    },
  );

  test('tm list -all-workspaces does not take another folder for a workspace', async () => {
    const box = sandbox({
      standIn: '',
      files: {'.cloudtm/workspaces/a%2/x': '', '.cloudtm/workspaces/a b/x': ''},
    });
    const {stdout} = await box.run('tm', 'list', '-all-workspaces', '-json');
    expect((JSON.parse(stdout) as {workspaces: {workspace: string}[]}).workspaces).toMatchObject([
      {workspace: 'default'},
    ]);
  });
});

for (const backend of BACKENDS.filter(
  ({type, name}) => type === 'local' || type === 'pg' || name === 'S3 with lockfile',
)) {
  describe.skipIf(realTerraform === undefined || backend.missing() !== undefined)(
    `workspace delete with the state in ${backend.name}`,
    () => {
      async function project(): Promise<Sandbox> {
        const running = await backend.start();
        onTestFinished(() => running.stop());
        return sandbox({
          files: {...running.files(), 'main.tf': resources({web: 'one'})},
          env: {...running.env},
        });
      }

      test(`workspace delete with state in ${backend.name} keeps the history and the last state, and creates nothing for a mistyped name`, async () => {
        const box = await withWorkspace(await project(), 'dev');
        const tree = join(box.store, 'workspaces/dev');
        const listed = (await bare(box, 'workspace', 'list')).stdout;

        // Mistyped.
        const without = await bare(box, 'workspace', 'delete', '-force', '-no-color', 'dve');
        expect(await box.run('workspace', 'delete', '-force', '-no-color', 'dve')).toEqual(without);
        expect(without.exitCode).toBe(1);
        const env = {TF_WORKSPACE: 'dve'};
        expect(await box.runWith({env}, 'tm', 'snapshot')).toMatchObject({
          exitCode: 1,
          stderr: says('there is no state in'),
        });
        await box.runWith({env}, 'apply', '-no-such-flag');
        await box.runWith({env}, 'apply', 'no-such-plan');
        expect((await bare(box, 'workspace', 'list')).stdout).toBe(listed);
        expect(existsSync(join(box.store, 'workspaces/dve/versions/v1'))).toBe(false);

        // It still holds something.
        expect(await box.run('workspace', 'delete', 'dev')).toMatchObject({exitCode: 1});
        expect(box.versions(tree)).toEqual(['v1']);
        box.write('main.tf', resources({web: 'two'}));
        await box.runWith({env: {TF_WORKSPACE: 'dev'}, program: box.real}, ...APPLY);
        expect(await box.run('workspace', 'delete', '-force', 'dev')).toMatchObject({
          exitCode: 0,
          stderr: `cloudtm: the history of workspace dev stays (2 versions): ${tree}\n`,
        });
        expect(box.versions(tree)).toEqual(['v1', 'v2']);
        expect(box.meta('v2', tree)).toMatchObject({
          operation: 'workspace-delete',
          workspace: 'dev',
          resources: {added: '0', changed: '1', destroyed: '0'},
        });
        expect((await bare(box, 'workspace', 'list')).stdout).not.toContain('dev');
        expect(box.staging(tree)).toEqual([]);
        expect((await box.run('tm', 'list', '-all-workspaces')).stdout).toMatch(
          /workspace dev\n[^]*workspace-delete/,
        );
      });
    },
  );
}
