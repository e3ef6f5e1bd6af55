import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {until} from '../../support/processes.js';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';

/** A terraform that waits for the gate, so that all overlap, then writes the state its `-state=NAME` names. */
const GATED = `${STATE_SCRIPT}
name=\${2#-state=}
: >"../started-$name"
wait_for ../gate
STATE=$name LINEAGE=$name write_state 1 "\${name%.tfstate}=one"
echo "wrote $name"`;

async function opened(box: Sandbox, names: readonly string[]): Promise<void> {
  await until(() => names.every((name) => box.exists(`../started-${name}`)));
  writeFileSync(join(box.folder, 'gate'), '');
}

describe('applies at the same time in one folder', () => {
  test('20 of them are each kept once, with numbers of their own and the state that was theirs', async () => {
    const box = sandbox({standIn: GATED, files: {'main.tf': 'x', 'a.txt': 'a'}});
    const names = Array.from({length: 20}, (_, index) => `s${index}.tfstate`);
    const outcomes = Promise.all(names.map((name) => box.run('apply', `-state=${name}`)));
    await opened(box, names);

    const numbers: string[] = [];
    for (const [index, outcome] of (await outcomes).entries()) {
      // On a busy machine one may have to wait for its turn, and says so.
      const line =
        /^(?:cloudtm: waiting for another cloudtm that holds .*\n)?cloudtm: kept (v\d+) \(1 added, 0 changed, 0 destroyed\)\n$/;
      expect(outcome).toEqual({
        exitCode: 0,
        stdout: `wrote s${index}.tfstate\n`,
        stderr: expect.stringMatching(line) as unknown,
      });
      const version = line.exec(outcome.stderr)?.[1] ?? '';
      numbers.push(version);
      expect(box.keptState(version)).toBe(box.read(`s${index}.tfstate`));
      expect(box.meta(version)).toMatchObject({
        version,
        argv: ['apply', `-state=s${index}.tfstate`],
        changes: [{address: `terraform_data.s${index}`, action: 'added'}],
      });
    }
    const expected = Array.from({length: 20}, (_, index) => `v${index + 1}`);
    expect(box.versions()).toEqual(expected);
    expect(new Set(numbers)).toEqual(new Set(expected));
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v20', status: true});
    expect(box.staging()).toEqual([]);

    const list = JSON.parse((await box.run('tm', 'list', '-json')).stdout) as {
      versions: unknown[];
      damaged: unknown[];
    };
    expect(list.versions).toHaveLength(20);
    expect(list.damaged).toEqual([]);
  });

  test('lists during simultaneous applies never show a partial version', async () => {
    const box = sandbox({standIn: GATED, files: {'main.tf': 'x'}});
    const names = Array.from({length: 5}, (_, index) => `s${index}.tfstate`);
    const work = {running: true};
    const outcomes = Promise.all(names.map((name) => box.run('apply', `-state=${name}`))).finally(() => {
      work.running = false;
    });
    await opened(box, names);
    let seen = 0;
    while (work.running) {
      const list = await box.run('tm', 'list', '-json');
      expect(list).toMatchObject({exitCode: 0, stderr: ''});
      const {versions, damaged} = JSON.parse(list.stdout) as {versions: unknown[]; damaged: unknown[]};
      expect(damaged).toEqual([]);
      expect(versions.length).toBeGreaterThanOrEqual(seen);
      seen = versions.length;
    }
    expect((await outcomes).map(({exitCode}) => exitCode)).toEqual([0, 0, 0, 0, 0]);
    expect(box.versions()).toHaveLength(5);
  });

  test('simultaneous applies of different workspaces neither wait for each other nor share numbers', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}: >"../started-$TF_WORKSPACE"; wait_for ../gate
        mkdir -p "terraform.tfstate.d/$TF_WORKSPACE"
        STATE=terraform.tfstate.d/$TF_WORKSPACE/terraform.tfstate write_state 1 web=one`,
      files: {'main.tf': 'x'},
    });
    const names = ['a', 'b', 'c', 'd'];
    const outcomes = Promise.all(names.map((name) => box.runWith({env: {TF_WORKSPACE: name}}, 'apply')));
    await opened(box, names);
    for (const outcome of await outcomes) {
      expect(outcome).toEqual({
        exitCode: 0,
        stdout: '',
        stderr: 'cloudtm: kept v1 (1 added, 0 changed, 0 destroyed)\n',
      });
    }
    for (const name of names) expect(box.versions(join(box.store, 'workspaces', name))).toEqual(['v1']);
  });

  testWithTerraform(
    'an apply that terraform refuses because of its lock keeps nothing, and we print nothing',
    async () => {
      const box = sandbox({fixture: 'slow-apply'});
      const first = box.start(['apply', '-auto-approve', '-var', 'seconds=1']);
      const ended = box.finish(first);
      await until(() => box.exists('.terraform.tfstate.lock.info'));
      const second = await box.run('apply', '-auto-approve', '-no-color');
      expect(second).toMatchObject({exitCode: 1});
      expect(second.stderr).toContain('Error acquiring the state lock');
      expect(second.stderr).not.toContain('cloudtm');
      expect(await ended).toMatchObject({
        exitCode: 0,
        stderr: 'cloudtm: kept v1 (2 added, 0 changed, 0 destroyed)\n',
      });
      expect(box.versions()).toEqual(['v1']);
      expect(box.staging()).toEqual([]);
    },
  );
});
