import type {ChildProcess} from 'node:child_process';
import {existsSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {hostId} from '../../../src/store/lease.js';
import {isAlive, until} from '../../support/processes.js';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {baseline, kept, STATE_SCRIPT, stateText, testWithTerraform} from '../../support/scripts.js';
import type {Manifest} from '../../../src/store/version.js';

const EMPTY_LIST = 'No version has been kept yet';

/** A terraform that says when it started, waits to be let go, changes the state and says when it ended. */
const HELD = `${STATE_SCRIPT}
echo $$ >../pid; mv ../pid ../started
wait_for ../go
write_state "$(wc -c <input)" "web=$(cat input)"
: >../finished`;

function held(files: Readonly<Record<string, string>> = {}): Sandbox {
  return sandbox({standIn: HELD, files: {'main.tf': 'at start', input: 'one', ...files}});
}

function there(box: Sandbox, name: string): boolean {
  return existsSync(join(box.folder, name));
}

function letGo(box: Sandbox): void {
  writeFileSync(join(box.folder, 'go'), '');
}

/** The first path below staging that ends like this. */
function inStaging(box: Sandbox, name: string): string | undefined {
  return box
    .staging()
    .filter((id) => !id.startsWith('.'))
    .map((id) => join(box.store, 'staging', id, name))
    .find((path) => existsSync(path));
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

/** Run an apply up to the moment where configuration and state are staged and terraform works, and kill its shim. */
async function killed(box: Sandbox, ...words: string[]): Promise<void> {
  const shim = box.start(words.length === 0 ? ['apply'] : words);
  const hasState = existsSync(join(box.project, 'terraform.tfstate'));
  await until(
    () =>
      there(box, 'started') &&
      inStaging(box, 'staged.json') !== undefined &&
      (!hasState || inStaging(box, 'before.tfstate') !== undefined),
  );
  await kill(shim);
}

/** Let the terraform that was left work to its end. */
async function ended(box: Sandbox): Promise<void> {
  const pid = Number(readFileSync(join(box.folder, 'started'), 'utf8'));
  letGo(box);
  await until(() => there(box, 'finished') && !isAlive(pid));
  for (const name of ['started', 'finished', 'go']) rmSync(join(box.folder, name));
}

const recovered = (version: string, added: number, changed: number): unknown =>
  expect.stringMatching(
    new RegExp(
      `^cloudtm: kept ${version} \\(${added} added, ${changed} changed, 0 destroyed\\), recovered from an interrupted \\w+\\n$`,
    ),
  );

/** Every file of a version that its manifest names is there, and nothing is left of the making. */
function expectWhole(box: Sandbox, version: string): void {
  const {entries} = box.json(`.cloudtm/versions/${version}/manifest.json`) as Manifest;
  expect(entries.map(({path}) => path)).toEqual(
    expect.arrayContaining(['tf_configs/main.tf', 'tf_configs/terraform.tfstate']),
  );
  for (const {path} of entries) expect(existsSync(join(box.store, 'versions', version, path))).toBe(true);
  expect(box.staging()).toEqual([]);
}

describe('kill -9 of the shim during an apply', () => {
  test.each([
    [['log'], 'recovered'],
    [['show', 'v1'], 'v1, recovered, interrupted'],
    [['diff'], 'v1'],
    [['blame', 'terraform_data.web'], 'v1'],
    [['find', 'id-web'], 'v1'],
    [['rollback'], 'no active rollback'],
  ])('tm %j keeps what was missed before it answers', async (words, answer) => {
    const box = held();
    await killed(box);
    await ended(box);
    const outcome = await box.run('tm', ...words);
    expect(outcome).toMatchObject({exitCode: 0, stderr: recovered('v1', 1, 0)});
    expect(outcome.stdout.toLowerCase()).toContain(answer);
    expect(box.versions()).toEqual(['v1']);
  });

  test('after kill -9 of the shim terraform runs to its end, and tm list keeps what was missed', async () => {
    const box = held();
    await killed(box);
    box.write('main.tf', 'edited since');
    await ended(box);
    expect(box.versions()).toEqual([]);

    const list = await box.run('tm', 'list');
    expect(list).toMatchObject({exitCode: 0, stderr: recovered('v1', 1, 0)});
    expect(list.stdout).toMatch(/^v1 \* .*Active \(interrupted\) +recovered$/m);
    expect(box.meta('v1')).toMatchObject({
      operation: 'recovered',
      outcome: 'interrupted',
      argv: ['apply'],
      state: {resources: 1},
      note: '',
    });
    expect(box.read('.cloudtm/versions/v1/tf_configs/main.tf')).toBe('at start');
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v1', status: true});
    expectWhole(box, 'v1');
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: ''});
  });

  test('after kill -9 during an apply, the next apply keeps the missed version before its own', async () => {
    const box = held();
    await killed(box);
    await ended(box);
    box.write('input', 'another');
    letGo(box);
    const outcome = await box.run('apply');
    expect(outcome).toMatchObject({exitCode: 0, stdout: ''});
    expect(outcome.stderr).toMatch(
      /^cloudtm: kept v1 \(1 added.*recovered.*\ncloudtm: kept v2 \(0 added, 1 changed, 0 destroyed\)\n$/,
    );
    expect(box.versions()).toEqual(['v1', 'v2']);
    expect(box.staging()).toEqual([]);
  });

  test('recovery leaves the staging of a terraform that still runs alone', async () => {
    const box = held();
    await killed(box);
    const list = await box.run('tm', 'list');
    expect(list).toMatchObject({exitCode: 0, stderr: ''});
    expect(list.stdout).toContain(EMPTY_LIST);
    expect(box.staging()).toHaveLength(1);
    await ended(box);
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: recovered('v1', 1, 0)});
  });

  test('after kill -9 during an apply, the missed version is kept once, however many commands notice it', async () => {
    const box = held();
    await killed(box);
    await ended(box);
    const outcomes = await Promise.all(Array.from({length: 6}, () => box.run('tm', 'list')));
    expect(outcomes.map(({exitCode}) => exitCode)).toEqual(Array(6).fill(0));
    expect(outcomes.filter(({stderr}) => stderr.includes('recovered'))).toHaveLength(1);
    expect(box.versions()).toEqual(['v1']);
    expect(box.staging()).toEqual([]);
  });

  test('after kill -9 of shim and terraform before any change, nothing is kept', async () => {
    const box = held();
    await killed(box);
    process.kill(Number(readFileSync(join(box.folder, 'started'), 'utf8')), 'SIGKILL');
    await until(() => !isAlive(Number(readFileSync(join(box.folder, 'started'), 'utf8'))));
    const list = await box.run('tm', 'list');
    expect(list).toMatchObject({exitCode: 0, stderr: ''});
    expect(list.stdout).toContain(EMPTY_LIST);
    expect(box.staging()).toEqual([]);
  });

  test('after kill -9 during an apply, the recovered version is counted against the state before it', async () => {
    const box = held({'terraform.tfstate': stateText(1, {web: 'zero'})});
    await killed(box);
    await ended(box);
    expect(await box.run('tm', 'list')).toMatchObject({
      exitCode: 0,
      stderr: baseline('v1', 1) + kept('v2', 0, 1, 0, ', recovered from an interrupted apply'),
    });
    expect(box.meta('v1')).toMatchObject({operation: 'baseline', state: {resources: 1, serial: 1}});
    expect(box.meta('v2').changes).toEqual([{address: 'terraform_data.web', action: 'changed'}]);
  });

  test('after kill -9 during a destroy, the status is set to inactive', async () => {
    const box = held();
    letGo(box);
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    for (const name of ['started', 'finished', 'go']) rmSync(join(box.folder, name));
    writeFileSync(box.real, readFileSync(box.real, 'utf8').replace(/write_state "\$.*/, 'write_state 9'));
    await killed(box, 'destroy');
    await ended(box);
    const list = await box.run('tm', 'list');
    expect(list).toMatchObject({exitCode: 0});
    expect(list.stdout).toContain('Current: v1 (Inactive)');
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v1', status: false});
    expect(box.staging()).toEqual([]);
  });

  test('after kill -9 during an apply in another workspace, its version is recovered there', async () => {
    const box = sandbox({
      standIn: HELD.replace(
        'write_state "',
        'STATE=terraform.tfstate.d/dev/terraform.tfstate; write_state "',
      ),
      files: {'main.tf': 'at start', input: 'one', 'terraform.tfstate.d/dev/.keep': ''},
      env: {TF_WORKSPACE: 'dev'},
    });
    const tree = join(box.store, 'workspaces/dev');
    const shim = box.start(['apply']);
    await until(
      () =>
        there(box, 'started') &&
        box.staging(tree).some((id) => existsSync(join(tree, 'staging', id, 'staged.json'))),
    );
    await kill(shim);
    await ended(box);
    expect(await box.runWith({env: {TF_WORKSPACE: 'default'}}, 'tm', 'list')).toMatchObject({stderr: ''});
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: recovered('v1', 1, 0)});
    expect(box.versions(tree)).toEqual(['v1']);
  });

  testWithTerraform(
    'after kill -9 of the shim the real terraform runs to its end, with a whole state and a released lock',
    async () => {
      const box = sandbox({fixture: 'slow-apply'});
      const shim = box.start(['apply', '-auto-approve', '-var', 'seconds=1']);
      const locked = join(box.project, '.terraform.tfstate.lock.info');
      await until(
        () =>
          existsSync(locked) &&
          inStaging(box, 'staged.json') &&
          box.exists('terraform.tfstate') &&
          box.read('terraform.tfstate').includes('quick'),
      );
      await kill(shim);
      await until(() => !existsSync(locked));
      expect((JSON.parse(box.read('terraform.tfstate')) as {resources: unknown[]}).resources).toHaveLength(2);
      // Terraform takes its lock away a moment before it ends.
      const outcome = await untilRecovered(box);
      expect(outcome).toEqual(recovered('v1', 2, 0));
      expect(await box.run('apply', '-auto-approve', '-var', 'seconds=1')).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
      expect(box.versions()).toEqual(['v1']);
    },
  );
});

