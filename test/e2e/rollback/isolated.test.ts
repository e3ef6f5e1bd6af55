import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {resources, sandbox, Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, stateText, testWithTerraform} from '../../support/scripts.js';

/** A terraform of a few lines: `fail-VERB` in the project's parent makes a verb fail, after half of its work. */
const VERBS = `${STATE_SCRIPT}
verb=$1
echo "$verb in \${PWD##*/}"
fails=$(dirname "$0")/fail-$verb
case $verb in
  apply) write_state 1 web=$(cat main.tf) ;;
  destroy) [ -e "$fails" ] || write_state 2 ;;
esac
if [ -e "$fails" ]; then echo "$verb failed" >&2; exit 3; fi`;

let template: Promise<Sandbox> | undefined;
afterAll(async () => {
  (await template)?.remove();
});

async function makeTemplate(): Promise<Sandbox> {
  const box = new Sandbox({standIn: VERBS, files: {'main.tf': 'one'}});
  await box.run('apply');
  box.write('main.tf', 'two');
  await box.run('apply');
  await box.run('destroy');
  return box;
}

/** Two versions, made by the stand-in once for all tests, and nothing deployed any more. */
async function destroyed(): Promise<Sandbox> {
  const made = await (template ??= makeTemplate());
  const box = sandbox({standIn: VERBS});
  cpSync(made.project, box.project, {recursive: true});
  expect(box.versions()).toEqual(['v1', 'v2']);
  return box;
}

function failing(box: Sandbox, verb: string): void {
  writeFileSync(join(box.real, '..', `fail-${verb}`), '');
}

function mended(box: Sandbox, verb: string): void {
  rmSync(join(box.real, '..', `fail-${verb}`));
}

const USAGE = `
Usage:
  terraform tm rollback --to VERSION   deploy a version on its own (destroy everything else first)
  terraform tm rollback --to VERSION --in-place   go back to a version from what is deployed now
  terraform tm rollback --del          destroy what the rollback deployed
`;

