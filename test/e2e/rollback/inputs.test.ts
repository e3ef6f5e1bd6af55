import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished} from 'vitest';
import {contentsOf} from '../../support/inputs.js';
import {openTerminal, type Terminal} from '../../support/pty.js';
import {sandbox, type Outcome, type Sandbox} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

/** A configuration whose output tells the values of its variables. */
function variables(declared: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(declared);
  const blocks = Object.entries(declared).map(([name, body]) => `variable "${name}" {\n${body}\n}\n`);
  const shown = names.filter((name) => !declared[name]?.includes('ephemeral'));
  return {
    'main.tf':
      `${blocks.join('')}\nresource "terraform_data" "all" {\n` +
      `  input = jsonencode({${shown.map((name) => `${name} = var.${name}`).join(', ')}})\n}\n` +
      'output "all" {\n  value     = terraform_data.all.input\n  sensitive = true\n}\n',
  };
}

const DEFAULT = '  default = "default"';
const SENSITIVE = `${DEFAULT}\n  sensitive = true`;
const EPHEMERAL = `${DEFAULT}\n  ephemeral = true`;

/** What the variables were, as the state of a folder tells. */
function values(box: Sandbox, folder: string): unknown {
  const output = execFileSync(box.real, ['output', '-raw', 'all'], {
    cwd: join(box.project, folder),
    env: box.env,
  });
  return JSON.parse(output.toString());
}

/** Run something that makes v1, and let it look destroyed; returns the values it had. */
async function appliedWith(box: Sandbox, apply: () => Promise<Outcome>): Promise<unknown> {
  expect(await apply()).toMatchObject({exitCode: 0});
  expect(box.versions()).toEqual(['v1']);
  const before = values(box, '.');
  box.write('terraform.tfstate', '{"version":4,"serial":9,"lineage":"l","outputs":{},"resources":[]}');
  box.write('.cloudtm/current.json', '{"current": "v1", "status": false}');
  return before;
}

const APPLY = ['apply', '-auto-approve', '-no-color'];
const TO = ['tm', 'rollback', '--to', 'v1'];
const DEL = ['tm', 'rollback', '--del'];