async function untilRecovered(box: Sandbox): Promise<string> {
  for (;;) {
    const {stderr} = await box.run('tm', 'list');
    if (stderr !== '') return stderr;
  }
}

describe('kill -9 of the shim', () => {
  test('after kill -9 during staging, the next command keeps the change with the configuration it finds, and says so', async () => {
    const many = Object.fromEntries(
      Array.from({length: 2000}, (_, index) => [`many/${index}.txt`, `${index}`]),
    );
    const box = held(many);
    const shim = box.start(['apply']);
    await until(() => there(box, 'started') && inStaging(box, 'version/tf_configs/many'));
    shim.kill('SIGSTOP');
    const complete = inStaging(box, 'staged.json') !== undefined;
    await kill(shim);
    await ended(box);
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: recovered('v1', 1, 0)});
    expect(readdirSync(join(box.store, 'versions/v1/tf_configs/many'))).toHaveLength(2000);
    expect(box.meta('v1').note).toBe(
      complete ? '' : 'the configuration is the one found when the version was recovered',
    );
    expectWhole(box, 'v1');
  });

  test.each([
    ['the state is copied', (box: Sandbox) => inStaging(box, 'version/tf_configs/terraform.tfstate')],
    ['the lock is taken', (box: Sandbox) => existsSync(join(box.store, 'staging/.lock'))],
    ['the version is renamed', (box: Sandbox) => existsSync(join(box.store, 'versions/v1'))],
  ])(
    'after kill -9 when %s, the version is there once and whole, and numbers continue',
    async (_name, reached) => {
      const box = held(Object.fromEntries(Array.from({length: 50}, (_, index) => [`f${index}`, `${index}`])));
      const shim = box.start(['apply']);
      await until(() => there(box, 'started') && inStaging(box, 'staged.json'));
      letGo(box);
      // Without a turn of the event loop between: the moments here are short.
      while (!reached(box) && shim.exitCode === null && isAlive(shim.pid ?? 0));
      await kill(shim);

      const list = await box.run('tm', 'list');
      expect(list).toMatchObject({exitCode: 0});
      expect(list.stdout).toMatch(/^Current: v1 \(Active\)$/m);
      expect(list.stdout).not.toContain('damaged');
      expect(box.versions()).toEqual(['v1']);
      expectWhole(box, 'v1');
      expect(box.meta('v1').version).toBe('v1');

      box.write('input', 'another');
      expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v2', 0, 1, 0)});
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: true});
    },
  );

  test('after kill -9 between the rename and current.json, the list is right and current.json is written again', async () => {
    const box = held();
    letGo(box);
    await box.run('apply');
    box.write('input', 'another');
    await box.run('apply');
    // As it is at that moment: the version is in place, the facts, the pointer and the end of staging are missing.
    rmSync(join(box.store, 'meta/v2.json'));
    box.write('.cloudtm/current.json', '{"current": "v1", "status": true}');
    leaveIntent(box, {});

    const list = await box.run('tm', 'list');
    expect(list).toMatchObject({exitCode: 0, stderr: ''});
    expect(list.stdout).toMatch(/^v2 \* .*Active +apply$/m);
    expect(list.stdout).not.toContain('damaged');
    expect(box.meta('v2')).toMatchObject({
      version: 'v2',
      resources: {added: '0', changed: '1', destroyed: '0'},
    });
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: true});
    expect(box.staging()).toEqual([]);
  });
});

