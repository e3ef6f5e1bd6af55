import {chmodSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {httpFiles} from '../../support/backends/backends.js';
import {holdLock} from '../../support/backends/held-lock.js';
import {startHttpStore, type HttpStore} from '../../support/backends/http-store.js';
import {listing} from '../../support/listing.js';
import {openTerminal} from '../../support/pty.js';
import {on, PLANNING} from '../../support/rollback-script.js';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {stateText, testWithTerraform} from '../../support/scripts.js';

const QUESTION = "Only 'yes' will be accepted: ";

/** Two versions of the stand-in: `one` in main.tf and in the state, then `two`. */
async function twoVersions(files: Record<string, string> = {}): Promise<Sandbox> {
  const box = sandbox({standIn: PLANNING, files: {'main.tf': 'one', ...files}});
  await box.run('apply');
  box.write('main.tf', 'two');
  box.write('new.tf', 'new');
  await box.run('apply');
  expect(box.versions()).toEqual(['v1', 'v2']);
  return box;
}

/** Two versions of the real terraform, with more in the project's files. */
async function applied(files: Record<string, string> = {}): Promise<Sandbox> {
  const box = sandbox({files: {'main.tf': resources({web: 'one'}), ...files}});
  if (files['backend.tf'] !== undefined) await box.run('init');
  await box.run('apply', '-auto-approve');
  box.write('main.tf', resources({web: 'two', more: 'x'}));
  await box.run('apply', '-auto-approve');
  expect(box.versions()).toEqual(['v1', 'v2']);
  return box;
}

function stateOf(text: string): {serial: number; lineage: string} {
  return JSON.parse(text) as {serial: number; lineage: string};
}

describe('tm restore --config', () => {
  test('tm restore -config restores the files of a version, and keeps the present ones first', async () => {
    const box = await twoVersions();
    box.write('main.tf', 'not applied');
    const state = box.read('terraform.tfstate');
    expect(await box.run('tm', 'restore', 'v1', '--config', '-auto-approve')).toEqual({
      exitCode: 0,
      stdout:
        'Files of v1:\n  ~ main.tf\n  - new.tf\nKept the present files and state as v3\n' +
        'The files of v1 are restored; the previous ones are in v3\n' +
        'terraform plan shows what applying them would change; run terraform init first if modules or providers differ\n',
      stderr: '',
    });
    expect(listing(box.project)).toEqual({'main.tf': '644 one'});
    expect(box.read('.cloudtm/versions/v3/tf_configs/main.tf')).toBe('not applied');
    expect(box.meta('v3')).toMatchObject({operation: 'before-restore'});
    expect(box.read('terraform.tfstate')).toBe(state);
    expect(box.staging()).toEqual([]);
    expect(await box.run('tm', 'restore', 'v1', '--config')).toEqual({
      exitCode: 0,
      stdout: 'The files are already those of v1\n',
      stderr: '',
    });
    expect(box.versions()).toEqual(['v1', 'v2', 'v3']);
  });

  test('tm restore -config asks at the terminal, and notices what was changed meanwhile', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const refused = openTerminal(box.shim, ['tm', 'restore', 'v1', '--config'], {
      env: box.env,
      cwd: box.project,
    });
    await refused.waitFor(QUESTION);
    refused.type('\x03');
    await refused.waitFor('Nothing was changed.');
    expect(await refused.exited).toEqual({code: 1, signal: 0});
    expect(listing(box.project)).toEqual(before);
    expect(box.versions()).toEqual(['v1', 'v2']);

    const agreed = openTerminal(box.shim, ['tm', 'restore', 'v1', '--config'], {
      env: box.env,
      cwd: box.project,
    });
    await agreed.waitFor(QUESTION);
    box.write('newer.tf', 'made meanwhile');
    agreed.type('yes\r');
    expect(await agreed.exited).toEqual({code: 0, signal: 0});
    expect(listing(box.project)).toEqual({'main.tf': '644 one'});
    expect(box.read('.cloudtm/versions/v3/tf_configs/newer.tf')).toBe('made meanwhile');
  });

  test('tm restore -config without a terminal shows what it would do, and refuses', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const outcome = await box.runWith(
      {program: '/usr/bin/setsid', input: 'yes\n'},
      '-w',
      box.shim,
      ...['tm', 'restore', 'v1', '--config'],
    );
    expect(outcome).toMatchObject({exitCode: 1, stdout: 'Files of v1:\n  ~ main.tf\n  - new.tf\n'});
    expect(outcome.stderr).toContain('there is no terminal to confirm this on');
    expect(listing(box.project)).toEqual(before);
    expect(box.staging()).toEqual([]);
  });

  test('tm restore -config of a damaged version changes nothing', async () => {
    const box = await twoVersions();
    const before = listing(box.project);
    const file = join(box.store, 'versions/v1/tf_configs/main.tf');
    chmodSync(file, 0o600);
    writeFileSync(file, 'ONE');
    const outcome = await box.run('tm', 'restore', 'v1', '--config', '-auto-approve');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('v1 cannot be used');
    expect(listing(box.project)).toEqual(before);
    expect(box.staging()).toEqual([]);
  });
});

