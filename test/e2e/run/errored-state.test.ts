import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {isAlive, until} from '../../support/processes.js';
import {remoteProject} from '../../support/remote.js';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];

const advice = (box: Sandbox, version: string): string =>
  `cloudtm: warning: terraform could not write its state and left it in ${box.project}/errored.tfstate; ${version} has it. ` +
  'When the state can be written again, run terraform state push errored.tfstate, then remove that file.\n';

describe('an apply whose state the backend refuses', () => {
  testWithTerraform(
    'an apply whose state the backend refuses is kept with the state terraform left, and the advice works',
    async () => {
      const {box, store, path} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
      expect(await box.run(...APPLY)).toMatchObject({stderr: kept('v1', 1, 0, 0)});
      box.write('main.tf', resources({web: 'one', db: 'one'}));
      store.become('read-only');
      const outcome = await box.run(...APPLY);
      expect(outcome).toMatchObject({exitCode: 1, stdout: says('terraform_data.db: Creation complete')});
      expect(outcome.stderr).toContain('Failed to save state');
      expect(outcome.stderr.endsWith(`\n${kept('v2', 1, 0, 0, ', marked failed')}${advice(box, 'v2')}`)).toBe(
        true,
      );
      expect(box.keptState('v2')).toBe(box.read('errored.tfstate'));
      expect(box.meta('v2')).toMatchObject({
        operation: 'apply',
        outcome: 'failed',
        note: 'the state is that of errored.tfstate',
        state: {resources: 2},
        changes: [{address: 'terraform_data.db', action: 'added'}],
      });
      expect((await box.run('tm', 'list')).stdout).toMatch(/^v2 \* .*failed.*the state is that of errored/m);

      store.become('good');
      expect(await box.run('state', 'push', 'errored.tfstate')).toMatchObject({
        exitCode: 0,
        stderr: kept('v3', 1, 0, 0),
      });
      expect(box.meta('v3')).toMatchObject({operation: 'state-push', note: ''});
      expect(
        (JSON.parse(store.versions(path).at(-1)?.toString() ?? '') as {resources: unknown[]}).resources,
      ).toHaveLength(2);
      rmSync(join(box.project, 'errored.tfstate'));
      expect(await box.run(...APPLY)).toEqual({exitCode: 0, stdout: says('No changes.'), stderr: ''});
      expect(box.staging()).toEqual([]);
    },
  );

  testWithTerraform('a first apply whose state the backend refuses is kept too', async () => {
    const {box, store} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
    store.become('read-only');
    const outcome = await box.run(...APPLY);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr.endsWith(kept('v1', 1, 0, 0, ', marked failed') + advice(box, 'v1'))).toBe(true);
    store.become('good');
    expect(await box.run('state', 'push', 'errored.tfstate')).toMatchObject({exitCode: 0});
    expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stdout: says('No changes.')});
  });
});

test('an errored.tfstate that terraform left after the shim was killed is kept by the next command', async () => {
  const box = sandbox({
    standIn: `${STATE_SCRIPT}
if [ "$1" = apply ]; then
  echo $$ >../started; wait_for ../go
  STATE=errored.tfstate; write_state 2 web=one; exit 1
fi`,
    files: {'main.tf': 'x'},
  });
  const child = box.start(['apply']);
  const ended = box.finish(child);
  await until(() => existsSync(join(box.folder, 'started')));
  const pid = Number(readFileSync(join(box.folder, 'started'), 'utf8'));
  child.kill('SIGKILL');
  writeFileSync(join(box.folder, 'go'), '');
  await until(() => !isAlive(pid));
  await ended;
  const {exitCode, stderr} = await box.run('tm', 'list');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('kept v1 (1 added, 0 changed, 0 destroyed), recovered from an interrupted apply');
  expect(stderr).toContain('run terraform state push errored.tfstate');
  expect(box.meta('v1')).toMatchObject({operation: 'recovered', state: {serial: 2}});
  expect(box.meta('v1').note).toContain('errored.tfstate');
});