describe('a rollback deploys with the recorded values', () => {
  testWithTerraform(
    'a rollback deploys with the recorded values from flags, files and the environment, whatever is set now',
    async () => {
      const box = sandbox({
        files: {
          ...variables({
            clear: '',
            secret: SENSITIVE,
            session: EPHEMERAL,
            outside: DEFAULT,
            tfvars: DEFAULT,
            auto: DEFAULT,
            env: DEFAULT,
            cli: DEFAULT,
            later: DEFAULT,
          }),
          'terraform.tfvars': 'tfvars = "T"\n',
          'a.auto.tfvars': 'auto = "A"\n',
          '../outside.tfvars': 'outside = "O"\n',
        },
      });
      const secrets = {TF_VAR_env: 'hidden-env', TF_VAR_session: 'hidden-session'};
      const then = await appliedWith(box, () =>
        box.runWith(
          {env: {...secrets, TF_CLI_ARGS_apply: '-var cli=C'}},
          ...[...APPLY, '-var', 'clear=a b', '-var=secret=hidden-secret', '-var-file=../outside.tfvars'],
        ),
      );
      expect(then).toEqual({
        clear: 'a b',
        secret: 'hidden-secret',
        outside: 'O',
        tfvars: 'T',
        auto: 'A',
        env: 'hidden-env',
        cli: 'C',
        later: 'default',
      });
      const kept = contentsOf(box.store);
      expect(Object.keys(kept).filter((path) => kept[path]?.includes('hidden-'))).toEqual([
        'versions/v1/tf_configs/terraform.tfstate',
      ]);
      rmSync(join(box.folder, 'outside.tfvars'));
      box.write('terraform.tfvars', 'tfvars = "edited"\n');

      const env = {
        ...secrets,
        TF_VAR_secret: 'hidden-secret',
        TF_VAR_clear: 'of now',
        TF_VAR_later: 'leaked',
        TF_CLI_ARGS: '-no-color',
        TF_CLI_ARGS_apply: '-parallelism=2 -lock-timeout=3s -var later=leaked -var-file=nowhere',
      };
      const there = await box.runWith({env}, ...TO);
      expect(there).toMatchObject({exitCode: 0, stderr: ''});
      expect(there.stdout).toContain('Ignored the present value of later: it was not set for v1\n');
      expect(there.stdout).not.toContain('\u001B');
      expect(values(box, '.cloudtm/rollback')).toEqual(then);
      const record = box.read('.cloudtm/rollback.json');
      expect(JSON.parse(record)).toEqual({rollback: 'v1'});

      expect(await box.runWith({env}, ...DEL)).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.exists('.cloudtm/rollback')).toBe(false);
    },
  );

  testWithTerraform(
    'a rollback deploys with the values of a saved plan that no longer exists, as Ansible applies it',
    async () => {
      const box = sandbox({files: variables({size: DEFAULT, secret: SENSITIVE})});
      const plan = join(box.folder, 'ansible.tfplan');
      const words = ['-input=false', `-out=${plan}`, '-var', 'size=3', '-var', 'secret=hidden-secret'];
      const then = await appliedWith(box, async () => {
        await box.run('plan', ...words);
        const outcome = await box.run('apply', '-no-color', '-auto-approve', plan);
        rmSync(plan);
        return outcome;
      });
      expect(then).toEqual({size: '3', secret: 'hidden-secret'});
      expect(await box.run(...TO)).toMatchObject({
        exitCode: 1,
        stderr: says(
          'these variables had secret values in v1, which are not kept:\n' +
            '  secret (not set now)\n  size (not set now)\n',
        ),
      });
      const env = {TF_VAR_size: '3', TF_VAR_secret: 'hidden-secret'};
      expect(await box.runWith({env}, ...TO)).toMatchObject({exitCode: 0, stderr: ''});
      expect(values(box, '.cloudtm/rollback')).toEqual(then);
    },
  );

  testWithTerraform(
    'a rollback deploys with the values of the version before if only the state was changed since',
    async () => {
      const box = sandbox({files: variables({size: DEFAULT, secret: SENSITIVE})});
      const env = {TF_VAR_secret: 'hidden-secret'};
      await box.runWith({env}, ...APPLY, '-var=size=3');
      const then = values(box, '.');
      expect(await box.run('taint', 'terraform_data.all')).toMatchObject({exitCode: 0});
      expect(box.versions()).toEqual(['v1', 'v2']);
      expect(await box.runWith({env}, 'destroy', '-auto-approve')).toMatchObject({exitCode: 0});
      expect(await box.runWith({env}, 'tm', 'rollback', '--to', 'v2')).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
      expect(values(box, '.cloudtm/rollback')).toEqual(then);
    },
  );
});