describe('tm restore --to', () => {
  test('tm restore -to writes the files elsewhere, with their names and permissions, and changes nothing else', async () => {
    const box = sandbox({
      standIn: PLANNING,
      files: {'main.tf': 'one', 'terragrunt.hcl': 't', 'run.sh': 'x', 'a/b.bin': '\r\n\0'},
    });
    chmodSync(join(box.project, 'run.sh'), 0o755);
    symlinkSync('../..', join(box.project, 'a/link'));
    await box.run('apply');
    const v1 = listing(box.project);
    box.write('main.tf', 'two');
    await box.run('apply');
    const before = listing(box.project);
    const store = readdirSync(box.store);
    expect(
      await box.runWith({cwd: box.folder}, '-chdir=project', 'tm', 'restore', 'v1', '-to', 'out/deep'),
    ).toEqual({
      exitCode: 0,
      stdout: `Wrote the files of v1 to ${box.folder}/out/deep\n`,
      stderr: '',
    });
    expect(listing(join(box.folder, 'out/deep'))).toEqual(v1);
    expect(listing(box.project)).toEqual(before);
    expect(readdirSync(box.store)).toEqual(store);
    expect(box.versions()).toEqual(['v1', 'v2']);
  });

  test.each<[string, (box: Sandbox) => void, string]>([
    [
      'a folder with something in it',
      (box) => {
        box.write('out/x', '1');
      },
      'is not empty',
    ],
    [
      'a file',
      (box) => {
        box.write('out', '1');
      },
      'cannot be used (not a folder)',
    ],
  ])('tm restore -to %s is refused', async (_, make, message) => {
    const box = await twoVersions();
    make(box);
    const before = listing(box.project);
    const outcome = await box.run('tm', 'restore', 'v1', '--to', 'out');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain(message);
    expect(listing(box.project)).toEqual(before);
  });

  test('tm restore -to a folder of the store is refused', async () => {
    const box = await twoVersions();
    const outcome = await box.run('tm', 'restore', 'v1', '--to', '.cloudtm/versions/v7');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(box.versions()).toEqual(['v1', 'v2']);
  });

  test('tm restore needs exactly one thing to restore', async () => {
    const box = await twoVersions();
    expect((await box.run('tm', 'restore', 'v1')).stderr).toContain('choose what to restore');
    expect((await box.run('tm', 'restore', 'v1', '--state', '--config')).stderr).toContain(
      'cannot be used together',
    );
    expect(box.versions()).toEqual(['v1', 'v2']);
  });
});