/** What a command that died right after its rename leaves in staging: an intent, and no version. */
function leaveIntent(box: Sandbox, changes: Record<string, unknown>, id = 'abc-999999-xyz'): void {
  const owner = {host: hostId(), pid: 999_999_999, since: '2025-01-01T00:00:00.000Z'};
  const intent = {
    owner,
    operation: 'apply',
    argv: ['apply'],
    targeted: false,
    startedAt: '2025-01-01T00:00:00.000Z',
    backend: 'local',
    statePath: join(box.project, 'terraform.tfstate'),
    before: null,
    ...changes,
  };
  box.write('.cloudtm/meta/.keep', '');
  box.write(`.cloudtm/staging/${id}/intent.json`, JSON.stringify(intent));
}

describe('what lies in staging', () => {
  test("a leftover in staging counts as dead if another process has its owner's number now", async () => {
    const box = held({'terraform.tfstate': stateText(1, {web: 'one'})});
    leaveIntent(box, {owner: {host: hostId(), pid: process.pid, since: '2020-01-01T00:00:00.000Z'}});
    box.write('.cloudtm/staging/abc-999999-xyz/version/tf_configs/main.tf', 'staged');
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: recovered('v1', 1, 0)});
    expect(box.staging()).toEqual([]);
  });

  test('a leftover in staging of another host that was alive a moment ago is left alone', async () => {
    const box = held({'terraform.tfstate': stateText(1, {web: 'one'})});
    leaveIntent(box, {owner: {host: 'another-host', pid: 1, since: '2020-01-01T00:00:00.000Z'}});
    box.write('.cloudtm/staging/abc-999999-xyz/version/tf_configs/main.tf', 'staged');
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.staging()).toEqual(['abc-999999-xyz']);
  });

  test.each([
    [
      'an empty folder',
      (box: Sandbox) => {
        box.write('.cloudtm/staging/a-999999999-b/version/x', '');
      },
    ],
    [
      'an intent cut off',
      (box: Sandbox) => {
        box.write('.cloudtm/staging/a-999999999-b/intent.json', '{"own');
      },
    ],
    [
      'an intent that is null',
      (box: Sandbox) => {
        box.write('.cloudtm/staging/a-999999999-b/intent.json', 'null');
      },
    ],
    [
      'an intent without an owner',
      (box: Sandbox) => {
        box.write('.cloudtm/staging/a-999999999-b/intent.json', '{}');
      },
    ],
  ])('a leftover in staging that is %s stops neither terraform nor the list', async (_name, leave) => {
    const box = held();
    box.write('.cloudtm/versions/.keep', '');
    leave(box);
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: ''});
    letGo(box);
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    expect(box.staging()).toEqual([]);
  });
});