describe('an isolated rollback', () => {
  testWithTerraform(
    'an isolated rollback deploys a version by itself, from an empty state, and -del destroys it',
    async () => {
      const box = sandbox({files: {'main.tf': resources({web: 'one', db: 'one'})}});
      await box.run('apply', '-auto-approve');
      box.write('main.tf', resources({web: 'two'}));
      await box.run('apply', '-auto-approve');
      await box.run('destroy', '-auto-approve');
      const project = [box.read('main.tf'), box.read('terraform.tfstate')];

      const folder = join(box.store, 'rollback');
      const there = await box.run('tm', 'rollback', '--to', 'v1');
      expect(there).toMatchObject({exitCode: 0, stderr: ''});
      // In the order of events, terraform's words between ours.
      const steps = [
        `No resources in ${box.project}/terraform.tfstate: nothing is deployed from here\n`,
        'No rollback is active\n',
        'Found version v1\n',
        `Copied the configuration of v1 to ${folder}\n`,
        'Running terraform init there ...\n',
        'Terraform has been successfully initialized!',
        'Recorded v1 in rollback.json\n',
        'Running terraform apply --auto-approve there ...\n',
        'Apply complete! Resources: 2 added, 0 changed, 0 destroyed.',
        `v1 is deployed again (2 resources), on its own in ${folder}\n`,
        'Use: terraform tm rollback -del to destroy it when you are done\n',
      ];
      const places = steps.map((step) => there.stdout.indexOf(step));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places).not.toContain(-1);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
      expect(box.read('.cloudtm/rollback/main.tf')).toBe(resources({web: 'one', db: 'one'}));
      expect([box.read('main.tf'), box.read('terraform.tfstate')]).toEqual(project);
      expect(box.versions()).toEqual(['v1', 'v2']);

      expect((await box.run('tm', 'list')).stdout).toContain(
        'Rollback: v1 is deployed from .cloudtm/rollback/\n',
      );
      expect(await box.run('tm', 'rollback')).toEqual({
        exitCode: 0,
        stdout: `Active rollback: v1\n  folder     ${folder}\n  resources  2\n${USAGE}`,
        stderr: '',
      });

      const back = await box.run('tm', 'rollback', '--del');
      expect(back).toMatchObject({exitCode: 0, stderr: ''});
      expect(back.stdout).toContain('Active rollback: v1 (2 resources)\n');
      expect(back.stdout).toContain('Destroy complete! Resources: 2 destroyed.');
      expect(back.stdout).toContain(`Removed ${folder}\nThe rollback to v1 is over\n`);
      expect(existsSync(folder)).toBe(false);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: false});
    },
  );

  testWithTerraform('an isolated rollback of a version with child modules initializes them', async () => {
    const box = sandbox({fixture: 'modules-inside'});
    await box.run('init');
    await box.run('apply', '-auto-approve');
    await box.run('destroy', '-auto-approve');
    expect(await box.run('tm', 'rollback', '-to=1')).toMatchObject({exitCode: 0, stderr: ''});
    expect(await box.run('tm', 'rollback', '-delete')).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });

  testWithTerraform(
    'an isolated rollback in a workspace stays in that workspace, and leaves default alone',
    async () => {
      const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
      await box.run('apply', '-auto-approve');
      await box.run('workspace', 'new', 'dev');
      await box.run('apply', '-auto-approve');
      await box.run('destroy', '-auto-approve');
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.json('.cloudtm/workspaces/dev/rollback.json')).toEqual({rollback: 'v1'});
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.exists('.cloudtm/workspaces/dev/rollback')).toBe(false);
    },
  );

  testWithTerraform(
    'an isolated rollback is not led to another state by TF_CLI_ARGS, TF_DATA_DIR or -state in the environment',
    async () => {
      const env = {
        TF_CLI_ARGS_apply: '-state=mine.tfstate',
        TF_CLI_ARGS_destroy: '-state=mine.tfstate',
        TF_DATA_DIR: '.data',
      };
      const box = sandbox({files: {'main.tf': resources({web: 'one'})}, env});
      expect(await box.run('apply', '-auto-approve')).toMatchObject({
        exitCode: 0,
        stderr: kept('v1', 1, 0, 0),
      });
      await box.run('destroy', '-auto-approve');
      const before = box.read('mine.tfstate');
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.read('mine.tfstate')).toBe(before);
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.read('mine.tfstate')).toBe(before);
    },
  );

  testWithTerraform('an isolated rollback can be followed by an ordinary apply once it is over', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    await box.run('apply', '-auto-approve');
    await box.run('destroy', '-auto-approve');
    await box.run('tm', 'rollback', '--to', 'v1');
    await box.run('tm', 'rollback', '--del');
    expect(await box.run('apply', '-auto-approve')).toMatchObject({exitCode: 0, stderr: kept('v2', 1, 0, 0)});
  });

  test('an isolated rollback of a version the original tool kept works without a manifest', async () => {
    const box = sandbox({
      standIn: VERBS,
      files: {
        'main.tf': 'now',
        '.cloudtm/versions/v1/tf_configs/main.tf': 'then',
        '.cloudtm/versions/v1/tf_configs/sub/x.tf': 'deep',
        '.cloudtm/versions/v1/tf_configs/terraform.tfstate': stateText(3, {web: 'old'}),
        '.cloudtm/meta/v1.json':
          '{"version":"v1","timestamp":"2025-11-26T13:55:04Z","resources":{"added":"5","changed":"0","destroyed":"0"}}',
        '.cloudtm/current.json': '{"current": "v1", "status": false}',
        '.cloudtm/rollback.json': '{"rollback": ""}',
      },
    });
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.read('.cloudtm/rollback/main.tf')).toBe('then');
    expect(box.read('.cloudtm/rollback/sub/x.tf')).toBe('deep');
    expect(box.read('.cloudtm/rollback/terraform.tfstate')).toContain('"input":"then"');
  });

  test.each([
    ['v1', 'one'],
    ['latest', 'two'],
  ])('an isolated rollback understands %s as the name of a version', async (name, content) => {
    const box = await destroyed();
    expect(await box.run('tm', 'rollback', '--to', name)).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.read('.cloudtm/rollback/main.tf')).toBe(content);
  });

  test('an isolated rollback gives files back their names, their permissions and their links', async () => {
    const box = sandbox({
      standIn: VERBS,
      files: {'main.tf': 'one', 'run.sh': 'x', 'terragrunt.hcl': 't', 'a b/c': 'd'},
    });
    chmodSync(join(box.project, 'run.sh'), 0o755);
    const links = 'ln -s main.tf link.tf; ln -s nowhere dangling; ln -s loop loop';
    await box.runWith({program: '/bin/sh'}, '-c', links);
    await box.run('apply');
    await box.run('destroy');
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
    const {stdout} = await box.runWith(
      {program: '/bin/sh', cwd: join(box.store, 'rollback')},
      '-c',
      'stat -c "%A %N" -- "a b/c" dangling link.tf loop run.sh terragrunt.hcl',
    );
    expect(stdout.split('\n').filter(Boolean)).toEqual([
      "-rw-r--r-- 'a b/c'",
      "lrwxrwxrwx 'dangling' -> 'nowhere'",
      "lrwxrwxrwx 'link.tf' -> 'main.tf'",
      "lrwxrwxrwx 'loop' -> 'loop'",
      "-rwxr-xr-x 'run.sh'",
      "-rw-r--r-- 'terragrunt.hcl'",
    ]);
  });
});

