import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {httpFiles} from '../../support/backends/backends.js';
import {startHttpStore} from '../../support/backends/http-store.js';
import {makeReadOnly, testWithMount} from '../../support/faults.js';
import {listing} from '../../support/listing.js';
import {isAlive, until} from '../../support/processes.js';
import {openTerminal, type Terminal} from '../../support/pty.js';
import {on, PLANNING} from '../../support/rollback-script.js';
import {resources, sandbox, Sandbox, type SandboxOptions} from '../../support/sandbox.js';
import {kept, testWithTerraform} from '../../support/scripts.js';

const TO_V1 = ['tm', 'rollback', '--to', 'v1', '--in-place'];
const QUESTION = "Only 'yes' will be accepted: ";
const PUT_BACK = 'The files are as they were before; nothing was applied\n';

let template: Promise<Sandbox> | undefined;
afterAll(async () => {
  (await template)?.remove();
});

/** Two versions of a stand-in; v2 has another main.tf, a file more and a file less. */
async function twoVersions(files?: Record<string, string>): Promise<Sandbox> {
  if (files !== undefined) return makeVersions(sandbox, files);
  const made = await (template ??= makeVersions((options) => new Sandbox(options), {}));
  const box = sandbox({standIn: PLANNING});
  cpSync(made.project, box.project, {recursive: true});
  return box;
}

async function makeVersions(
  make: (options: SandboxOptions) => Sandbox,
  files: Record<string, string>,
): Promise<Sandbox> {
  const box = make({standIn: PLANNING, files: {'main.tf': 'one', 'only-v1.tf': 'x', ...files}});
  await box.run('apply');
  box.write('main.tf', 'two');
  box.write('sub/only-v2.tf', 'y');
  box.write('notes.txt', 'mine');
  rmSync(join(box.project, 'only-v1.tf'));
  expect((await box.run('apply')).stderr).toBe(kept('v2', 0, 1, 0));
  return box;
}

function atTerminal(box: Sandbox, ...words: string[]): Terminal {
  return openTerminal(box.shim, words, {env: box.env, cwd: box.project, cols: 200});
}

/** Nothing of a rollback is left but what it kept. */
function expectClean(box: Sandbox, before: Record<string, string>, versions: string[]): void {
  expect(listing(box.project)).toEqual(before);
  expect(box.versions()).toEqual(versions);
  expect(box.staging()).toEqual([]);
  expect(box.exists('.cloudtm/restore.json')).toBe(false);
}

