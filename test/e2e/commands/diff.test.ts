import {execFileSync} from 'node:child_process';
import {chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {testAsUser, asUser} from '../../support/faults.js';
import {isAlive, until} from '../../support/processes.js';
import {openTerminal} from '../../support/pty.js';
import {resources, sandbox, Sandbox} from '../../support/sandbox.js';
import {STATE_SCRIPT, stateText, testWithTerraform} from '../../support/scripts.js';

/** Writes a state with one resource, whose input is what main.tf says. */
const STAND_IN = `${STATE_SCRIPT}write_state 1 web=$(head -n 1 main.tf)`;

let template: Promise<Sandbox> | undefined;
afterAll(async () => {
  (await template)?.remove();
});

async function makeTemplate(): Promise<Sandbox> {
  const box = new Sandbox({standIn: STAND_IN, files: {'main.tf': 'one\n', 'old.tf': 'old\n'}});
  await box.run('apply');
  box.write('main.tf', 'two\n');
  rmSync(join(box.project, 'old.tf'));
  box.write('new.tf', 'new');
  await box.run('apply');
  return box;
}

/** Two versions, made by the stand-in once for all tests. */
async function twoVersions(): Promise<Sandbox> {
  const made = await (template ??= makeTemplate());
  const box = sandbox({standIn: STAND_IN});
  cpSync(made.project, box.project, {recursive: true, preserveTimestamps: true, verbatimSymlinks: true});
  expect(box.versions()).toEqual(['v1', 'v2']);
  return box;
}

const CONFIGURATION = `Configuration, v1 to v2: 3 files differ
--- main.tf	v1
+++ main.tf	v2
@@ -1 +1 @@
-one
+two
--- /dev/null	v1
+++ new.tf	v2
@@ -0,0 +1 @@
+new
\\ No newline at end of file
--- old.tf	v1
+++ /dev/null	v2
@@ -1 +0,0 @@
-old
`;

const STATE = `State, v1 to v2: 0 added, 1 changed, 0 destroyed
  ~ terraform_data.web
      ~ input = "one" -> "two"
`;

describe('tm diff', () => {
  test('tm diff compares two versions, configuration and state', async () => {
    const box = await twoVersions();
    const run = (...words: string[]) => box.run('tm', 'diff', ...words);
    const same = {exitCode: 0, stderr: ''};
    expect(await run('v1', 'v2')).toEqual({...same, stdout: `${CONFIGURATION}\n${STATE}`});
    expect(await run('v1', 'v2', '-config')).toEqual({...same, stdout: CONFIGURATION});
    expect(await run('1', 'latest', '--state')).toEqual({...same, stdout: STATE});
    expect(await run('v1', 'v1')).toEqual({
      ...same,
      stdout: 'v1 and v1: no difference in configuration and state.\n',
    });
  });

  test('tm diff compares the current version, or another one, with now', async () => {
    const box = await twoVersions();
    expect((await box.run('tm', 'diff')).stdout).toBe(
      'v2 and now: no difference in configuration and state.\n',
    );
    expect((await box.run('tm', 'diff', 'v1')).stdout).toBe(
      `${CONFIGURATION}\n${STATE}`.replaceAll('v2', 'now'),
    );
    box.write('main.tf', 'three\n');
    box.write('terraform.tfstate', stateText(9, {web: 'by hand', other: 'x'}));
    expect((await box.run('tm', 'diff')).stdout).toBe(`Configuration, v2 to now: 1 file differs
--- main.tf	v2
+++ main.tf	now
@@ -1 +1 @@
-two
+three

State, v2 to now: 1 added, 1 changed, 0 destroyed
  + terraform_data.other
      + id    = "id-other"
      + input = "x"
  ~ terraform_data.web
      ~ input = "two" -> "by hand"
`);
    rmSync(join(box.project, 'terraform.tfstate'));
    expect((await box.run('tm', 'diff', '-state')).stdout).toContain(
      'State, v2 to now: 0 added, 0 changed, 1 destroyed\n  - terraform_data.web\n',
    );
  });

  test('tm diff -detailed-exitcode exits with 2 when anything differs', async () => {
    const box = await twoVersions();
    const status = async (...words: string[]) => (await box.run('tm', 'diff', ...words)).exitCode;
    expect(await status('v1', 'v2', '-detailed-exitcode')).toBe(2);
    expect(await status('v1', 'v2', '-detailed-exitcode', '-state', '-json')).toBe(2);
    expect(await status('-detailed-exitcode')).toBe(0);
    expect(await status('v1', 'v9', '-detailed-exitcode')).toBe(1);
    expect(await status('v1', 'v2')).toBe(0);
  });

  test('tm diff -json prints the same as data', async () => {
    const box = await twoVersions();
    expect(JSON.parse((await box.run('tm', 'diff', 'v1', '-json')).stdout)).toEqual({
      from: 'v1',
      to: null,
      same: false,
      configuration: [
        {path: 'main.tf', action: 'changed', lines: ['@@ -1 +1 @@', '-one', '+two']},
        {path: 'new.tf', action: 'added', lines: ['@@ -0,0 +1 @@', '+new', '\\ No newline at end of file']},
        {path: 'old.tf', action: 'removed', lines: ['@@ -1 +0,0 @@', '-old']},
      ],
      counts: {added: '0', changed: '1', destroyed: '0'},
      resources: [
        {
          address: 'terraform_data.web',
          action: 'changed',
          attributes: [{path: ['input'], action: 'changed', sensitive: false, before: 'one', after: 'two'}],
        },
      ],
      outputs: [],
    });
    expect(JSON.parse((await box.run('tm', 'diff', '-json', '-config')).stdout)).toEqual({
      from: 'v2',
      to: null,
      same: true,
      configuration: [],
    });
  });

  test('tm diff changes nothing', async () => {
    const box = await twoVersions();
    const look = () => execFileSync('find', ['.', '-printf', '%p %T@ %m\n'], {cwd: box.project}).toString();
    const before = look();
    await box.run('tm', 'diff', 'v1');
    await box.run('tm', 'show', 'v1');
    expect(look()).toBe(before);
  });

  test.each([
    [['v1', 'v2', 'v1'], 'does not take the argument "v1"'],
    [['v1', '../..'], '"../.." is not the name of a version'],
    [['-config', '-state'], '-config and -state cannot be used together'],
    [['-detailed-exit'], 'Did you mean -detailed-exitcode'],
  ])('tm diff %j is refused', async (words, message) => {
    const outcome = await (await twoVersions()).run('tm', 'diff', ...words);
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain(message);
  });

  test('tm diff before the first version says so', async () => {
    const outcome = await sandbox({standIn: ''}).run('tm', 'diff');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('no version has been kept yet');
  });
});

describe('the configuration', () => {
  test('tm diff shows the configuration as a patch that patch accepts', async () => {
    const box = await twoVersions();
    const {stdout} = await box.run('tm', 'diff', 'v2', 'v1', '-config');
    execFileSync('git', ['apply', '-p0', '-'], {cwd: box.project, input: stdout});
    expect((await box.run('tm', 'diff', 'v1', '-config')).stdout).toBe(
      'v1 and now: no difference in configuration.\n',
    );
  });

  test('tm diff names binary files, links and modes, and escapes control characters', async () => {
    const box = await twoVersions();
    writeFileSync(join(box.project, 'logo.png'), Buffer.from([0, 1, 2]));
    box.write('empty.tf', '');
    box.write('evil.tf', '\u001B[2Jx\r\ny\t\n');
    box.write('odd\n.tf', 'x');
    symlinkSync('/etc/passwd', join(box.project, 'link'));
    chmodSync(join(box.project, 'main.tf'), 0o755);
    const {stdout} = await box.run('tm', 'diff', '-config');
    expect(stdout).toBe(`Configuration, v2 to now: 6 files differ
empty.tf: added (empty)
--- /dev/null	v2
+++ evil.tf	now
@@ -0,0 +1,2 @@
+\\u001b[2Jx\r
+y\t
link: nothing in v2, a link to /etc/passwd in now
logo.png: added (binary)
main.tf: executable in now
--- /dev/null	v2
+++ "odd\\n.tf"	now
@@ -0,0 +1 @@
+x
\\ No newline at end of file
`);
  });

  test('tm diff finds the configuration by the rules of staging', async () => {
    const box = await twoVersions();
    box.write('.cloudtmignore', 'ignored/\n');
    for (const path of [
      'ignored/x.tf',
      'a.log',
      'node_modules/x.js',
      '.terraform/x',
      'terraform.tfstate.backup',
    ])
      box.write(path, 'x');
    writeFileSync(
      join(box.project, 'plan'),
      Buffer.from('504b0304' + '00'.repeat(22) + '06000000' + '746670' + '6c616e', 'hex'),
    );
    const {stdout} = await box.run('tm', 'diff', '-config');
    expect(stdout).toContain('Configuration, v2 to now: 1 file differs\n');
    expect(stdout).toContain('+++ .cloudtmignore\tnow\n');
  });

  test('tm diff refuses a file that was changed in the store', async () => {
    const box = await twoVersions();
    const file = join(box.store, 'versions/v1/tf_configs/main.tf');
    chmodSync(file, 0o600);
    writeFileSync(file, 'ONE\n');
    const outcome = await box.run('tm', 'diff', 'v1', 'v2');
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('v1 cannot be used: ');
  });

  testAsUser('tm diff names a file that cannot be read, and counts it as a difference', async () => {
    const box = await twoVersions();
    chmodSync(join(box.project, 'new.tf'), 0);
    const [program, ...words] = asUser(box);
    expect(
      await box.runWith({program}, ...words, box.shim, 'tm', 'diff', '-config', '-detailed-exitcode'),
    ).toEqual({
      exitCode: 2,
      stdout: 'Configuration, v2 to now: 1 file differs\nnew.tf: not compared (EACCES)\n',
      stderr: '',
    });
  });

  testWithTerraform(
    'tm diff includes modules outside of the root module, and nothing else there',
    async () => {
      const call = (name: string, source: string) => `module "${name}" {\n  source = "${source}"\n}\n`;
      const box = sandbox({
        files: {
          'envs/prod/main.tf': call('a', '../shared'),
          'envs/shared/main.tf': resources({web: 'one'}),
          'modules/b/main.tf': resources({db: 'one'}),
        },
      });
      const inRoot = (...words: string[]) => box.run('-chdir=envs/prod', ...words);
      await inRoot('init');
      await inRoot('apply', '-auto-approve');
      box.write('envs/shared/main.tf', resources({web: 'two'}));
      expect((await inRoot('tm', 'diff', '-config')).stdout).toContain('\n--- ../shared/main.tf\tv1\n');
      box.write('envs/prod/main.tf', call('a', '../shared') + call('b', '../../modules/b'));
      await inRoot('init');
      await inRoot('apply', '-auto-approve');
      // The folder that holds all of them is another one now.
      const {stdout} = await inRoot('tm', 'diff', 'v1', 'v2');
      expect(stdout).toContain('Configuration, v1 to v2: 3 files differ\n');
      expect(stdout).toContain('--- ../shared/main.tf\tv1\n+++ ../shared/main.tf\tv2\n');
      expect(stdout).toContain('--- /dev/null\tv1\n+++ ../../modules/b/main.tf\tv2\n');
      expect(stdout).toContain('  ~ module.a.terraform_data.web\n');
      expect(stdout).toContain('  + module.b.terraform_data.db\n');
    },
  );
});

describe('the state', () => {
  testWithTerraform('tm diff shows the state as terraform shows changes, without secrets', async () => {
    const config = (token: string, rest: string) => `variable "token" {
  default   = "${token}"
  sensitive = true
}
resource "terraform_data" "secret" {
  input = { token = var.token }
}
output "token" {
  value     = var.token
  sensitive = true
}
${rest}`;
    const first = `resource "terraform_data" "one" {
  input            = { tags = { "a b" = "1", c = "2" }, list = ["x", "y"] }
  triggers_replace = "1"
}
resource "terraform_data" "gone" {}
resource "terraform_data" "text" {
  input = "a\\nb\\nc\\n"
}
resource "terraform_data" "policy" {
  input = jsonencode({ Statement = [{ Effect = "Allow" }] })
}
resource "terraform_data" "before" {
  input = 1
}
output "url" { value = "a" }
`;
    const second = first
      .replace('"a b" = "1"', '"a b" = "2"')
      .replace('["x", "y"]', '["y"]')
      .replace('resource "terraform_data" "gone" {}\n', '')
      .replace('b\\n', 'B\\n')
      .replace('Allow', 'Deny')
      .replace('"before"', '"after"')
      .replace('value = "a"', 'value = "b"');
    const moved = 'moved {\n  from = terraform_data.before\n  to   = terraform_data.after\n}\n';
    const box = sandbox({files: {'main.tf': config('hunter2-one', first)}});
    await box.run('apply', '-auto-approve');
    box.write('main.tf', config('hunter2-two', second + moved));
    await box.run('apply', '-auto-approve');
    const {stdout, stderr} = await box.run('tm', 'diff', 'v1', 'v2', '-state');
    expect(stderr).toBe('');
    expect(stdout.replace(/- id = ".*"/, '- id = …')).toBe(`State, v1 to v2: 0 added, 4 changed, 1 destroyed
  → terraform_data.after (moved from terraform_data.before)
  - terraform_data.gone
      - id = …
  ~ terraform_data.one
      - input.list[0]      = "x"
      ~ input.tags["a b"]  = "1" -> "2"
      - output.list[0]     = "x"
      ~ output.tags["a b"] = "1" -> "2"
  ~ terraform_data.policy
      ~ input.Statement[0].Effect  = "Allow" -> "Deny"
      ~ output.Statement[0].Effect = "Allow" -> "Deny"
  ~ terraform_data.secret
      ~ input.token  = (sensitive value)
      ~ output.token = (sensitive value)
  ~ terraform_data.text
      ~ input
          @@ -1,3 +1,3 @@
           a
          -b
          +B
           c
      ~ output
          @@ -1,3 +1,3 @@
           a
          -b
          +B
           c

Outputs, v1 to v2
  ~ token = (sensitive value)
  ~ url   = "a" -> "b"
`);
    for (const words of [
      ['v1', 'v2', '-json', '-state'],
      ['v1', '-json', '-state'],
    ])
      expect((await box.run('tm', 'diff', ...words)).stdout).not.toContain('hunter2');

    box.write(
      'main.tf',
      config('hunter2-two', second.replace('triggers_replace = "1"', 'triggers_replace = "2"') + moved),
    );
    await box.run('apply', '-auto-approve');
    await box.run('taint', 'terraform_data.text');
    const next = (await box.run('tm', 'diff', 'v2', '-state')).stdout;
    expect(next).toMatch(/^-\/\+ terraform_data\.one\n {6}~ id +=/m);
    expect(next).toMatch(/^ {2}~ terraform_data\.text \(tainted\)$/m);
  });

  test('tm diff pulls a state from its backend', async () => {
    const box = await twoVersions();
    box.write('.terraform/terraform.tfstate', '{"version":3,"backend":{"type":"http","config":{}}}');
    writeFileSync(
      box.real,
      `#!/bin/sh\n[ "$*" = "state pull" ] || exit 9\nprintf '%s' '${stateText(9, {web: 'pulled'})}'\n`,
    );
    expect((await box.run('tm', 'diff', '-state')).stdout).toContain('~ input = "two" -> "pulled"\n');
    writeFileSync(box.real, '#!/bin/sh\nexit 1\n');
    expect(await box.run('tm', 'diff', '-state')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cloudtm: the state the backend "http" cannot be read (terraform state pull: status 1).\n' +
        'Fix this, or compare only the configuration with -config.\n',
    });
    expect(await box.run('tm', 'diff', '-config')).toMatchObject({exitCode: 0, stderr: ''});
  });

  test.each([
    '{"version": 4, "resources": [',
    '{"version": 3}',
    '[]',
    '{"version":4,"resources":[null]}',
    '\u0000',
  ])('tm diff of a damaged state, %j, is an error that says what to do', async (text) => {
    const box = await twoVersions();
    box.write('terraform.tfstate', text);
    const outcome = await box.run('tm', 'diff');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('or compare only the configuration with -config.');
    expect(outcome.stderr).not.toContain('bug');
  });

  test('tm diff of a state that is nested too deeply is not a bug', async () => {
    const box = await twoVersions();
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    box.write('terraform.tfstate', stateText(3, {web: 'x'}).replace('"x"', deep));
    const outcome = await box.run('tm', 'diff', '-state');
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toMatch(/^cloudtm: the state of one of the two cannot be read \(it is nested too/);
  });

  test('tm diff lets no control character of a state reach the terminal', async () => {
    const box = await twoVersions();
    const evil = '\u001B]0;x\u0007\u009B2J\u202E';
    const state = JSON.parse(stateText(3, {})) as {resources: object[]; outputs: object};
    state.resources.push({
      mode: 'managed',
      type: `t${evil}`,
      name: 'n',
      module: evil,
      instances: [{index_key: evil, attributes: {id: evil, [evil]: {[evil]: [evil, `${evil}\n${evil}`]}}}],
    });
    state.outputs = {[evil]: {value: evil}};
    box.write('terraform.tfstate', JSON.stringify(state));
    const {stdout, exitCode} = await box.run('tm', 'diff', '-state');
    expect(exitCode).toBe(0);
    // eslint-disable-next-line no-control-regex -- these are meant
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('on a terminal', () => {
  function open(box: Sandbox, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    // The terminal sets TERM itself.
    const changed = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return openTerminal('/usr/bin/env', [...changed, box.shim, 'tm', 'diff', ...words], {
      env: box.env,
      cwd: box.project,
    });
  }

  test('tm diff is coloured on a terminal, but not with NO_COLOR, TERM=dumb or a pipe', async () => {
    const box = await twoVersions();
    const coloured = open(box, ['v1', 'v2', '-no-pager']);
    await coloured.exited;
    expect(coloured.screen()).toContain('\u001B[32m+two\u001B[39m');
    for (const env of [{NO_COLOR: '1'}, {TERM: 'dumb'}]) {
      const bare = open(box, ['v1', 'v2'], {...env, PAGER: 'cat'});
      await bare.exited;
      expect(bare.screen()).toContain('\r\n+two\r\n');
      expect(bare.screen()).not.toContain('\u001B');
    }
  });

  test('tm diff uses PAGER on a terminal, and keeps its exit status', async () => {
    const box = await twoVersions();
    const paged = open(box, ['v1', 'v2', '-detailed-exitcode'], {PAGER: "sed 's/^/paged: /'"});
    expect(await paged.exited).toEqual({code: 2, signal: 0});
    expect(paged.screen()).toContain('paged: ');
    const unpaged = open(box, ['v1', 'v2', '-no-pager'], {PAGER: "sed 's/^/paged: /'"});
    expect(await unpaged.exited).toEqual({code: 0, signal: 0});
    expect(unpaged.screen()).not.toContain('paged: ');
  });

  test.each(['no-such-pager-anywhere', '/etc/passwd'])(
    'tm diff works without a pager that cannot be started: %s',
    async (pager) => {
      const box = await twoVersions();
      const program = open(box, ['v1', 'v2'], {PAGER: pager});
      expect(await program.exited).toEqual({code: 0, signal: 0});
      expect(program.screen()).toContain('+two');
    },
  );

  test('tm diff ends quietly when its pager ends early or by Ctrl-C', async () => {
    const box = await twoVersions();
    box.write('large.tf', 'line\n'.repeat(100_000));
    const early = open(box, [], {PAGER: 'head -n 1'});
    expect(await early.exited).toEqual({code: 0, signal: 0});
    expect(early.screen()).not.toMatch(/EPIPE|bug/);

    const held = open(box, [], {
      PAGER: "trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.1; done",
    });
    await held.waitFor('ready');
    held.type('\x03');
    expect(await held.exited).toEqual({code: 0, signal: 0});
    expect(held.screen()).toContain('caught');
    expect(held.screen()).not.toMatch(/EPIPE|bug/);
  });

  test('tm diff and its pager end when the terminal closes', async () => {
    const box = await twoVersions();
    const program = open(box, ['v1', 'v2'], {PAGER: 'echo ready $$; exec sleep 60'});
    await program.waitFor('ready ');
    await program.waitFor('\r\n');
    const pager = Number(/ready (\d+)/.exec(program.screen())?.[1]);
    program.hangUp();
    await until(() => !isAlive(pager) && !isAlive(program.pid));
  });

  test('SIGTERM ends the pager of tm diff, and then the command', async () => {
    const box = await twoVersions();
    const program = open(box, ['v1', 'v2'], {PAGER: 'echo ready; exec sleep 60'});
    await program.waitFor('ready');
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({code: 0, signal: 15});
  });
});

test('a large difference that is not read to its end is not an error', async () => {
  const box = await twoVersions();
  mkdirSync(join(box.project, 'many'));
  for (let number = 0; number < 300; number += 1) box.write(`many/${number}.tf`, 'line\n'.repeat(500));
  expect(await box.runWith({program: '/bin/sh'}, '-c', '"$0" tm diff | head -n 1', box.shim)).toEqual({
    exitCode: 0,
    stdout: 'Configuration, v2 to now: 300 files differ\n',
    stderr: '',
  });
  expect(readFileSync(join(box.project, 'many/0.tf'), 'utf8')).toHaveLength(2500);
});
