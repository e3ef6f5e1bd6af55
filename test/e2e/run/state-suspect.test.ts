import {copyFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {bare, remoteProject} from '../../support/remote.js';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, stateText, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];

/** A project with two versions, the real terraform behind it. */
async function applied(): Promise<Sandbox> {
  const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
  await box.run(...APPLY);
  box.write('main.tf', resources({web: 'two'}));
  expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v2', 0, 1, 0)});
  return box;
}

const good = (box: Sandbox, version = 'v2'): string =>
  `The last good state is in ${version}: ${box.store}/versions/${version}/tf_configs/terraform.tfstate\n`;
const restore = (box: Sandbox, version = 'v2'): void => {
  const file = join(box.project, 'terraform.tfstate');
  rmSync(file, {force: true});
  copyFileSync(join(box.store, 'versions', version, 'tf_configs/terraform.tfstate'), file);
};

describe('a state file found where the deployed one was', () => {
  testWithTerraform.each([
    [
      'is empty',
      (box: Sandbox) => {
        box.write('terraform.tfstate', '');
      },
    ],
    [
      'is gone',
      (box: Sandbox) => {
        rmSync(join(box.project, 'terraform.tfstate'), {force: true});
      },
    ],
  ])(
    'a state file that %s is reported with the version to restore, and terraform runs',
    async (_name, lose) => {
      const box = await applied();
      lose(box);
      const warning = `cloudtm: warning: the state ${box.project}/terraform.tfstate is empty or missing, but resources were deployed with it. ${good(box)}`;
      // Said by a command that does nothing else, before it does it.
      expect(await box.run('taint', 'terraform_data.web')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(
          /^cloudtm: warning: the state .*\n[^]*No such resource instance/,
        ) as unknown,
      });
      expect(box.versions()).toEqual(['v1', 'v2']);
      lose(box);
      expect(await box.run(...APPLY)).toEqual({
        exitCode: 0,
        stdout: says('Resources: 1 added'),
        stderr: `${warning}${kept('v3', 1, 0, 0, ', of another state than v2 (new lineage)')}`,
      });
      // The new one is the deployed one from now on.
      expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: ''});

      restore(box);
      expect(await box.run(...APPLY)).toMatchObject({
        exitCode: 0,
        stdout: says('No changes.'),
        stderr: says('is not the state last deployed from here (its lineage differs).'),
      });
      expect(box.staging()).toEqual([]);
    },
  );

  testWithTerraform(
    'a truncated state file is reported, and terraform refuses it with its own message',
    async () => {
      const box = await applied();
      const whole = box.read('terraform.tfstate');
      box.write('terraform.tfstate', whole.slice(0, -200));
      const without = await bare(box, ...APPLY);
      expect(without.exitCode).toBe(1);
      const outcome = await box.run(...APPLY);
      expect(outcome).toEqual({
        ...without,
        stderr: `cloudtm: warning: the state ${box.project}/terraform.tfstate is damaged (not JSON). ${good(box)}${without.stderr}`,
      });
      expect(box.versions()).toEqual(['v1', 'v2']);
      restore(box);
      expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stdout: says('No changes.'), stderr: ''});
    },
  );

  testWithTerraform('a state file of another project is reported', async () => {
    const [box, other] = [await applied(), await applied()];
    box.write('terraform.tfstate', other.read('terraform.tfstate'));
    expect(await box.run('untaint', 'terraform_data.nothing')).toMatchObject({
      exitCode: 1,
      stderr: says(`is not the state last deployed from here (its lineage differs). ${good(box)}`),
    });
    box.write('main.tf', resources({web: 'three'}));
    expect(await box.run(...APPLY)).toMatchObject({
      exitCode: 0,
      stderr: says(kept('v3', 0, 1, 0, ', of another state than v2 (new lineage)')),
    });
  });

  testWithTerraform('a missing state file is not looked for in the file that -state names', async () => {
    const box = await applied();
    const outcome = await box.run(...APPLY, '-state=other.tfstate');
    expect(outcome).toMatchObject({exitCode: 0, stderr: kept('v3', 1, 0, 0)});
    // And that one is nothing to compare the ordinary one with.
    expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: ''});
    rmSync(join(box.project, 'other.tfstate'));
    expect((await box.run(...APPLY, '-state=other.tfstate')).stderr).toContain(
      'other.tfstate is empty or missing',
    );
  });

  testWithTerraform('a state file of another workspace is not reported as missing', async () => {
    const box = await applied();
    expect(await box.run('workspace', 'new', 'dev')).toMatchObject({exitCode: 0, stderr: ''});
    expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
  });

  test('a state file is not reported because of a store of the original tool, which has no lineage', async () => {
    const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one`, files: {'main.tf': 'x'}});
    box.write('.cloudtm/versions/v1/tf_configs/main.tf', 'x');
    box.write('.cloudtm/versions/v1/tf_configs/terraform.tfstate', stateText(1, {web: 'one'}));
    box.write(
      '.cloudtm/meta/v1.json',
      JSON.stringify({
        version: 'v1',
        timestamp: '2025-11-26T13:55:04Z',
        resources: {added: '1', changed: '0', destroyed: '0'},
      }),
    );
    box.write('.cloudtm/current.json', '{"current": "v1", "status": true}');
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v2', 1, 0, 0)});
  });

  test('the report of a foreign state file does not show its contents', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}[ "$1" != apply ] || write_state 1 web=one`,
      files: {'main.tf': 'x'},
    });
    await box.run('apply');
    box.write('terraform.tfstate', 'password = hunter2\nconnection refused');
    const outcome = await box.run('taint', 'x');
    expect(outcome.stderr).toBe(
      `cloudtm: warning: the state ${box.project}/terraform.tfstate is damaged (not JSON). ${good(box, 'v1')}`,
    );
  });
});