describe('an in-place rollback', () => {
  testWithTerraform(
    'an in-place rollback plans a version against the live state, applies that plan and keeps the result',
    async () => {
      const box = sandbox({
        env: {TF_CLI_ARGS_plan: '-no-color', TF_CLI_ARGS_apply: '-no-color'},
        files: {'main.tf': resources({web: 'one', old: 'x'}), 'old.tf': '# only in v1\n'},
      });
      await box.run('apply', '-auto-approve');
      box.write('main.tf', resources({web: 'two'}));
      box.write('new.tf', resources({extra: 'y'}));
      rmSync(join(box.project, 'old.tf'));
      await box.run('apply', '-auto-approve');

      const done = await box.run(...TO_V1, '-auto-approve');
      expect(done).toMatchObject({exitCode: 0, stderr: ''});
      const steps = [
        'Found version v1\n',
        'Files of v1:\n  + old.tf\n  ~ main.tf\n  - new.tf\n',
        'Kept the present files and state as v3\n',
        'Running terraform init in the project itself ...\n',
        'Running terraform plan in the project itself ...\n',
        'terraform_data.extra will be destroyed',
        'Plan: 1 to add, 1 to change, 1 to destroy.',
        'This destroys 1 resource: terraform_data.extra.\n',
        'Running terraform apply in the project itself ...\n',
        'Apply complete! Resources: 1 added, 1 changed, 1 destroyed.',
        'Rolled back to v1, kept as v4 (1 added, 1 changed, 1 destroyed)\n',
      ];
      const places = steps.map((step) => done.stdout.indexOf(step));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(Object.keys(listing(box.project))).toEqual(['main.tf', 'old.tf']);
      expect(box.read('main.tf')).toBe(resources({web: 'one', old: 'x'}));
      expect(box.meta('v3')).toMatchObject({operation: 'before-rollback', outcome: 'succeeded'});
      expect(box.meta('v4')).toMatchObject({operation: 'rollback', restoredFrom: 'v1', outcome: 'succeeded'});
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v4', status: true});
      expect(box.staging()).toEqual([]);

      // Back again, with nothing to change, and from a version that is a rollback itself.
      const again = await box.run('tm', 'rollback', '--to', 'v4', '--in-place', '-auto-approve');
      expect(again).toMatchObject({exitCode: 0, stderr: ''});
      expect(again.stdout).toContain('The files are already those of v4\n');
      expect(again.stdout).toContain('Nothing is destroyed.\n');
      expect(again.stdout).toContain('kept as v6 (0 added, 0 changed, 0 destroyed)\n');
    },
  );

  testWithTerraform(
    'an in-place rollback moves back what moved, forgets what was imported, imports what was forgotten',
    async () => {
      const box = sandbox({files: {'main.tf': resources({a: 'x', out: 'z'})}});
      await box.run('apply', '-auto-approve');
      const moved = 'moved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\n';
      box.write('main.tf', resources({b: 'x', out: 'z'}) + moved);
      await box.run('apply', '-auto-approve');
      const again = 'moved {\n  from = terraform_data.b\n  to = terraform_data.c\n}\n';
      box.write('main.tf', resources({c: 'x', out: 'z'}) + moved + again);
      await box.run('apply', '-auto-approve');
      await box.run('state', 'rm', 'terraform_data.out');
      box.write('main.tf', resources({c: 'x', taken: ''}).replace(/input = ""\n/, '') + moved + again);
      const imported = await box.run('import', 'terraform_data.taken', 'some-id');
      expect(imported.exitCode).toBe(0);
      const before = listing(box.project);
      const versions = box.versions();

      for (const [to, from] of [
        ['v1', 'terraform_data.c → terraform_data.a'],
        ['v2', 'terraform_data.c → terraform_data.a'],
      ] as const) {
        const plan = await box.run('tm', 'rollback', '--to', to, '--in-place', '-plan');
        expect(plan).toMatchObject({exitCode: 0, stderr: ''});
        expect(plan.stdout).toContain(from);
        expect(plan.stdout).toContain('(-destroy-imported destroys them):\n  terraform_data.taken\n');
        expect(plan.stdout).toContain(
          're-imported by generated blocks (-no-import skips this):\n  terraform_data.out\n',
        );
        expect(plan.stdout).toContain('Nothing is destroyed.\n');
        expect(plan.stdout).toMatch(/will no longer be managed by Terraform/);
        expectClean(box, before, versions);
      }
      const insisted = await box.run(...TO_V1, '-plan', '-destroy-imported');
      expect(insisted.stdout).toContain('This destroys 1 resource: terraform_data.taken.\n');
      const done = await box.run(...TO_V1, '-auto-approve');
      expect(done).toMatchObject({exitCode: 0, stderr: ''});
      expect(Object.keys(listing(box.project))).toEqual(['main.tf']);
      expect((await box.run('state', 'list')).stdout).toBe('terraform_data.a\nterraform_data.out\n');
      expect((await box.run('plan', '-detailed-exitcode')).exitCode).toBe(0);
    },
  );

  testWithTerraform(
    'an in-place rollback takes the values of the version, and asks for a secret before it touches a file',
    async () => {
      const variables =
        'variable "size" {}\nvariable "password" {\n  sensitive = true\n}\n' +
        'resource "terraform_data" "web" {\n  input = "${var.size} ${sha1(var.password)}"\n}\n';
      const box = sandbox({files: {'main.tf': variables}});
      const secret = {TF_VAR_password: 'then'};
      await box.runWith({env: secret}, 'apply', '-auto-approve', '-var', 'size=1');
      await box.runWith({env: {TF_VAR_password: 'now'}}, 'apply', '-auto-approve', '-var', 'size=2');
      box.write('main.tf', `${variables}# more\n`);
      const before = listing(box.project);
      const refused = await box.run(...TO_V1, '-auto-approve');
      expect(refused).toMatchObject({exitCode: 1});
      expect(refused.stderr).toContain('password (not set now)');
      expect(refused.stderr).toContain(
        'terraform tm rollback -to v1 -in-place -var password=…\nNothing was changed.',
      );
      expect(refused.stdout).not.toContain('Running');
      expectClean(box, before, ['v1', 'v2']);
      const done = await box.runWith({env: secret}, ...TO_V1, '-auto-approve');
      expect(done).toMatchObject({exitCode: 0, stderr: ''});
      expect(readFileSync(join(box.project, 'terraform.tfstate'), 'utf8')).toContain('"1 ');
    },
  );

  testWithTerraform('an in-place rollback in a workspace stays in that workspace', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    await box.run('workspace', 'new', 'dev');
    await box.run('apply', '-auto-approve');
    box.write('main.tf', resources({web: 'two'}));
    await box.run('apply', '-auto-approve');
    expect(await box.run(...TO_V1, '-auto-approve')).toMatchObject({exitCode: 0, stderr: ''});
    const tree = join(box.store, 'workspaces/dev');
    expect(box.versions(tree)).toEqual(['v1', 'v2', 'v3', 'v4']);
    expect(box.meta('v4', tree)).toMatchObject({workspace: 'dev', restoredFrom: 'v1'});
    expect(box.versions()).toEqual([]);
    expect([...box.staging(), ...box.staging(tree)]).toEqual([]);
    expect(box.read('terraform.tfstate.d/dev/terraform.tfstate')).toContain('"one"');
  });

  testWithTerraform(
    'an in-place rollback brings back modules outside of the folder only on request',
    async () => {
      const box = sandbox({
        files: {'app/main.tf': 'module "m" {\n  source = "../m"\n}\n', 'm/m.tf': resources({a: 'one'})},
      });
      const run = (...words: string[]) => box.runWith({cwd: join(box.project, 'app')}, ...words);
      await run('init');
      await run('apply', '-auto-approve');
      box.write('m/m.tf', resources({a: 'two'}));
      await run('apply', '-auto-approve');
      const left = await run(...TO_V1, '-plan');
      expect(left).toMatchObject({exitCode: 0, stderr: ''});
      expect(left.stdout).toContain(
        `1 file of modules outside of this folder differs from v1 and stays as it is:\n  ${box.project}/m/m.tf\n`,
      );
      expect(box.read('m/m.tf')).toBe(resources({a: 'two'}));
      expect(await run(...TO_V1, '-plan', '-with-modules')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.read('m/m.tf')).toBe(resources({a: 'two'}));
      expect(await run(...TO_V1, '-auto-approve', '-with-modules')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.read('m/m.tf')).toBe(resources({a: 'one'}));
    },
  );

  testWithTerraform('an in-place rollback that destroys everything says so', async () => {
    const box = sandbox({files: {'main.tf': '# nothing yet\noutput "x" {\n  value = 1\n}\n'}});
    await box.run('apply', '-auto-approve');
    box.write('main.tf', resources({a: 'x', b: 'y'}));
    await box.run('apply', '-auto-approve');
    const done = await box.run(...TO_V1, '-auto-approve');
    expect(done).toMatchObject({exitCode: 0, stderr: ''});
    expect(done.stdout).toContain('This destroys 2 resources: terraform_data.a, terraform_data.b.\n');
    expect(done.stdout).toContain('(0 added, 0 changed, 2 destroyed)\n');
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v4', status: false});
  });

  test('an in-place rollback with -plan shows the plan and leaves nothing behind', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const shown = await box.run(...TO_V1, '-plan');
    expect(shown).toMatchObject({exitCode: 0, stderr: ''});
    expect(shown.stdout).toContain('plan of one\n');
    expect(shown.stdout).toContain(PUT_BACK);
    expectClean(box, before, ['v1', 'v2']);
    expect(box.read('terraform.tfstate')).toContain('"two"');
  });

  test('an in-place rollback without a terminal and without approval is refused before anything is run or changed', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const setsid = await box.runWith({program: '/usr/bin/setsid', input: 'yes\n'}, '-w', box.shim, ...TO_V1);
    expect(setsid).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cloudtm: there is no terminal to confirm this on, so nothing was changed. -auto-approve skips the question.\n',
    });
    expectClean(box, before, ['v1', 'v2']);
  });

  test('an in-place rollback works from another folder and with the store elsewhere', async () => {
    const box = sandbox({standIn: PLANNING, files: {'main.tf': 'one'}, env: {CLOUDTM_DIR: '../store'}});
    const run = (...words: string[]) => box.runWith({cwd: box.folder}, '-chdir=project', ...words);
    await box.run('apply');
    box.write('main.tf', 'two');
    await box.run('apply');
    expect(await run(...TO_V1, '-auto-approve')).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.read('main.tf')).toBe('one');
    expect(box.versions(join(box.folder, 'store'))).toEqual(['v1', 'v2', 'v3', 'v4']);
    expect(await box.runWith({env: {TF_WORKSPACE: 'dev'}}, ...TO_V1, '-auto-approve')).toMatchObject({
      exitCode: 1,
      stdout: '',
    });
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test.each<[string, (box: Sandbox) => void, string]>([
    [
      'of another lineage',
      (box) => {
        box.write('terraform.tfstate', box.read('terraform.tfstate').replace('stand-in', 'other'));
      },
      'its lineage differs',
    ],
    [
      'that is damaged',
      (box) => {
        box.write('terraform.tfstate', '{');
      },
      'cannot be read',
    ],
  ])('an in-place rollback against a state %s is refused', async (_, change, message) => {
    const box = await twoVersions();
    change(box);
    const before = listing(box.project);
    const outcome = await box.run(...TO_V1, '-auto-approve');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain(message);
    expectClean(box, before, ['v1', 'v2']);
  });

  test('an in-place rollback by an older terraform is refused', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    on(box, 'version', `echo '{"terraform_version":"1.10.5"}'; exit`);
    const outcome = await box.run(...TO_V1, '-auto-approve');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('rolling back to v1 needs terraform 1.11.4 or newer; this is 1.10.5');
    expectClean(box, before, ['v1', 'v2']);
  });
});