describe('a value that is secret', () => {
  const files = variables({region: '  default = "eu"', token: SENSITIVE, password: SENSITIVE});
  const then = {TF_VAR_token: 'hidden-token', TF_VAR_password: 'hidden-password'};

  async function secretly(): Promise<Sandbox> {
    const box = sandbox({files});
    await appliedWith(box, () => box.runWith({env: then}, ...APPLY));
    return box;
  }

  testWithTerraform(
    'a secret value that is missing or different now is named, and nothing is run',
    async () => {
      const box = await secretly();
      const outcome = await box.runWith({env: {TF_VAR_password: 'other'}}, ...TO);
      expect(outcome).toEqual({
        exitCode: 1,
        stdout: says('The present value of password is not that of v1\n'),
        stderr:
          'cloudtm: these variables had secret values in v1, which are not kept:\n' +
          '  password (set to a different value now)\n  token (not set now)\n' +
          'Set each to the value it had: TF_VAR_password=… and so on. ' +
          'Or use a different value: terraform tm rollback -to v1 -var password=…\n' +
          'Nothing was created.\n',
      });
      expect(outcome.stdout).not.toContain('terraform init');
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    },
  );

  testWithTerraform('a secret value is asked for on the terminal and not shown', async () => {
    const box = await secretly();
    const terminal = openRollback(box, TO, {TF_VAR_password: 'hidden-password'});
    await terminal.waitFor('Value of token as it was for v1 (not shown): ');
    terminal.type('hidden-mistake\r');
    await terminal.waitFor('That is not the value token had for v1. Use it anyway? (yes/no): ');
    terminal.type('no\r');
    await terminal.waitFor('Value of token as it was for v1 (not shown): ');
    terminal.type('hidden-token\r');
    await terminal.waitFor('v1 is deployed again (1 resource)');
    expect(await terminal.exited).toEqual({code: 0, signal: 0});
    expect(terminal.screen()).not.toContain('hidden-');
    expect(values(box, '.cloudtm/rollback')).toMatchObject({token: 'hidden-token'});
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
  });

  testWithTerraform.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('a secret value that is answered with %s ends the rollback before it began', async (_, key) => {
    const box = await secretly();
    const terminal = openRollback(box, TO, {TF_VAR_password: 'hidden-password'});
    await terminal.waitFor('(not shown): ');
    terminal.type(key);
    await terminal.waitFor('Nothing was created.');
    expect(await terminal.exited).toEqual({code: 1, signal: 0});
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    expect(await box.runWith({env: then}, ...TO)).toMatchObject({exitCode: 0, stderr: ''});
  });

  testWithTerraform(
    'a value that overrode the recorded one has to be given again to destroy what it created',
    async () => {
      const box = await secretly();
      const other = ['--var', 'region=us', '--var', 'token=hidden-other'];
      const there = await box.runWith({env: then}, ...TO, ...other);
      expect(there).toMatchObject({exitCode: 0, stderr: ''});
      expect(values(box, '.cloudtm/rollback')).toEqual({
        region: 'us',
        token: 'hidden-other',
        password: 'hidden-password',
      });
      expect(box.read('.cloudtm/rollback.json')).not.toContain('hidden-');

      // With another region terraform would find none of the resources, and forget them.
      expect(await box.runWith({env: then}, ...DEL)).toEqual({
        exitCode: 1,
        stdout: says('Active rollback: v1 (1 resource)\n'),
        stderr: says(
          '  region (set when this rollback was started)\n  token (set when this rollback was started)\n',
        ),
      });
      expect(box.exists('.cloudtm/rollback/main.tf')).toBe(true);
      expect(await box.runWith({env: then}, ...DEL, ...other)).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.exists('.cloudtm/rollback')).toBe(false);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    },
  );

  testWithTerraform('a secret value can be replaced to destroy a rollback without knowing it', async () => {
    const box = await secretly();
    expect(await box.runWith({env: then}, ...TO)).toMatchObject({exitCode: 0});
    expect(await box.run(...DEL)).toEqual({
      exitCode: 1,
      stdout: 'Active rollback: v1 (1 resource)\n',
      stderr:
        'cloudtm: these variables had secret values in v1, which are not kept:\n' +
        '  password (not set now)\n  token (not set now)\n' +
        'Set each to the value it had: TF_VAR_password=… and so on. ' +
        'Or use a different value: terraform tm rollback -del -var password=…\n' +
        'Nothing was destroyed.\n',
    });
    const cli = {env: {TF_CLI_ARGS_apply: '-var=token=hidden-token'}};
    expect(await box.runWith(cli, ...DEL, '--var=password=lost')).toMatchObject({exitCode: 0, stderr: ''});
  });

  testWithTerraform('a rollback of a version without inputs uses the present values', async () => {
    const box = sandbox({files});
    await box.runWith({program: box.real, env: then}, ...APPLY);
    expect(await box.run('tm', 'snapshot')).toMatchObject({exitCode: 0});
    await box.runWith({env: then}, 'destroy', '-auto-approve');
    const there = await box.runWith({env: {TF_VAR_token: 'x'}}, ...TO);
    expect(there).toMatchObject({exitCode: 0, stderr: ''});
    expect(there.stdout).toContain(
      'The values of variables for v1 are not known (they were not kept): the present ones are used\n',
    );
  });
});