describe('tm rollback', () => {
  test('tm rollback says that no rollback is active', async () => {
    const box = sandbox({standIn: VERBS});
    expect(await box.run('tm', 'rollback')).toEqual({
      exitCode: 0,
      stdout: `No active rollback\n${USAGE}`,
      stderr: '',
    });
    expect(await box.run('tm', 'rollback', '-json')).toEqual({
      exitCode: 0,
      stdout: `${JSON.stringify({rollback: '', path: join(box.store, 'rollback'), resources: 0}, undefined, 2)}\n`,
      stderr: '',
    });
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test('tm rollback -to refuses while resources exist, and suggests terraform destroy', async () => {
    const box = sandbox({standIn: VERBS, files: {'main.tf': 'one'}});
    await box.run('apply');
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cloudtm: resources still exist in terraform.tfstate: 1. A rollback would create a second copy beside them.\n' +
        'Run terraform destroy first, then roll back again.\n',
    });
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });

  test('tm rollback -to refuses while a rollback is active, and suggests -del', async () => {
    const box = await destroyed();
    await box.run('tm', 'rollback', '--to', 'v1');
    const refused = await box.run('tm', 'rollback', '--to', 'v2');
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr:
        'cloudtm: a rollback to v1 is already active and holds 1 resource.\n' +
        'terraform tm rollback shows it, terraform tm rollback -del destroys it; then roll back again.\n',
    });
    expect(refused.stdout).not.toContain('apply');
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
    expect(box.read('.cloudtm/rollback/main.tf')).toBe('one');
  });

  test.each([
    ['v99', 'there is no version "v99". Kept: v2, v1. terraform tm list shows them.'],
    ['../../etc', '"../../etc" is not the name of a version.'],
    ['-1', '"-1" is not the name of a version'],
    ['v1\u001B[31m', '"v1\\u001b[31m" is not the name of a version'],
    ['', 'needs a value'],
  ])('tm rollback -to %j is refused and nothing is changed', async (name, message) => {
    const box = await destroyed();
    const before = readdirSync(box.store).sort();
    const outcome = await box.run('tm', 'rollback', '--to', name);
    expect(outcome).toEqual({exitCode: 1, stdout: '', stderr: expect.stringContaining(message) as unknown});
    expect(outcome.stderr).toMatch(/^cloudtm: /);
    expect(outcome.stderr).not.toContain('bug');
    expect(readdirSync(box.store).sort()).toEqual(before);
  });

  test('tm rollback refuses -to without a name, and -to with -del', async () => {
    const box = await destroyed();
    expect(await box.run('tm', 'rollback', '--to')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('-to needs a value') as unknown,
    });
    for (const words of [
      ['--to', 'v1', '--del'],
      ['--delete', '--to=v1'],
      ['-del', '-to', 'v1'],
    ]) {
      expect(await box.run('tm', 'rollback', ...words)).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('-to and -del cannot be used together') as unknown,
      });
    }
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });

  test('tm rollback -to -del does neither', async () => {
    const box = await destroyed();
    const outcome = await box.run('tm', 'rollback', '--to', '--del');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toMatch(/^cloudtm: ("--del" is not the name of a version|-to needs a value)/);
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });

  test('tm rollback -del without a rollback is refused', async () => {
    const box = await destroyed();
    expect(await box.run('tm', 'rollback', '--del')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'cloudtm: no rollback is active. terraform tm rollback -to vN starts one.\n',
    });
  });

  test('tm rollback in a project without versions is refused', async () => {
    const box = sandbox({standIn: VERBS});
    expect(await box.run('tm', 'rollback', '--to', 'latest')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cloudtm: no version has been kept yet. The first terraform apply that changes something keeps one.\n',
    });
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test('tm rollback in a project with another backend is refused', async () => {
    const box = await destroyed();
    box.write('.terraform/terraform.tfstate', '{"version":3,"backend":{"type":"s3","config":{}}}');
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('backend "s3"') as unknown,
    });
  });

  test('tm rollback is refused if the state cannot be read, since it is unknown what exists', async () => {
    const box = await destroyed();
    box.write('terraform.tfstate', '{"version": 4, "resources": [');
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('cannot be read') as unknown,
    });
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });
});

