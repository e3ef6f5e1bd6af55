import {existsSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {holdLock} from '../../support/backends/held-lock.js';
import {until} from '../../support/processes.js';
import {bare, remoteProject} from '../../support/remote.js';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {baseline, kept, STATE_SCRIPT, stateText, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];

/** A project that was applied before cloudtm was there: two resources, no store. */
async function existing(): Promise<Sandbox> {
  const box = sandbox({files: {'main.tf': resources({web: 'one', db: 'one'})}});
  expect(await bare(box, ...APPLY)).toMatchObject({exitCode: 0});
  expect(box.exists('.cloudtm')).toBe(false);
  return box;
}

describe('the first command in a project that has a state and no versions', () => {
  testWithTerraform(
    'the first command in an existing project keeps the state from before it, then its result',
    async () => {
      const box = await existing();
      const before = box.read('terraform.tfstate');
      box.write('main.tf', resources({web: 'two', db: 'one'}));
      expect(await box.run(...APPLY)).toEqual({
        exitCode: 0,
        stdout: says('Resources: 0 added, 1 changed, 0 destroyed.'),
        stderr: baseline('v1', 2) + kept('v2', 0, 1, 0),
      });
      expect(box.versions()).toEqual(['v1', 'v2']);
      expect(box.keptState('v1')).toBe(before);
      expect(box.keptState('v2')).toBe(box.read('terraform.tfstate'));
      expect(box.meta('v1')).toMatchObject({
        operation: 'baseline',
        outcome: 'succeeded',
        argv: [],
        changes: [],
        resources: {added: '0', changed: '0', destroyed: '0'},
        state: {resources: 2},
        note: says('as it was before cloudtm'),
      });
      expect(box.meta('v2')).toMatchObject({operation: 'apply', note: ''});
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: true});
      expect(box.staging()).toEqual([]);
      expect((await box.run('tm', 'list')).stdout).toMatch(/^v2 \* .* apply\nv1 .* baseline +as it was/m);

      box.write('main.tf', resources({web: 'three', db: 'one'}));
      expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v3', 0, 1, 0)});
    },
  );

  testWithTerraform(
    'the first command in an existing project keeps a baseline even if it changed nothing',
    async () => {
      const box = await existing();
      expect(await box.run(...APPLY)).toEqual({
        exitCode: 0,
        stdout: says('No changes.'),
        stderr: baseline('v1', 2),
      });
      expect(box.meta('v1')).toMatchObject({operation: 'baseline'});
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v1', status: true});
      expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.versions()).toEqual(['v1']);
      expect(box.staging()).toEqual([]);
    },
  );

  testWithTerraform(
    'the first command in an existing project keeps no baseline when terraform refused to run',
    async () => {
      const box = await existing();
      box.write('main.tf', resources({web: 'two', db: 'one'}));
      const letGo = await holdLock(box);
      const refused = await box.run(...APPLY);
      expect(refused).toEqual({exitCode: 1, stdout: '', stderr: says('Error acquiring the state lock')});
      expect(refused.stderr).not.toMatch(/^cloudtm/m);
      expect(box.versions()).toEqual([]);
      await letGo();

      box.write('main.tf', 'resource "terraform_data" {');
      expect((await box.run(...APPLY)).stderr).not.toMatch(/^cloudtm/m);
      expect(box.versions()).toEqual([]);
      expect(box.staging()).toEqual([]);
    },
  );

  testWithTerraform(
    'the first command in an existing project keeps a baseline when it failed after a change',
    async () => {
      const box = await existing();
      box.write(
        'main.tf',
        `${resources({web: 'two', db: 'one'})}
       resource "terraform_data" "bad" {
         depends_on = [terraform_data.web]
         provisioner "local-exec" { command = "exit 3" }
       }`,
      );
      const outcome = await box.run(...APPLY);
      expect(outcome).toMatchObject({exitCode: 1, stderr: says('local-exec provisioner error')});
      expect(outcome.stderr.endsWith(`\n${baseline('v1', 2)}${kept('v2', 1, 1, 0, ', marked failed')}`)).toBe(
        true,
      );
      expect(box.meta('v1')).toMatchObject({operation: 'baseline', outcome: 'succeeded'});
      expect(box.meta('v2')).toMatchObject({operation: 'apply', outcome: 'failed'});
    },
  );

  testWithTerraform('a full destroy as the first command keeps a baseline of what it destroyed', async () => {
    const box = await existing();
    const before = box.read('terraform.tfstate');
    expect(await box.run('destroy', '-auto-approve', '-no-color')).toEqual({
      exitCode: 0,
      stdout: says('Destroy complete! Resources: 2 destroyed.'),
      stderr: `${baseline('v1', 2)}cloudtm: nothing is deployed any more (0 added, 0 changed, 2 destroyed), v1 is now inactive\n`,
    });
    expect(box.versions()).toEqual(['v1']);
    expect(box.keptState('v1')).toBe(before);
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v1', status: false});
  });

  testWithTerraform('the first command keeps no baseline of a state that holds nothing', async () => {
    const box = await existing();
    await bare(box, 'destroy', '-auto-approve');
    expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v1', 2, 0, 0)});
    expect(box.meta('v1')).toMatchObject({operation: 'apply'});
  });

  testWithTerraform('the first command keeps a baseline of the file that -state names', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    await bare(box, ...APPLY, '-state=other.tfstate');
    box.write('main.tf', resources({web: 'two'}));
    expect(await box.run(...APPLY, '-state=other.tfstate')).toMatchObject({
      exitCode: 0,
      stderr: baseline('v1', 1) + kept('v2', 0, 1, 0),
    });
  });

  testWithTerraform(
    'the first command in a workspace keeps its baseline, next to the versions of another workspace',
    async () => {
      const box = await existing();
      await bare(box, 'workspace', 'new', 'dev');
      await bare(box, ...APPLY);
      await bare(box, 'workspace', 'select', 'default');
      box.write('main.tf', resources({web: 'two', db: 'one'}));
      expect(await box.run(...APPLY)).toMatchObject({stderr: baseline('v1', 2) + kept('v2', 0, 1, 0)});
      await bare(box, 'workspace', 'select', 'dev');
      expect(await box.run(...APPLY)).toMatchObject({stderr: baseline('v1', 2) + kept('v2', 0, 1, 0)});
      const tree = join(box.store, 'workspaces/dev');
      expect(box.versions(tree)).toEqual(['v1', 'v2']);
      expect(box.meta('v1', tree)).toMatchObject({operation: 'baseline', workspace: 'dev'});
    },
  );

  testWithTerraform('the first command keeps a baseline of the state in a backend', async () => {
    const {box, store, path} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
    await bare(box, ...APPLY);
    const before = store.versions(path).at(-1)?.toString();
    box.write('main.tf', resources({web: 'two'}));
    expect(await box.run(...APPLY)).toEqual({
      exitCode: 0,
      stdout: says('Resources: 0 added, 1 changed, 0 destroyed.'),
      stderr: baseline('v1', 1) + kept('v2', 0, 1, 0),
    });
    expect(box.keptState('v1')).toBe(`${before ?? ''}\n`);
    expect(box.meta('v1')).toMatchObject({operation: 'baseline', backend: 'http', state: {resources: 1}});

    rmSync(box.store, {recursive: true});
    expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: baseline('v1', 1)});
    rmSync(box.store, {recursive: true});
    expect(await box.run('state', 'rm', 'terraform_data.web')).toMatchObject({
      exitCode: 0,
      stderr: baseline('v1', 1) + kept('v2', 0, 0, 1),
    });
    expect(box.staging()).toEqual([]);
  });

  test('several first commands at the same time keep one baseline only', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}: >"../started-$2"; wait_for ../gate; [ "$2" != -input=0 ] || write_state 2 web=two`,
      files: {'main.tf': 'x', 'terraform.tfstate': stateText(1, {web: 'one'})},
    });
    const names = Array.from({length: 6}, (_, index) => `-input=${index}`);
    const outcomes = Promise.all(names.map((name) => box.run('apply', name)));
    await until(() => names.every((name) => existsSync(join(box.folder, `started-${name}`))));
    box.write('../gate', '');
    const said = (await outcomes).map(({stderr}) => stderr).join('');
    expect(said.match(/the state as it was before/g)).toHaveLength(1);
    const operations = box.versions().map((version) => box.meta(version).operation);
    expect(operations.filter((operation) => operation === 'baseline')).toEqual(['baseline']);
    expect(operations[0]).toBe('baseline');
    expect(box.keptState('v1')).toBe(stateText(1, {web: 'one'}));
    expect(box.staging()).toEqual([]);
  });
});