describe('the files of an in-place rollback', () => {
  test.each(['init', 'plan', 'apply'])(
    'the files of an in-place rollback are put back when %s fails, and what it created is removed',
    async (verb) => {
      const box = await twoVersions({'.terraform.lock.hcl': 'lock'});
      on(box, 'init', 'echo changed >.terraform.lock.hcl');
      on(box, verb, `echo changed >.terraform.lock.hcl; echo "no $verb" >&2; exit 3`);
      const before = listing(box.project);
      const outcome = await box.run(...TO_V1, '-auto-approve');
      expect(outcome).toMatchObject({exitCode: 1});
      expect(outcome.stderr).toContain(
        `cloudtm: terraform ${verb} failed (status 3), so nothing was applied and the files were put back.\n`,
      );
      expect(outcome.stdout).toContain(PUT_BACK);
      expectClean(box, before, ['v1', 'v2', 'v3']);
    },
  );

  test('the files of an in-place rollback stay when the apply failed after a change, and a message says so', async () => {
    const box = await twoVersions();
    on(box, 'apply', 'write_state 9 web=half; exit 3');
    const outcome = await box.run(...TO_V1, '-auto-approve');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain(
      'failed (status 3) after it had made some changes. The files are those of v1',
    );
    expect(outcome.stderr).toContain('kept as v4');
    expect(outcome.stdout).not.toContain(PUT_BACK);
    expect(box.read('main.tf')).toBe('one');
    expect(box.meta('v4')).toMatchObject({operation: 'rollback', outcome: 'failed', restoredFrom: 'v1'});
    expect(box.staging()).toEqual([]);
    on(box, 'apply', undefined);
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v5', 0, 1, 0)});
  });

  test('the files of an in-place rollback keep links, permissions, line ends, bytes, other names, and what is ignored', async () => {
    const box = sandbox({
      standIn: PLANNING,
      files: {
        'main.tf': 'one',
        'terragrunt.hcl': 'then',
        'crlf.txt': 'a\r\n',
        'run.sh': 'x',
        'keys.auto.tfvars': 'then',
      },
    });
    writeFileSync(join(box.project, 'bin.dat'), Buffer.from([0, 255, 10, 13]));
    chmodSync(join(box.project, 'run.sh'), 0o755);
    mkdirSync(join(box.folder, 'shared'));
    writeFileSync(join(box.folder, 'shared/x.tf'), 'theirs');
    mkdirSync(join(box.project, 'modules'));
    box.write('modules/x.tf', 'own');
    symlinkSync('main.tf', join(box.project, 'link'));
    await box.run('apply');
    const v1 = listing(box.project);

    box.write('main.tf', 'two');
    box.write('terragrunt.hcl', 'now');
    box.write('crlf.txt', 'a\n');
    box.write('bin.dat', 'text');
    chmodSync(join(box.project, 'run.sh'), 0o644);
    rmSync(join(box.project, 'modules'), {recursive: true});
    symlinkSync('../shared', join(box.project, 'modules'));
    rmSync(join(box.project, 'link'));
    box.write('link', 'a file');
    box.write('keys.auto.tfvars', 'mine');
    box.write('.cloudtmignore', 'keys.auto.tfvars\nprivate/\n');
    box.write('private/x.tf', 'mine');
    await box.run('apply');
    const v2 = listing(box.project);

    expect(await box.run(...TO_V1, '-plan')).toMatchObject({exitCode: 0, stderr: ''});
    expect(listing(box.project)).toEqual(v2);
    const done = await box.run(...TO_V1, '-auto-approve');
    expect(done).toMatchObject({exitCode: 0, stderr: ''});
    expect(done.stdout).toContain('the present ones stay:\n  keys.auto.tfvars\n');
    expect(listing(box.project)).toEqual({
      ...v1,
      'keys.auto.tfvars': '644 mine',
      '.cloudtmignore': '644 keys.auto.tfvars\nprivate/\n',
      'private/': '',
      'private/x.tf': '644 mine',
    });
    expect(readdirSync(join(box.folder, 'shared'))).toEqual(['x.tf']);
    expect(readFileSync(join(box.folder, 'shared/x.tf'), 'utf8')).toBe('theirs');
  });

  test('an in-place rollback does not touch a folder that is in the place of a file', async () => {
    const box = await twoVersions({data: 'a file'});
    rmSync(join(box.project, 'data'));
    box.write('data/x', 'mine');
    const before = listing(box.project);
    const outcome = await box.run(...TO_V1, '-auto-approve');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain('v1 has a file where there is a folder now: data.');
    expectClean(box, before, ['v1', 'v2']);
  });

  test('an in-place rollback that is refused puts hundreds of files back', async () => {
    const many = Object.fromEntries(Array.from({length: 300}, (_, at) => [`d${at % 10}/${at}.txt`, `${at}`]));
    const box = await twoVersions(many);
    for (const path of Object.keys(many)) box.write(path, 'other');
    const before = listing(box.project);
    expect(await box.run(...TO_V1, '-plan')).toMatchObject({exitCode: 0, stderr: ''});
    expectClean(box, before, ['v1', 'v2']);
  });

  testWithMount(
    'an in-place rollback leaves a project that cannot be written as it is, and says so',
    async () => {
      const box = await twoVersions();
      const before = listing(box.project);
      mkdirSync(join(box.folder, 'store'));
      renameSync(box.store, join(box.folder, 'store/s'));
      makeReadOnly(box.project);
      const outcome = await box.runWith({env: {CLOUDTM_DIR: '../store/s'}}, ...TO_V1, '-auto-approve');
      expect(outcome).toMatchObject({exitCode: 1});
      expect(outcome.stderr).toMatch(/^cloudtm: .* cannot be replaced \(read-only file system\)/m);
      expect(outcome.stdout).not.toContain('Running');
      expect(listing(box.project)).toEqual(before);
      expect(existsSync(join(box.folder, 'store/s/restore.json'))).toBe(false);
    },
  );
});

