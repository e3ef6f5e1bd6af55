import {chmodSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {openTerminal} from '../../support/pty.js';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {APPLY_INPUT, STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';

const SECRETS = `variable "token" {
  sensitive = true
}
resource "terraform_data" "web" {
  input = { user = "u", type = var.token }
}
output "token" {
  value     = var.token
  sensitive = true
}
`;

/** A project with one version that the stand-in made. */
async function kept(files: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const box = sandbox({standIn: APPLY_INPUT, files: {'main.tf': 'x', input: 'a', ...files}});
  await box.run('apply');
  expect(box.versions()).toEqual(['v1']);
  return box;
}

function changeManifest(
  box: Sandbox,
  change: (manifest: {entries: object[]; rootPath?: string}) => void,
): void {
  const path = join(box.store, 'versions/v1/manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as {entries: object[]};
  change(manifest);
  rmSync(path);
  writeFileSync(path, JSON.stringify(manifest));
}

describe('tm show VERSION', () => {
  testWithTerraform('tm show VERSION prints all that is known about it, and no secret', async () => {
    const box = sandbox({files: {'main.tf': SECRETS, 'a.auto.tfvars': '', 'sub/note.txt': 'n'}});
    const env = {TF_VAR_token: 'hunter2-secret'};
    await box.runWith({env}, 'apply', '-auto-approve');
    const outcome = await box.run('tm', 'show', 'v1');
    expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
    const {state, actor} = box.meta('v1');
    expect(outcome.stdout.replace(/when .*/, 'when').replace(/\n {2}git .*/, '')).toBe(`v1, apply, succeeded
  when
  who        ${actor?.user ?? ''}@${actor?.host ?? ''}
  command    terraform apply -auto-approve
  workspace  default
  backend    local
  terraform  1.11.4
  state      1 resource, serial ${state?.serial ?? 0}, lineage ${state?.lineage ?? ''}

Inputs:
  token (by TF_VAR_token; its fingerprint is kept)

Resources: 1 added, 0 changed, 0 destroyed
  + terraform_data.web

Files:
  a.auto.tfvars
  main.tf
  sub/note.txt
`);
    expect(outcome.stdout).toMatch(/ {2}when {7}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}, took [\d.]+ m?s\n/);
    const json = await box.run('tm', 'show', 'v1', '-json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...box.meta('v1'),
      files: [{path: 'a.auto.tfvars', size: 0, mode: '0644'}, {path: 'main.tf'}, {path: 'sub/note.txt'}],
      skipped: [],
      inputs: [{variable: 'token', by: 'environment', kept: 'fingerprint'}],
    });
    expect(json.stdout).not.toMatch(/hunter2|scrypt|"seen"/);
  });

  test('tm show VERSION says what moved and what stayed', async () => {
    const box = await kept();
    const path = join(box.store, 'meta/v1.json');
    const changes = [
      {address: 'a.b', action: 'moved', from: 'a.a'},
      {address: 'a.c', action: 'replaced'},
      {address: 'a.d', action: 'destroyed'},
    ];
    const state = {lineage: 'l', serial: 1, sha256: 'x', resources: 5};
    writeFileSync(
      path,
      JSON.stringify({...box.meta('v1'), changes, state, tags: ['good', 'x'], note: 'why'}),
    );
    const {stdout} = await box.run('tm', 'show', 'good');
    expect(stdout).toContain('  note       why\n  tags       good, x\n');
    expect(stdout).toContain('  → a.b (moved from a.a)\n-/+ a.c\n  - a.d\n    3 resources unchanged\n');
  });

  test('tm show VERSION shows a version of the original tool', async () => {
    const box = sandbox({standIn: ''});
    box.write('.cloudtm/versions/v1/tf_configs/main.tf', 'one');
    const meta = {
      version: 'v1',
      timestamp: '2025-11-26T13:55:04Z',
      resources: {added: '5', changed: '0', destroyed: '0'},
    };
    box.write('.cloudtm/meta/v1.json', JSON.stringify(meta));
    expect(await box.run('tm', 'show', '1')).toEqual({
      exitCode: 0,
      stdout:
        'v1\n  when       2025-11-26 13:55:04 +0000\n\nResources: 5 added, 0 changed, 0 destroyed\n\nFiles:\n  main.tf\n',
      stderr: '',
    });
    expect(await box.run('tm', 'show', 'v1', 'main.tf')).toEqual({exitCode: 0, stdout: 'one', stderr: ''});
    expect(await box.run('tm', 'show', 'v1', '-state')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('v1 was kept without a state') as unknown,
    });
  });

  test('tm show VERSION lets no control character of the store reach a terminal', async () => {
    const box = await kept({'\u001B[31m.tf': 'x'});
    const evil = '\u001B]0;x\u0007\u009B2J\u202E';
    writeFileSync(
      join(box.store, 'meta/v1.json'),
      JSON.stringify({
        ...box.meta('v1'),
        note: evil,
        operation: evil,
        argv: [evil],
        changes: [{address: evil, action: evil, from: evil}],
        git: {commit: evil, branch: evil, dirty: true},
      }),
    );
    const {stdout, exitCode} = await box.run('tm', 'show', 'v1');
    expect(exitCode).toBe(0);
    // eslint-disable-next-line no-control-regex -- these are meant
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stdout).toContain('\\u001b[31m.tf');
  });

  test.each([
    {argv: 'x', changes: {}, git: 1, actor: 'me', state: {}, terraform: null, durationMs: 'x'},
    {argv: [1, null], changes: [null, 1, {address: 1}], git: {}, actor: {}, operation: {}, note: []},
    {tags: [null], startedAt: 5, workspace: {}, state: {resources: 'x'}, outcome: 1},
  ])('tm show VERSION with malformed metadata, %j, is not a bug', async (meta) => {
    const box = await kept();
    writeFileSync(join(box.store, 'meta/v1.json'), JSON.stringify({...box.meta('v1'), ...meta}));
    expect(await box.run('tm', 'show', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
  });

  test.each([
    [[], 'tm show is missing an argument'],
    [['v9'], 'there is no version "v9"'],
    [['../../etc'], 'is not the name of a version'],
    [['v1', 'main.tf', '-state'], '-state and FILE cannot be used together'],
    [['v1', '-state', '-json'], '-state and -json cannot be used together'],
    [['v1', '-reveal'], '-reveal needs -state'],
    [['v1', 'main.tf', 'x'], 'does not take the argument "x"'],
  ])('tm show %j is refused', async (words, message) => {
    const outcome = await (await kept()).run('tm', 'show', ...words);
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain(message);
  });
});

describe('tm show VERSION FILE', () => {
  test('tm show VERSION FILE prints the file byte for byte, under its real name', async () => {
    const box = await kept({'terragrunt.hcl': 'unit', 'sub/crlf.txt': 'a\r\nb\u001B', 'empty.txt': ''});
    writeFileSync(join(box.project, 'logo.png'), Buffer.from([0, 255, 254, 10, 128]));
    box.write('input', 'b');
    await box.run('apply');
    const show = (name: string) => box.run('tm', 'show', 'v2', name);
    expect(await show('terragrunt.hcl')).toEqual({exitCode: 0, stdout: 'unit', stderr: ''});
    expect(await show('./sub/crlf.txt')).toEqual({exitCode: 0, stdout: 'a\r\nb\u001B', stderr: ''});
    expect(await show('tf_configs/main.tf')).toEqual({exitCode: 0, stdout: 'x', stderr: ''});
    expect(await show('empty.txt')).toEqual({exitCode: 0, stdout: '', stderr: ''});
    const bytes: Buffer[] = [];
    const child = box.start(['tm', 'show', 'v2', 'logo.png']);
    child.stdout?.on('data', (part: Buffer) => bytes.push(part));
    await new Promise((done) => child.once('close', done));
    expect([...Buffer.concat(bytes)]).toEqual([0, 255, 254, 10, 128]);
  });

  testWithTerraform('tm show VERSION FILE prints files of modules outside of the root module', async () => {
    const box = sandbox({
      files: {
        'root/main.tf': 'module "a" {\n  source = "../modules/a"\n}\n',
        'modules/a/main.tf': resources({web: 'one'}),
      },
    });
    await box.run('-chdir=root', 'init');
    await box.run('-chdir=root', 'apply', '-auto-approve');
    const name = 'outside/modules/a/main.tf';
    expect((await box.run('-chdir=root', 'tm', 'show', 'v1')).stdout).toContain(`\n  ${name}\n`);
    expect(await box.run('-chdir=root', 'tm', 'show', 'v1', name)).toEqual({
      exitCode: 0,
      stdout: resources({web: 'one'}),
      stderr: '',
    });
  });

  test('tm show VERSION FILE suggests similar files', async () => {
    const box = await kept({'modules/a/variables.tf': ''});
    for (const [typed, meant] of [
      ['mian.tf', 'main.tf'],
      ['variables.tf', 'modules/a/variables.tf'],
    ] as const) {
      expect(await box.run('tm', 'show', 'v1', typed)).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `cloudtm: v1 has no file "${typed}". Did you mean ${meant}?\nterraform tm show v1 lists its files; with -state it shows its state.\n`,
      });
    }
  });

  test.each([
    '../manifest.json',
    'manifest.json',
    'inputs.json',
    'terraform.tfstate',
    'tf_configs/terraform.tfstate',
    'tf_configs/../manifest.json',
    '/etc/passwd',
    '../../../../etc/passwd',
    '__proto__',
    '.',
    '',
    'main.tf\u001B[31m',
    'sub',
  ])('tm show VERSION %j is refused: it is not a file of the version', async (name) => {
    const box = await kept({'sub/a.txt': 'x'});
    const outcome = await box.run('tm', 'show', 'v1', name);
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toMatch(/^cloudtm: v1 has no file "/);
    expect(outcome.stderr).not.toContain('\u001B');
  });

  test('tm show VERSION FILE names the target of a symbolic link, and does not follow it', async () => {
    const box = sandbox({standIn: APPLY_INPUT, files: {'main.tf': 'x', input: 'a'}});
    symlinkSync('/etc/passwd', join(box.project, 'link.tf'));
    await box.run('apply');
    expect((await box.run('tm', 'show', 'v1')).stdout).toContain('  link.tf (link to /etc/passwd)\n');
    expect(await box.run('tm', 'show', 'v1', 'link.tf')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'cloudtm: "link.tf" in v1 is a symbolic link to "/etc/passwd".\n',
    });
  });

  test('tm show VERSION FILE refuses a file that was changed in the store', async () => {
    const box = await kept();
    const file = join(box.store, 'versions/v1/tf_configs/main.tf');
    chmodSync(file, 0o600);
    writeFileSync(file, 'y');
    const outcome = await box.run('tm', 'show', 'v1', 'main.tf');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('v1 cannot be used: ');
    rmSync(file);
    symlinkSync('/etc/passwd', file);
    expect((await box.run('tm', 'show', 'v1', 'main.tf')).stderr).toContain('is a link');
  });

  test.each([
    [{path: 'tf_configs/../../../evil', size: 1, mode: '0644', sha256: 'x'}],
    [{path: '/etc/passwd', size: 1, mode: '0644', sha256: 'x'}],
    [{path: 'tf_configs/x', stored: '../../../../../etc/passwd', size: 1, mode: '0644', sha256: 'x'}],
    [{path: 5}],
    [null],
  ])('tm show refuses a manifest that was changed to name %j', async (entry) => {
    const box = await kept();
    changeManifest(box, (manifest) => manifest.entries.push(entry as unknown as object));
    for (const words of [['main.tf'], [], ['-state']]) {
      const outcome = await box.run('tm', 'show', 'v1', ...words);
      expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
      expect(outcome.stderr).toMatch(/^cloudtm: v1 cannot be used: its manifest names a file outside/);
    }
  });
});

