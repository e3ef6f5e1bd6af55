import {describe, expect, test} from 'vitest';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';

type Facts = Readonly<Record<string, unknown>>;

/** A version with these facts, as cloudtm writes it; the original tool wrote none of them. */
function version(box: Sandbox, name: string, facts: Facts = {}, tree = '.cloudtm'): void {
  box.write(`${tree}/versions/${name}/tf_configs/main.tf`, name);
  const resources = {added: '2', changed: '1', destroyed: '0'};
  const meta = {version: name, timestamp: '2025-11-26T17:36:35Z', resources, ...facts};
  box.write(`${tree}/meta/${name}.json`, JSON.stringify(meta));
}

const FACTS: Facts = {
  format: 1,
  operation: 'apply',
  outcome: 'failed',
  argv: [
    'apply',
    '-auto-approve',
    '-var',
    'db_password=(redacted)',
    '-target=module.network["a b"].aws_vpc.main',
  ],
  actor: {
    user: 'ada',
    host: 'laptop',
    ci: 'GitHub Actions',
    run: 'https://github.com/acme/infra/actions/runs/7',
  },
  git: {commit: '0123456789abcdef0123456789abcdef01234567', branch: 'main', dirty: true},
  terraform: {product: 'terraform', version: '1.11.4'},
  durationMs: 200_000,
  targeted: true,
  note: 'before the migration',
  tags: ['golden'],
};