describe('tm restore --state', () => {
  testWithTerraform(
    'tm restore -state restores the state with a newer serial, and keeps the present one first',
    async () => {
      const box = await applied();
      const {serial, lineage} = stateOf(box.read('terraform.tfstate'));
      const before = listing(box.project);
      const outcome = await box.run('tm', 'restore', 'v1', '--state', '-auto-approve');
      expect(outcome).toEqual({
        exitCode: 0,
        stdout:
          `The state in ${box.project}/terraform.tfstate becomes that of v1 (1 resource). Nothing is created or destroyed:\n` +
          '  - terraform_data.more  forgotten; it still exists but is no longer managed\n' +
          '  ~ terraform_data.web\n' +
          'Kept the present files and state as v3\n' +
          `The state of v1 is restored in ${box.project}/terraform.tfstate, kept as v4; the previous one is in v3\n` +
          'Use: terraform tm list\n',
        stderr: '',
      });
      const state = box.read('terraform.tfstate');
      expect(stateOf(state)).toMatchObject({lineage});
      // Terraform counts one more when it stores what is pushed.
      expect([serial + 1, serial + 2]).toContain(stateOf(state).serial);
      expect(state).toContain('"one"');
      expect(listing(box.project)).toEqual(before);
      expect(box.meta('v4')).toMatchObject({operation: 'restore', restoredFrom: 'v1'});
      expect(await box.run('tm', 'restore', 'v1', '--state', '-auto-approve')).toMatchObject({
        exitCode: 0,
        stdout: `The state in ${box.project}/terraform.tfstate is already that of v1\n`,
      });
    },
  );

  testWithTerraform('tm restore -state works where the state file is missing, empty or damaged', async () => {
    const box = await applied();
    const path = join(box.project, 'terraform.tfstate');
    for (const damage of [undefined, '', '{"version": 4, "ser', 'no state at all']) {
      if (damage === undefined) rmSync(path);
      else writeFileSync(path, damage);
      if (damage !== undefined) chmodSync(path, 0o600);
      const versions = box.versions().length;
      const outcome = await box.run('tm', 'restore', 'v2', '--state', '-auto-approve');
      expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.read('terraform.tfstate')).toContain('"two"');
      const kept = box.versions().slice(versions);
      expect(kept).toHaveLength(damage ? 2 : 1);
      if (damage)
        expect(box.read(`.cloudtm/versions/${kept[0] ?? ''}/tf_configs/terraform.tfstate`)).toBe(damage);
      if (damage !== undefined) expect(statSync(path).mode & 0o777).toBe(0o600);
      expect((await box.run('plan', '-detailed-exitcode')).exitCode).toBe(0);
    }
    expect(readdirSync(box.project).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  test('tm restore -state puts a damaged state back when the push fails', async () => {
    const box = await twoVersions();
    box.write('terraform.tfstate', '{"damaged');
    on(box, 'state', ': >>terraform.tfstate; echo "Error acquiring the state lock" >&2; exit 1');
    const outcome = await box.run('tm', 'restore', 'v1', '--state', '-auto-approve');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain('terraform state push failed (status 1), so the state was not changed.');
    expect(box.read('terraform.tfstate')).toBe('{"damaged');
    expect(box.staging()).toEqual([]);
  });

  test('tm restore -state is refused if the state changed while it asked', async () => {
    const box = await twoVersions();
    const terminal = openTerminal(box.shim, ['tm', 'restore', 'v1', '--state'], {
      env: box.env,
      cwd: box.project,
    });
    await terminal.waitFor(QUESTION);
    box.write('terraform.tfstate', stateText(9, {web: 'theirs'}));
    terminal.type('yes\r');
    await terminal.waitFor('has been changed by another command in the meantime');
    expect(await terminal.exited).toMatchObject({code: 1});
    expect(box.read('terraform.tfstate')).toContain('theirs');
    expect(box.versions()).toEqual(['v1', 'v2']);
  });

  testWithTerraform('tm restore -state of a locked state leaves everything as it was', async () => {
    const box = await applied();
    box.write('main.tf', resources({web: 'three'}));
    const letGo = await holdLock(box);
    const before = box.read('terraform.tfstate');
    const outcome = await box.run('tm', 'restore', 'v1', '--state', '-auto-approve');
    await letGo();
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stderr).toContain('Error acquiring the state lock');
    expect(outcome.stderr).toContain(
      'cloudtm: terraform state push failed (status 1), so the state was not changed.',
    );
    expect(box.read('terraform.tfstate')).toBe(before);
  });

  testWithTerraform(
    'tm restore -state over a state of another lineage needs -force, and keeps that state first',
    async () => {
      const box = await applied();
      const other = box.read('terraform.tfstate').replace(/"lineage": "[^"]*"/, '"lineage": "other"');
      box.write('terraform.tfstate', other);
      const refused = await box.run('tm', 'restore', 'v1', '--state', '-auto-approve');
      expect(refused).toMatchObject({exitCode: 1, stdout: ''});
      expect(refused.stderr).toContain('its lineage differs');
      expect(box.read('terraform.tfstate')).toBe(other);
      const forced = await box.run('tm', 'restore', 'v1', '--state', '-force', '-auto-approve');
      expect(forced).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.keptState('v3')).toBe(other);
      expect(box.read('terraform.tfstate')).toContain('"one"');
    },
  );

  testWithTerraform(
    'tm restore -state keeps large numbers, other alphabets and ten megabytes to the last byte',
    async () => {
      const text = 'žluťoučký 🐎 "quoted" ${x}';
      const box = sandbox({
        files: {
          'main.tf': `resource "terraform_data" "a" {\n  input = {n = 12345678901234567890, f = 0.1234567890123456789, t = ${JSON.stringify(text).replaceAll('${', () => '$${')}, big = join("", [for i in range(1000) : file("big.txt")])}\n}\n`,
          'big.txt': 'é'.repeat(5_000),
        },
      });
      expect((await box.run('apply', '-auto-approve')).exitCode).toBe(0);
      const then = box.read('terraform.tfstate');
      expect(then).toContain('12345678901234567890');
      expect(Buffer.byteLength(then)).toBeGreaterThan(10_000_000);
      box.write('main.tf', resources({a: 'small'}));
      await box.run('apply', '-auto-approve');
      expect(await box.run('tm', 'restore', 'v1', '--state', '-auto-approve')).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
      const now = box.read('terraform.tfstate');
      expect(now.replace(/"serial": \d+/, '')).toBe(then.replace(/"serial": \d+/, ''));
    },
  );

  test('tm restore -state is refused for a state that is only named on the command line', async () => {
    const box = await twoVersions();
    const outcome = await box.runWith(
      {env: {TF_CLI_ARGS_apply: '-state=x.tfstate'}},
      ...['tm', 'restore', 'v1', '--state', '-auto-approve'],
    );
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('TF_CLI_ARGS selects another state file');
  });

  describe('in a backend', () => {
    let store: HttpStore;
    beforeAll(async () => {
      store = await startHttpStore();
    });
    afterAll(() => store.stop());

    testWithTerraform('tm restore -state pushes to a backend under its lock', async () => {
      const box = await applied(httpFiles(`${store.url}/p`));
      const writes = store.writes('/p').length;
      const outcome = await box.run('tm', 'restore', 'v1', '--state', '-auto-approve');
      expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
      expect(outcome.stdout).toContain('The state of v1 is restored in the backend "http", kept as v4');
      expect(store.writes('/p').slice(writes)).toEqual(['LOCK', 'POST', 'UNLOCK']);
      const states = store.versions('/p').map((bytes) => stateOf(bytes.toString()));
      expect(states.at(-1)?.serial).toBeGreaterThan(states.at(-2)?.serial ?? 0);
      expect(box.exists('terraform.tfstate')).toBe(false);
    });
  });
});