describe('a state found in a backend', () => {
  // A saved plan has its state pulled before terraform starts: what is found then cannot be what terraform wrote.
  testWithTerraform(
    'a state missing in a backend is reported, and that the history does not continue',
    async () => {
      const {box, store, path} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
      await box.run(...APPLY);
      store.put(path, undefined);
      await box.run('plan', '-out=../plan');
      expect(await box.run('apply', '-no-color', '../plan')).toEqual({
        exitCode: 0,
        stdout: says('1 added'),
        stderr:
          `cloudtm: warning: the state in the backend "http" is empty or missing, but resources were deployed with it. ${good(box, 'v1')}` +
          kept('v2', 1, 0, 0, ', of another state than v1 (new lineage)'),
      });
    },
  );

  testWithTerraform('another state in a backend is reported', async () => {
    const {box, store, path} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
    await box.run(...APPLY);
    const state = store.versions(path).at(-1)?.toString() ?? '';
    store.put(path, state.replace(/"lineage": "[^-]*/, '"lineage": "00000000').replaceAll('"one"', '"two"'));
    box.write('main.tf', resources({web: 'two'}));
    const foreign = `cloudtm: warning: the state in the backend "http" is not the state last deployed from here (its lineage differs). ${good(box, 'v1')}`;
    expect(await box.run('state', 'rm', '-dry-run', 'terraform_data.web')).toEqual({
      exitCode: 0,
      stdout: says('Would remove'),
      stderr: foreign,
    });
    expect(box.versions()).toEqual(['v1']);
    // An apply is not kept waiting for a pull, so what it says may come a moment later, but it comes.
    const outcome = await box.run(...APPLY);
    expect(outcome).toMatchObject({exitCode: 0, stdout: says('No changes.')});
    expect(outcome.stderr.startsWith(foreign)).toBe(true);
  });

  testWithTerraform(
    'a damaged state in a backend is left for terraform to refuse, and nothing is kept',
    async () => {
      const {box, store, path} = await remoteProject({files: {'main.tf': resources({web: 'one'})}});
      await box.run(...APPLY);
      store.put(path, 'password = hunter2');
      const without = await bare(box, ...APPLY);
      expect(without.exitCode).toBe(1);
      expect(await box.run(...APPLY)).toEqual(without);
      expect(box.versions()).toEqual(['v1']);
    },
  );

  testWithTerraform('a state that was destroyed from elsewhere is not reported', async () => {
    // A pull that ends only with terraform tells nothing; this apply takes longer than any pull.
    const slow =
      'resource "terraform_data" "web" {\n  provisioner "local-exec" {\n    command = "sleep 1"\n  }\n}\n';
    const {box} = await remoteProject({files: {'main.tf': slow}});
    await box.run(...APPLY);
    await bare(box, 'destroy', '-auto-approve');
    expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v2', 1, 0, 0)});
  });
});