describe('at a terminal', () => {
  test('an in-place rollback continues after yes at the terminal, and ignores an answer at stdin', async () => {
    const box = await twoVersions();
    const command = `echo no | "$0" "$@"`;
    const terminal = openTerminal('/bin/sh', ['-c', command, box.shim, ...TO_V1], {
      env: box.env,
      cwd: box.project,
    });
    await terminal.waitFor(QUESTION);
    terminal.type('yes\r');
    await terminal.waitFor('Rolled back to v1, kept as v4');
    expect(await terminal.exited).toEqual({code: 0, signal: 0});
    expect(box.read('main.tf')).toBe('one');
  });

  test.each([
    ['no', 'no\r'],
    ['y', 'y\r'],
    ['nothing', '\r'],
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('an in-place rollback that is answered with %s puts the files back', async (_, keys) => {
    const box = await twoVersions();
    const before = listing(box.project);
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor(QUESTION);
    terminal.type(keys);
    await terminal.waitFor('The files are as they were before');
    expect(await terminal.exited).toEqual({code: 1, signal: 0});
    expect(terminal.screen()).not.toContain('there is no terminal');
    expectClean(box, before, ['v1', 'v2', 'v3']);
  });

  test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT', 'SIGHUP'])(
    '%s at the question of an in-place rollback puts the files back',
    async (signal) => {
      const box = await twoVersions();
      const before = listing(box.project);
      const terminal = atTerminal(box, ...TO_V1);
      await terminal.waitFor(QUESTION);
      terminal.signal(signal);
      await terminal.exited;
      expectClean(box, before, ['v1', 'v2', 'v3']);
    },
  );

  test('an in-place rollback whose window is closed at the question puts the files back', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor(QUESTION);
    terminal.hangUp();
    expect(await terminal.exited).toMatchObject({code: 1});
    expectClean(box, before, ['v1', 'v2', 'v3']);
  });

  test('Ctrl-C while an in-place rollback plans puts the files back', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    on(box, 'plan', `trap 'echo interrupted; exit 1' INT; echo planning; while :; do sleep 0.05; done`);
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor('planning');
    terminal.type('\x03');
    await terminal.waitFor('interrupted');
    expect(await terminal.exited).toEqual({code: 1, signal: 0});
    expect(terminal.screen()).toContain('The files are as they were before');
    expectClean(box, before, ['v1', 'v2', 'v3']);
  });

  testWithTerraform('Ctrl-C while an in-place rollback applies keeps what it had done', async () => {
    const sleeping = (input: string) =>
      `resource "terraform_data" "a" {\n  input = "${input}"\n}\nresource "terraform_data" "b" {\n  depends_on = [terraform_data.a]\n  triggers_replace = "${input}"\n  provisioner "local-exec" {\n    command = "echo $$ >pid; exec sleep ${input === 'one' ? '$(cat nap)' : '0'}"\n  }\n}\n`;
    const box = sandbox({files: {'main.tf': sleeping('one'), nap: '0'}});
    await box.run('apply', '-auto-approve');
    box.write('main.tf', sleeping('two'));
    await box.run('apply', '-auto-approve');
    rmSync(join(box.project, 'pid'));
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor(QUESTION);
    writeFileSync(join(box.project, 'nap'), '600');
    terminal.type('yes\r');
    await until(() => box.exists('pid'));
    terminal.type('\x03');
    expect(await terminal.exited).toMatchObject({code: 1});
    expect(terminal.screen()).toContain('after it had made some changes');
    expect(box.read('main.tf')).toBe(sleeping('one'));
    expect(box.meta('v4')).toMatchObject({operation: 'rollback', outcome: 'interrupted'});
    expect(box.staging()).toEqual([]);
  });

  test('an in-place rollback applies nothing if the state changed while its question was open', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor(QUESTION);
    box.write('terraform.tfstate', box.read('terraform.tfstate').replace('"two"', '"theirs"'));
    terminal.type('yes\r');
    await terminal.waitFor('has been changed by another command in the meantime');
    expect(await terminal.exited).toMatchObject({code: 1});
    expect(terminal.screen()).not.toContain('Running terraform apply');
    expectClean(box, before, ['v1', 'v2', 'v3']);
    expect(box.read('terraform.tfstate')).toContain('"theirs"');
  });

  test('a file edited while the question of an in-place rollback is open is set aside, and a message says so', async () => {
    const box = await twoVersions();
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor(QUESTION);
    box.write('main.tf', 'edited meanwhile');
    terminal.type('no\r');
    await terminal.waitFor('main.tf.edited');
    expect(await terminal.exited).toMatchObject({code: 1});
    expect(box.read('main.tf')).toBe('two');
    expect(box.read('main.tf.edited')).toBe('edited meanwhile');
  });

  test('a file edited after an in-place rollback was killed is set aside by the command that puts the files back', async () => {
    const box = await twoVersions();
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor(QUESTION);
    terminal.signal('SIGKILL');
    await terminal.exited;
    box.write('main.tf', 'edited afterwards');
    expect((await box.run('tm', 'list')).stderr).toContain('edited in the meantime: ');
    expect(box.read('main.tf')).toBe('two');
    expect(box.read('main.tf.edited')).toBe('edited afterwards');
  });

  test("an apply during an in-place rollback warns that it sees the rollback's files", async () => {
    const box = await twoVersions();
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor(QUESTION);
    expect((await box.run('apply')).stderr).toContain('is replacing files in');
    terminal.type('no\r');
    await terminal.exited;
  });

  test('an in-place rollback refuses flags for another state file before it changes anything', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const env = {TF_CLI_ARGS_apply: '-state=other.tfstate'};
    expect(await box.runWith({env}, ...TO_V1, '-auto-approve')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('TF_CLI_ARGS selects another state file') as unknown,
    });
    expect(listing(box.project)).toEqual(before);
  });

  test('an in-place rollback leaves files of another root module in a subfolder alone', async () => {
    const box = await twoVersions();
    box.write('nested/main.tf', 'theirs');
    box.write('nested/terraform.tfstate', '{}');
    expect(await box.run(...TO_V1, '-auto-approve')).toMatchObject({exitCode: 0});
    expect(box.read('nested/main.tf')).toBe('theirs');
  });

  test('a second in-place rollback is refused while one runs, and other commands leave the files alone', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const terminal = atTerminal(box, ...TO_V1);
    await terminal.waitFor(QUESTION);
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: ''});
    for (const words of [TO_V1, ['tm', 'restore', 'v1', '--config']]) {
      const second = await box.run(...words, '-auto-approve');
      expect(second).toMatchObject({exitCode: 1});
      expect(second.stderr).toMatch(/another cloudtm \(process \d+\) is replacing files of this project/);
    }
    expect(box.read('main.tf')).toBe('one');
    terminal.type('no\r');
    await terminal.exited;
    expectClean(box, before, ['v1', 'v2', 'v3']);
  });
});