describe('a rollback that fails half way', () => {
  test('a rollback that fails in init has created nothing, and can be repeated or removed', async () => {
    const box = await destroyed();
    failing(box, 'init');
    const folder = join(box.store, 'rollback');
    const failed = await box.run('tm', 'rollback', '--to', 'v1');
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr:
        `init failed\ncloudtm: terraform init failed (status 3) in ${folder}. Nothing was created.\n` +
        'Fix the errors above, then run terraform tm rollback -to v1 again; ' +
        'terraform tm rollback -del removes the folder.\n',
    });
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    expect((await box.run('tm', 'rollback')).stdout).toContain('No active rollback');

    mended(box, 'init');
    const again = await box.run('tm', 'rollback', '--to', 'v1');
    expect(again).toMatchObject({exitCode: 0, stderr: ''});
    expect(again.stdout).toContain(`Removed ${folder}, left by a rollback that deployed nothing\n`);
  });

  test('after a rollback failed in init, -del removes its folder', async () => {
    const box = await destroyed();
    failing(box, 'init');
    await box.run('tm', 'rollback', '--to', 'v1');
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });

  test('a rollback that fails in apply stays active, holds what was created, and says exactly what to do', async () => {
    const box = await destroyed();
    failing(box, 'apply');
    const folder = join(box.store, 'rollback');
    const failed = await box.run('tm', 'rollback', '--to', 'v1');
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr:
        `apply failed\ncloudtm: terraform apply failed (status 3) in ${folder}. It holds 1 resource.\n` +
        'The rollback to v1 stays active, so that nothing is lost. ' +
        'To give it up, run terraform tm rollback -del: it destroys what was created.\n' +
        'To finish it, fix the errors above and run terraform tm rollback -to v1 again.\n',
    });
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1', unfinished: true});

    const refused = await box.run('tm', 'rollback', '--to', 'v2');
    expect(refused).toMatchObject({exitCode: 1});
    expect(refused.stderr).toContain('a rollback to v1 is already active and holds 1 resource');
    expect(box.read('.cloudtm/rollback/terraform.tfstate')).toContain('"web"');

    mended(box, 'apply');
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
    expect(existsSync(folder)).toBe(false);
  });

  test('a rollback that fails in destroy keeps the folder and the record', async () => {
    const box = await destroyed();
    await box.run('tm', 'rollback', '--to', 'v1');
    failing(box, 'destroy');
    const failed = await box.run('tm', 'rollback', '--del');
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('terraform destroy failed (status 3)') as unknown,
    });
    expect(failed.stderr).toContain('holds 1 resource');
    expect(box.read('.cloudtm/rollback/terraform.tfstate')).toContain('"web"');
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});

    mended(box, 'destroy');
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
  });

  test("a rollback's folder that holds resources is never replaced or removed, even without a record", async () => {
    const box = await destroyed();
    await box.run('tm', 'rollback', '--to', 'v1');
    box.write('.cloudtm/rollback.json', '{"rollback": ""}');
    const refused = await box.run('tm', 'rollback', '--to', 'v2');
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('belongs to an earlier rollback and holds 1 resource') as unknown,
    });
    expect((await box.run('tm', 'rollback')).stdout).toContain('still holds 1 resource.');
    expect(box.read('.cloudtm/rollback/main.tf')).toBe('one');
    const deleted = await box.run('tm', 'rollback', '--del');
    expect(deleted).toMatchObject({exitCode: 0, stderr: ''});
    expect(deleted.stdout).toContain('destroy in rollback\n');
  });

  test('a damaged rollback.json does not make -to overwrite what is deployed', async () => {
    const box = await destroyed();
    await box.run('tm', 'rollback', '--to', 'v1');
    box.write('.cloudtm/rollback.json', '{"rollb');
    expect(await box.run('tm', 'rollback', '--to', 'v2')).toMatchObject({exitCode: 1});
    expect(box.read('.cloudtm/rollback/main.tf')).toBe('one');
  });

  test("-del does not remove a rollback's folder with a state that cannot be read", async () => {
    const box = await destroyed();
    await box.run('tm', 'rollback', '--to', 'v1');
    box.write('.cloudtm/rollback/terraform.tfstate', 'garbage');
    failing(box, 'destroy');
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 1});
    expect(box.read('.cloudtm/rollback/terraform.tfstate')).toBe('garbage');
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
  });

  test('a rollback whose folder was deleted by hand does not count as ended', async () => {
    const box = await destroyed();
    await box.run('tm', 'rollback', '--to', 'v1');
    const folder = join(box.store, 'rollback');
    rmSync(folder, {recursive: true});
    expect(await box.run('tm', 'rollback', '--del')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        `cloudtm: the folder of the rollback to v1, ${folder}, is missing, and with it the state of what was deployed there.\n` +
        `Those resources may still exist: find and destroy them by hand, then remove ${join(box.store, 'rollback.json')}.\n`,
    });
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
  });

  test("a rollback's folder with an empty state is destroyed by terraform, and not removed while the state stays empty", async () => {
    const box = await destroyed();
    await box.run('tm', 'rollback', '--to', 'v1');
    box.write('.cloudtm/rollback/terraform.tfstate', '');
    writeFileSync(box.real, '#!/bin/sh\nexit 0\n');
    const outcome = await box.run('tm', 'rollback', '--del');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain('a state there is empty, damaged or still holds resources');
    expect(existsSync(join(box.store, 'rollback'))).toBe(true);
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
  });

  test("a rollback's state that was lost does not count as destroyed", async () => {
    const box = await destroyed();
    box.write('.cloudtm/current.json', '{"current": "v2", "status": true}');
    rmSync(join(box.project, 'terraform.tfstate'));
    const outcome = await box.run('tm', 'rollback', '--to', 'v1');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain('cannot be read (it is gone)');
    expect(existsSync(join(box.store, 'rollback'))).toBe(false);
  });
});