describe('tm show VERSION -state', () => {
  testWithTerraform(
    'tm show VERSION -state masks sensitive values, and -reveal prints the bytes',
    async () => {
      const box = sandbox({files: {'main.tf': SECRETS}});
      await box.runWith({env: {TF_VAR_token: 'hunter2-secret'}}, 'apply', '-auto-approve');
      const masked = await box.run('tm', 'show', 'v1', '-state');
      expect(masked).toMatchObject({exitCode: 0, stderr: ''});
      expect(masked.stdout).not.toContain('hunter2');
      expect(JSON.parse(masked.stdout)).toMatchObject({
        outputs: {token: {value: '(sensitive value)', sensitive: true}},
        resources: [
          {
            instances: [
              {
                attributes: {
                  input: {value: {type: '(sensitive value)', user: 'u'}},
                  // Terraform marks only the input, and keeps the value twice.
                  output: {value: {type: '(sensitive value)', user: 'u'}},
                },
              },
            ],
          },
        ],
      });
      expect(await box.run('tm', 'show', 'v1', '-state', '-reveal')).toEqual({
        exitCode: 0,
        stdout: box.read('terraform.tfstate'),
        stderr: '',
      });
    },
  );

  test('tm show VERSION -state prints bytes that are not a state only with -reveal', async () => {
    const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=a`, files: {'main.tf': 'x'}});
    await box.run('apply');
    writeFileSync(box.real, `#!/bin/sh\nprintf '{"version": 3, "secret": 1}' >terraform.tfstate\n`);
    await box.run('apply');
    expect(box.versions()).toEqual(['v1', 'v2']);
    const outcome = await box.run('tm', 'show', 'v2', '-state');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('terraform tm show v2 -state -reveal prints it as it was kept.');
    expect((await box.run('tm', 'show', 'v2', '-state', '--reveal')).stdout).toBe(
      '{"version": 3, "secret": 1}',
    );
  });
});

describe('on a terminal', () => {
  test('tm show on a terminal escapes control characters of a file, and uses less without PAGER', async () => {
    const box = await kept({'evil.tf': 'a\u001B[2Jb\n'});
    const program = openTerminal(box.shim, ['tm', 'show', 'v1', 'evil.tf'], {
      env: {...box.env, TERM: 'xterm'},
      cwd: box.project,
    });
    expect(await program.exited).toEqual({code: 0, signal: 0});
    expect(program.screen()).toContain('a\\u001b[2Jb');
  });
});