describe('a shim that is killed', () => {
  const MENDED = 'was interrupted; they have been put back\n';

  test.each([['tm', 'list'], ['apply']])(
    'after an in-place rollback was killed at its question, the next %s %s puts the files back',
    async (...words) => {
      const box = await twoVersions();
      const before = listing(box.project);
      const terminal = atTerminal(box, ...TO_V1);
      await terminal.waitFor(QUESTION);
      terminal.signal('SIGKILL');
      await terminal.exited;
      expect(box.read('main.tf')).toBe('one');
      const next = await box.run(...words.filter(Boolean));
      expect(next).toMatchObject({exitCode: 0});
      expect(next.stderr).toContain(MENDED);
      expect(listing(box.project)).toEqual(before);
      expect(box.staging()).toEqual([]);
      expect(box.read('terraform.tfstate')).toContain('"two"');
    },
  );

  test('after an in-place rollback was killed during its plan, the files are put back, also from another workspace', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    on(box, 'plan', 'echo >planning; wait_for ../go; exit 1');
    const child = box.start([...TO_V1, '-auto-approve']);
    const ended = box.finish(child);
    await until(() => box.exists('planning'));
    rmSync(join(box.project, 'planning'));
    child.kill('SIGKILL');
    writeFileSync(join(box.folder, 'go'), '');
    await ended;
    const next = await box.runWith({env: {TF_WORKSPACE: 'dev'}}, 'tm', 'list');
    expect(next.stderr).toContain(MENDED);
    expect(listing(box.project)).toEqual(before);
  });

  test('after an in-place rollback was killed during its apply, the files stay and the next command keeps the result', async () => {
    const box = await twoVersions();
    // By its number in one step; what has closed its output may not have ended yet.
    on(box, 'apply', 'echo $$ >../pid && mv ../pid ../applying; wait_for ../go');
    const child = box.start([...TO_V1, '-auto-approve']);
    const ended = box.finish(child);
    await until(() => existsSync(join(box.folder, 'applying')));
    const terraform = Number(readFileSync(join(box.folder, 'applying'), 'utf8'));
    child.kill('SIGKILL');
    expect((await box.run('tm', 'list')).stderr).not.toContain('recovered');
    writeFileSync(join(box.folder, 'go'), '');
    await until(() => box.read('terraform.tfstate').includes('"one"'));
    on(box, 'apply', undefined);
    await ended;
    await until(() => !isAlive(terraform));
    const next = await box.run('tm', 'list');
    expect(next.stderr).toContain(
      'kept v4 (0 added, 1 changed, 0 destroyed), recovered from an interrupted rollback',
    );
    expect(box.read('main.tf')).toBe('one');
    expect(box.exists('cloudtm_rollback_generated.tf')).toBe(false);
    expect(box.staging()).toEqual([]);
  });
});