describe('a damaged version', () => {
  test('a version whose files are gone cannot be rolled back to', async () => {
    const box = await destroyed();
    rmSync(join(box.store, 'versions/v1'), {recursive: true});
    const outcome = await box.run('tm', 'rollback', '--to', 'v1');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('v1 cannot be used');
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });

  test('a version with a missing file leaves no partial folder that counts as a rollback', async () => {
    const box = await destroyed();
    rmSync(join(box.store, 'versions/v1/tf_configs/main.tf'));
    const outcome = await box.run('tm', 'rollback', '--to', 'v1');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain('v1 cannot be used');
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    expect(await box.run('tm', 'rollback', '--to', 'v2')).toMatchObject({exitCode: 0, stderr: ''});
  });

  test('a version with a changed file cannot be rolled back to', async () => {
    const box = await destroyed();
    const file = join(box.store, 'versions/v1/tf_configs/main.tf');
    chmodSync(file, 0o600);
    writeFileSync(file, 'TWO');
    const outcome = await box.run('tm', 'rollback', '--to', 'v1');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain('v1 cannot be used');
  });

  test('a version whose manifest names files outside of the folder writes nothing there', async () => {
    const box = await destroyed();
    const file = join(box.store, 'versions/v1/manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as {entries: {path: string}[]};
    const [first] = manifest.entries;
    manifest.entries.push({...first, path: 'tf_configs/../../../evil'});
    rmSync(file);
    writeFileSync(file, JSON.stringify(manifest));
    const outcome = await box.run('tm', 'rollback', '--to', 'v1');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain('v1 cannot be used');
    expect(existsSync(join(box.project, 'evil'))).toBe(false);
    expect(existsSync(join(box.store, 'evil'))).toBe(false);
  });

  test('a rollback does not write through a link that leads out of the folder', async () => {
    const box = await destroyed();
    mkdirSync(join(box.folder, 'victim'));
    const file = join(box.store, 'versions/v1/manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as {entries: {path: string}[]};
    const [first] = manifest.entries;
    manifest.entries.push({path: 'tf_configs/sub', link: join(box.folder, 'victim')} as {path: string});
    manifest.entries.push({...first, path: 'tf_configs/sub/evil.tf'});
    rmSync(file);
    writeFileSync(file, JSON.stringify(manifest));
    await box.run('tm', 'rollback', '--to', 'v1');
    expect(readdirSync(join(box.folder, 'victim'))).toEqual([]);
  });
});