function project(env: Record<string, string> = {TZ: 'UTC'}): Sandbox {
  return sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one`, files: {'main.tf': 'x'}, env});
}

describe('tm log', () => {
  test('tm log tells who ran what, when, and how it ended, newest first', async () => {
    const box = project({TZ: 'Europe/Vienna'});
    version(box, 'v1');
    version(box, 'v2', FACTS);
    box.write('.cloudtm/current.json', '{"current": "v2", "status": true}');
    expect(await box.run('tm', 'log')).toEqual({
      exitCode: 0,
      stdout: `v2 (current)  apply failed  2025-11-26 18:36:35 +0100  ada@laptop
    terraform apply -auto-approve -var 'db_password=(redacted)' \\
      '-target=module.network["a b"].aws_vpc.main'
    2 added, 1 changed, 0 destroyed in 3 min 20 s
    terraform 1.11.4, git main 0123456789 with uncommitted changes, targeted
    GitHub Actions, https://github.com/acme/infra/actions/runs/7
    tags: golden
    note: before the migration

v1  2025-11-26 18:36:35 +0100
    2 added, 1 changed, 0 destroyed
`,
      stderr: '',
    });
  });

  test('tm log -json prints the metadata with times in UTC', async () => {
    const box = project({TZ: 'Europe/Vienna'});
    version(box, 'v1');
    version(box, 'v2', FACTS);
    const {stdout} = await box.run('tm', 'log', '-json');
    expect(JSON.parse(stdout)).toEqual({
      versions: [
        expect.objectContaining({...FACTS, version: 'v2', workspace: 'default', current: true}),
        {
          version: 'v1',
          timestamp: '2025-11-26T17:36:35Z',
          resources: {added: '2', changed: '1', destroyed: '0'},
          workspace: 'default',
          current: false,
        },
      ],
      damaged: [],
    });
  });

  test('tm log -n shows only the newest versions, and needs a number', async () => {
    const box = project();
    for (const name of ['v1', 'v2', 'v9', 'v10']) version(box, name);
    const names = async (...words: string[]) =>
      [...(await box.run('tm', 'log', ...words)).stdout.matchAll(/^v\d+/gm)].map(([name]) => name);
    expect(await names('-n', '2')).toEqual(['v10', 'v9']);
    expect(await names('--n=1')).toEqual(['v10']);
    expect(await names('-n', '100')).toEqual(['v10', 'v9', 'v2', 'v1']);
    for (const count of ['0', '-1', 'many', '1.5', '1e3', '\u001B[2J']) {
      const outcome = await box.run('tm', 'log', '-n', count);
      expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
      expect(outcome.stderr).toContain('cloudtm: -n needs a number of at least 1, not ');
      expect(outcome.stderr).not.toContain('\u001B');
    }
  });

  test('tm log -all-workspaces shows all workspaces by time, and names them', async () => {
    const box = project();
    version(box, 'v1', {timestamp: '2025-11-26T10:00:00Z'});
    version(box, 'v2', {timestamp: '2025-11-26T12:00:00Z'});
    version(box, 'v1', {timestamp: '2025-11-26T11:00:00Z'}, '.cloudtm/workspaces/dev');
    expect((await box.run('tm', 'log', '-all-workspaces')).stdout)
      .toBe(`v2 (current)  2025-11-26 12:00:00 +0000
    2 added, 1 changed, 0 destroyed
    workspace default

v1 (current)  2025-11-26 11:00:00 +0000
    2 added, 1 changed, 0 destroyed
    workspace dev

v1  2025-11-26 10:00:00 +0000
    2 added, 1 changed, 0 destroyed
    workspace default
`);
    const env = {TF_WORKSPACE: 'dev'};
    expect((await box.runWith({env}, 'tm', 'log')).stdout).toContain('11:00:00');
    expect((await box.runWith({env}, 'tm', 'log')).stdout).not.toContain('12:00:00');
  });

  test('tm log before the first version says so, and makes no store', async () => {
    const box = project();
    expect(await box.run('tm', 'log')).toEqual({
      exitCode: 0,
      stdout: 'No version has been kept yet. The first terraform apply that changes something keeps one.\n',
      stderr: '',
    });
    expect(JSON.parse((await box.run('tm', 'log', '-json')).stdout)).toEqual({versions: [], damaged: []});
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test('tm log names a damaged version, and shows the others', async () => {
    const box = project();
    version(box, 'v1');
    version(box, 'v2');
    box.write('.cloudtm/meta/v2.json', '{');
    const {stdout, exitCode} = await box.run('tm', 'log');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^v1 /m);
    expect(stdout).toMatch(/^damaged: v2: .*not JSON/m);
  });

  test('tm log leaves out malformed metadata, and never prints it raw', async () => {
    const box = project();
    const evil = 'a\u001B[2J\u009B31m\u202Eb\nc';
    version(box, 'v1', {
      timestamp: evil,
      operation: evil,
      argv: ['apply', evil],
      actor: {user: evil, host: evil, ci: evil, run: evil},
      git: {commit: evil, branch: evil, dirty: false},
      note: evil,
      tags: [evil],
    });
    version(box, 'v2', {
      operation: 7,
      outcome: 'splendid',
      argv: 'apply',
      actor: 'me',
      git: [],
      note: {},
      tags: [1],
      changes: 'all',
      durationMs: -1,
      terraform: null,
      state: 'none',
    });
    for (const words of [['log'], ['log', '-json']]) {
      const outcome = await box.run('tm', ...words);
      expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
      // eslint-disable-next-line no-control-regex -- these are meant
      expect(outcome.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect((await box.run('tm', 'log')).stdout).toContain(
      'v2 (current)  2025-11-26 17:36:35 +0000\n    2 added, 1 changed, 0 destroyed\n',
    );
  });

  testWithTerraform('no line of tm log for a real version is wider than 80 columns', async () => {
    const box = sandbox({fixture: 'count-and-foreach'});
    await box.run('init');
    await box.run('apply', '-auto-approve', '-parallelism=3', '-compact-warnings', '-lock-timeout=10s');
    const {stdout, exitCode} = await box.run('tm', 'log');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^v1 \(current\) {2}apply {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} {2}.+@/);
    expect(stdout).toContain('    terraform apply -auto-approve -parallelism=3 -compact-warnings');
    for (const line of stdout.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(80);
  });
});
