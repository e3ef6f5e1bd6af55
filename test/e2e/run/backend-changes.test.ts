import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished} from 'vitest';
import {httpFiles} from '../../support/backends/backends.js';
import {startHttpStore, type HttpStore} from '../../support/backends/http-store.js';
import {remoteProject} from '../../support/remote.js';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, testWithTerraform} from '../../support/scripts.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];

async function localProject(): Promise<{box: Sandbox; store: HttpStore}> {
  const store = await startHttpStore();
  onTestFinished(() => store.stop());
  const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
  expect(await box.run(...APPLY)).toMatchObject({stderr: kept('v1', 1, 0, 0)});
  return {box, store};
}

function moveTo(box: Sandbox, url: string): void {
  for (const [path, content] of Object.entries(httpFiles(url))) box.write(path, content);
}

describe('init', () => {
  testWithTerraform('init -migrate-state to a backend continues the history there, and says so', async () => {
    const {box, store} = await localProject();
    moveTo(box, `${store.url}/state`);
    expect(await box.run('init', '-migrate-state', '-force-copy')).toMatchObject({
      exitCode: 0,
      stderr: 'cloudtm: the state is now in the backend "http"; its history continues after v1\n',
    });
    expect(await box.run('state', 'rm', '-dry-run', 'terraform_data.web')).toMatchObject({stderr: ''});
    // Terraform gave it another lineage on the way.
    box.write('main.tf', resources({web: 'two'}));
    expect(await box.run(...APPLY)).toMatchObject({
      exitCode: 0,
      stderr: kept('v2', 0, 1, 0, ', of another state than v1 (new lineage)'),
    });
    expect(box.meta('v2')).toMatchObject({backend: 'http'});

    // And back again.
    rmSync(join(box.project, 'backend.tf'));
    expect(await box.run('init', '-migrate-state', '-force-copy')).toMatchObject({
      exitCode: 0,
      stderr: `cloudtm: the state ${box.project}/terraform.tfstate now holds the state; its history continues after v2\n`,
    });
    expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: ''});
  });

  testWithTerraform("init -reconfigure to an empty backend or another project's is reported", async () => {
    const {box, store} = await localProject();
    moveTo(box, `${store.url}/empty`);
    expect(await box.runWith({input: 'no\n'}, 'init', '-reconfigure')).toMatchObject({
      exitCode: 0,
      stderr:
        'cloudtm: warning: there is no state in the backend "http" yet, but resources were deployed with that of v1. terraform init -migrate-state moves it there\n',
    });
    const state = box.keptState('v1');
    store.put(
      '/other',
      state.replace(/"lineage": "[^-]*/, '"lineage": "00000000').replaceAll('"one"', '"two"'),
    );
    moveTo(box, `${store.url}/other`);
    expect(await box.runWith({input: 'no\n'}, 'init', '-reconfigure')).toMatchObject({
      exitCode: 0,
      stderr:
        'cloudtm: warning: the state in the backend "http" is not that of v1 (its lineage differs): its history does not continue there\n',
    });
    expect(box.versions()).toEqual(['v1']);
  });

  testWithTerraform('init of a fresh .terraform with the same state prints nothing of ours', async () => {
    const {box} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
    await box.run(...APPLY);
    rmSync(join(box.project, '.terraform'), {recursive: true});
    expect(await box.run('init')).toMatchObject({exitCode: 0, stderr: ''});
    expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: ''});
  });

  testWithTerraform(
    'a project with -backend-config, TF_DATA_DIR and a remote state data source is kept like any other',
    async () => {
      const store = await startHttpStore();
      onTestFinished(() => store.stop());
      const box = sandbox({
        files: {
          'main.tf': `terraform {\n  backend "http" {}\n}\n${resources({web: 'one'})}
          data "terraform_remote_state" "other" {
            backend = "http"
            config = { address = "${store.url}/other" }
            defaults = { a = 1 }
          }`,
        },
        env: {TF_DATA_DIR: '../data'},
      });
      store.put(
        '/other',
        '{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[]}',
      );
      const init = await box.run('init', `-backend-config=address=${store.url}/state?token=hunter2`);
      expect(init.exitCode).toBe(0);
      expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
      expect(box.meta('v1')).toMatchObject({backend: 'http', state: {resources: 1}});
      expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.exists('.terraform')).toBe(false);
      expect(JSON.stringify(box.meta('v1'))).not.toContain('hunter2');
    },
  );
});