describe('a shim that is killed by the terraform it runs', () => {
  // `version` runs before anything is touched; the others in the order of a rollback in place.
  test.each(['version', 'init', 'plan', 'show'])(
    'an in-place rollback that is killed by the terraform it runs at %s leaves the files as they were',
    async (verb) => {
      const box = await twoVersions();
      const before = listing(box.project);
      const state = box.read('terraform.tfstate');
      on(box, verb, 'kill -9 $PPID; sleep 0.2');
      await box.run(...TO_V1, '-auto-approve');
      on(box, verb, undefined);
      const next = await box.run('tm', 'list');
      expect(next.exitCode).toBe(0);
      expect(listing(box.project)).toEqual(before);
      expect(box.read('terraform.tfstate')).toBe(state);
      expect(box.staging()).toEqual([]);
      expect(readdirSync(box.store).filter((name) => /restore\.json|replacing/.test(name))).toEqual([]);
      // And it can be asked for again.
      expect(await box.run(...TO_V1, '-auto-approve')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.read('main.tf')).toBe('one');
    },
  );
});

describe('with a state in a backend', () => {
  let store: Awaited<ReturnType<typeof startHttpStore>> | undefined;
  afterAll(() => store?.stop());

  testWithTerraform('an in-place rollback with the state in a backend works as with a file', async () => {
    store = await startHttpStore();
    const box = sandbox({files: {'main.tf': resources({web: 'one'}), ...httpFiles(`${store.url}/p`)}});
    await box.run('init');
    await box.run('apply', '-auto-approve');
    box.write('main.tf', resources({web: 'two', more: 'x'}));
    await box.run('apply', '-auto-approve');
    const done = await box.run(...TO_V1, '-auto-approve');
    expect(done).toMatchObject({exitCode: 0, stderr: ''});
    expect(done.stdout).toContain('kept as v4 (0 added, 1 changed, 1 destroyed)\n');
    expect(store.versions('/p').at(-1)?.toString()).toContain('"one"');
    expect(box.meta('v4')).toMatchObject({backend: 'http', restoredFrom: 'v1'});
  });
});