describe('a file with values', () => {
  testWithTerraform(
    'a file with values that was a pipe has to be given again, for -del too unless it still exists',
    async () => {
      const box = sandbox({files: variables({size: DEFAULT})});
      const then = await appliedWith(box, () =>
        box.runWith(
          {program: '/bin/bash'},
          '-c',
          `'${box.shim}' ${APPLY.join(' ')} -var-file=<(echo 'size = "hidden-size"')`,
        ),
      );
      expect(then).toEqual({size: 'hidden-size'});
      expect(await box.run(...TO)).toMatchObject({
        exitCode: 1,
        stderr: says('Pass each of them again: terraform tm rollback -to v1 -var-file=FILE.'),
      });
      box.write('../again.tfvars', 'size = "hidden-size"\n');
      expect(await box.run(...TO, '--var-file', '../again.tfvars')).toMatchObject({exitCode: 0, stderr: ''});
      expect(values(box, '.cloudtm/rollback')).toEqual(then);
      expect(box.read('.cloudtm/rollback.json')).not.toContain('hidden-');

      box.write('../again.tfvars', 'size = "changed"\n');
      expect(await box.run(...DEL)).toMatchObject({
        exitCode: 1,
        stderr: says(`"${box.folder}/again.tfvars" (given to this rollback, and changed or gone since)`),
      });
      box.write('../again.tfvars', 'size = "hidden-size"\n');
      expect(await box.run(...DEL)).toMatchObject({exitCode: 0, stderr: ''});
    },
  );
});

describe('what is insisted on', () => {
  testWithTerraform('a -var that is not an assignment is refused before anything is done', async () => {
    const box = sandbox({files: variables({size: DEFAULT})});
    await appliedWith(box, () => box.run(...APPLY));
    const refused = await box.run(...TO, '--var', ' size =hidden-value');
    expect(refused).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: says('" size " cannot be used: it is not NAME=VALUE.'),
    });
    expect(refused.stderr).not.toContain('hidden-value');
    expect(box.exists('.cloudtm/rollback')).toBe(false);
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
  });

  testWithTerraform('a -var for a variable that the version does not declare is refused', async () => {
    const box = sandbox({files: variables({size: DEFAULT})});
    await appliedWith(box, () => box.run(...APPLY));
    const refused = await box.run(...TO, '--var', 'sizes=2');
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: 'cloudtm: -var "sizes" cannot be used: v1 declares no such variable. Nothing was changed.\n',
    });
    expect(refused.stdout).not.toContain('terraform init');
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
  });

  testWithTerraform.each(['--var', '--var-file', '-same-backend'])(
    'a value without -to or -del is refused: %s',
    async (flag) => {
      const box = sandbox({files: variables({size: DEFAULT})});
      const words = flag === '-same-backend' ? [flag] : [flag, 'size=1'];
      expect(await box.run('tm', 'rollback', ...words)).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: says(`${flag.replace('--', '-')} needs -to`),
      });
    },
  );
});

testWithTerraform("flags and settings other than values still work in the rollback's copy", async () => {
  const box = sandbox({files: variables({size: DEFAULT})});
  await appliedWith(box, () => box.run(...APPLY));
  mkdirSync(join(box.project, 'plugins'));
  writeFileSync(join(box.project, 'my.tfrc'), 'disable_checkpoint = true\n');
  const env = {
    TF_CLI_ARGS_init: '-plugin-dir=plugins -no-color',
    TF_CLI_CONFIG_FILE: 'my.tfrc',
    TF_CLI_ARGS_apply: '-compact-warnings some-saved.plan',
  };
  const there = await box.runWith({env}, ...TO);
  expect(there).toMatchObject({exitCode: 0, stderr: ''});
  expect(there.stdout).not.toContain('Warning');
});

function openRollback(box: Sandbox, words: readonly string[], env: Record<string, string>): Terminal {
  const terminal = openTerminal(box.shim, words, {env: {...box.env, ...env}, cwd: box.project, cols: 200});
  onTestFinished(() => {
    terminal.hangUp();
  });
  return terminal;
}
