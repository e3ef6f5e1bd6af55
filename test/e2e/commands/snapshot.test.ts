import {describe, expect, test} from 'vitest';
import {bare, remoteProject} from '../../support/remote.js';
import {resources, sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, stateText, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];

describe('tm snapshot', () => {
  testWithTerraform(
    'tm snapshot keeps the configuration and the state as they are, with a note',
    async () => {
      const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
      expect(await box.run(...APPLY)).toMatchObject({stderr: kept('v1', 1, 0, 0)});
      box.write('main.tf', resources({web: 'two'}));
      expect(await box.run('tm', 'snapshot', '-note', 'before the move')).toEqual({
        exitCode: 0,
        stdout: 'Kept v2 (1 resource)\n',
        stderr: '',
      });
      expect(box.versions()).toEqual(['v1', 'v2']);
      expect(box.read('.cloudtm/versions/v2/tf_configs/main.tf')).toBe(resources({web: 'two'}));
      expect(box.keptState('v2')).toBe(box.read('terraform.tfstate'));
      expect(box.meta('v2')).toMatchObject({
        operation: 'snapshot',
        outcome: 'succeeded',
        note: 'before the move',
        resources: {added: '0', changed: '0', destroyed: '0'},
        argv: ['tm', 'snapshot', '-note', 'before the move'],
      });
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: true});
      expect(box.staging()).toEqual([]);
      expect((await box.run('tm', 'list')).stdout).toMatch(
        /^Version .* Operation +Note *\n-.*\nv2 \* .* snapshot +before the move\nv1 .* apply$/m,
      );
      expect(await box.run(...APPLY)).toMatchObject({stderr: kept('v3', 0, 1, 0)});
    },
  );

  testWithTerraform(
    'tm snapshot -json prints the facts of the version, and counts what others changed',
    async () => {
      const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
      await box.run(...APPLY);
      box.write('main.tf', resources({web: 'two', db: 'one'}));
      await bare(box, ...APPLY);
      const outcome = await box.run('tm', 'snapshot', '--json', '--note=x y');
      expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
      expect(JSON.parse(outcome.stdout)).toEqual(box.meta('v2'));
      expect(box.meta('v2')).toMatchObject({
        version: 'v2',
        note: 'x y',
        resources: {added: '1', changed: '1', destroyed: '0'},
      });
    },
  );

  testWithTerraform(
    'tm snapshot can be the first version, and then no command makes another baseline',
    async () => {
      const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
      await bare(box, ...APPLY);
      expect(await box.run('tm', 'snapshot')).toMatchObject({exitCode: 0, stdout: 'Kept v1 (1 resource)\n'});
      expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.versions()).toEqual(['v1']);
    },
  );

  testWithTerraform(
    'tm snapshot keeps the state of a backend, and leaves the backend as it was',
    async () => {
      const {box, store, path} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
      await bare(box, ...APPLY);
      const writes = [...store.writes(path)];
      expect(await box.run('tm', 'snapshot')).toEqual({
        exitCode: 0,
        stdout: 'Kept v1 (1 resource)\n',
        stderr: '',
      });
      expect(box.keptState('v1')).toBe(`${store.versions(path).at(-1)?.toString() ?? ''}\n`);
      expect(box.meta('v1')).toMatchObject({operation: 'snapshot', backend: 'http'});
      expect(store.writes(path)).toEqual(writes);
    },
  );

  test('the note of tm snapshot reaches the terminal as plain text', async () => {
    const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one`, files: {'main.tf': ''}});
    await box.run('apply');
    expect(await box.run('tm', 'snapshot', '-note', '\u001B[31mred\nline')).toMatchObject({exitCode: 0});
    expect((await box.run('tm', 'list')).stdout).toMatch(/snapshot +\\u001b\[31mred\\u000aline$/m);
  });
});

describe('tm snapshot says why there is nothing to keep', () => {
  testWithTerraform('tm snapshot says why there is nothing to keep when there is no state yet', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    expect(await box.run('tm', 'snapshot')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: says(`there is no state in ${box.project}/terraform.tfstate yet`),
    });
    expect(box.versions()).toEqual([]);
    const remote = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
    expect(await remote.box.run('tm', 'snapshot')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: says('there is no state in the backend "http" yet'),
    });
    expect(remote.box.versions()).toEqual([]);
  });

  test.each([
    ['cut off', stateText(1, {web: 'one'}).slice(0, 60)],
    ['no JSON', 'hunter2 is my secret\nand more'],
    ['null', 'null'],
    ['an array', '[]'],
    ['of an old format', '{"version": 3, "lineage": "x"}'],
    ['of no known shape', '{"version": 4, "resources": {"a": 1}}'],
    ['of broken resources', '{"version": 4, "resources": [null]}'],
  ])('tm snapshot says why there is nothing to keep when the state is %s', async (_name, content) => {
    const box = sandbox({standIn: '', files: {'main.tf': '', 'terraform.tfstate': content}});
    const outcome = await box.run('tm', 'snapshot');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    // Nothing of the state itself, which may be a secret, and no words of the programming language.
    expect(outcome.stderr).toMatch(
      /^cloudtm: the state \S+terraform\.tfstate cannot be read \((not JSON|not a state|state format version 3 is not supported)\), so its contents are unknown\.\n.*\n$/,
    );
    expect(box.versions()).toEqual([]);
  });

  testWithTerraform(
    'tm snapshot says why there is nothing to keep when the backend does not answer',
    async () => {
      const {box, store} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
      await store.stop();
      const outcome = await box.run('tm', 'snapshot');
      expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
      expect(outcome.stderr).toBe(
        'cloudtm: the state in the backend "http" cannot be read (terraform state pull: status 1), so its contents are unknown.\n' +
          'Fix this, then try again.\n',
      );
      expect(box.versions()).toEqual([]);
      expect(box.staging()).toEqual([]);
    },
  );

  test('tm snapshot says why there is nothing to keep inside the store', async () => {
    const box = sandbox({
      standIn: '',
      files: {'.cloudtm/rollback/main.tf': '', '.cloudtm/rollback/terraform.tfstate': stateText(1, {a: 'b'})},
    });
    expect(await box.run('-chdir=.cloudtm/rollback', 'tm', 'snapshot')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `cloudtm: ${box.store}/rollback belongs to cloudtm; run this in the project's folder.\n`,
    });
    expect(box.exists('.cloudtm/rollback/.cloudtm')).toBe(false);
  });
});
