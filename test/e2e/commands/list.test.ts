import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT} from '../../support/scripts.js';

const EMPTY = `cloudtm versions
Current: none

No version has been kept yet. The first terraform apply that changes something keeps one.
`;

/** A version as the original tool wrote it. */
function originalVersion(
  box: Sandbox,
  number: number,
  counts: readonly [string, string, string],
  time: string,
): void {
  const [added, changed, destroyed] = counts;
  box.write(`.cloudtm/versions/v${number}/tf_configs/main.tf`, `version ${number}`);
  box.write(
    `.cloudtm/meta/v${number}.json`,
    JSON.stringify({version: `v${number}`, timestamp: time, resources: {added, changed, destroyed}}),
  );
}

/** The store of the overview of the original tool. */
function originalStore(status = true): Sandbox {
  const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one`, files: {'main.tf': 'x'}});
  originalVersion(box, 1, ['5', '0', '0'], '2025-11-26T13:55:04Z');
  originalVersion(box, 2, ['0', '1', '0'], '2025-11-26T15:02:22Z');
  originalVersion(box, 3, ['2', '1', '0'], '2025-11-26T17:36:35Z');
  box.write('.cloudtm/current.json', JSON.stringify({current: 'v3', status}));
  box.write('.cloudtm/rollback.json', '{"rollback": ""}');
  return box;
}

describe('tm list', () => {
  test('tm list before the first version says so, and makes no store', async () => {
    const box = sandbox({standIn: ''});
    expect(await box.run('tm', 'list')).toEqual({exitCode: 0, stdout: EMPTY, stderr: ''});
    expect(box.exists('.cloudtm')).toBe(false);
    expect(JSON.parse((await box.run('tm', 'list', '-json')).stdout)).toEqual({
      workspace: 'default',
      current: '',
      status: false,
      rollback: '',
      versions: [],
      damaged: [],
      notes: [],
    });
  });

  test('tm list shows a store of the original tool as that tool does, with times in the zone of the reader', async () => {
    const box = originalStore();
    expect(await box.runWith({env: {TZ: 'Europe/Vienna'}}, 'tm', 'list')).toEqual({
      exitCode: 0,
      stdout: `cloudtm versions
Current: v3 (Active)

Version  Timestamp                  Added  Changed  Destroyed  Status
-------  -------------------------  -----  -------  ---------  ------
v3 *     2025-11-26 18:36:35 +0100  2      1        0          Active
v2       2025-11-26 16:02:22 +0100  0      1        0          -
v1       2025-11-26 14:55:04 +0100  5      0        0          -

Use: terraform tm rollback --to <version>
`,
      stderr: '',
    });
  });

  test('tm list shows an inactive current version', async () => {
    const {stdout} = await originalStore(false).run('tm', 'list');
    expect(stdout).toContain('Current: v3 (Inactive)\n');
    expect(stdout).toMatch(/^v3 \* .* Inactive$/m);
  });

  test('tm list -json prints the same as data, with one dash or two', async () => {
    const box = originalStore();
    for (const flag of ['-json', '--json']) {
      const outcome = await box.run('tm', 'list', flag);
      expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
      expect(JSON.parse(outcome.stdout)).toMatchObject({
        current: 'v3',
        status: true,
        versions: [
          {
            version: 'v3',
            timestamp: '2025-11-26T17:36:35Z',
            resources: {added: '2', changed: '1', destroyed: '0'},
          },
          {version: 'v2'},
          {version: 'v1'},
        ],
        damaged: [],
      });
    }
  });

  test('tm list continues the numbers of a store of the original tool', async () => {
    const box = originalStore();
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v4', 1, 0, 0)});
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v4', status: true});
    expect((await box.run('tm', 'list')).stdout).toMatch(/^v4 \* .*Active +apply\nv3 .* -\n/m);
  });

  test('tm list sorts by number: v10 is newer than v9', async () => {
    const box = originalStore();
    for (const number of [4, 5, 6, 7, 8, 9, 10])
      originalVersion(box, number, ['1', '0', '0'], '2025-11-27T00:00:00Z');
    box.write('.cloudtm/current.json', '{"current": "v10", "status": true}');
    const {stdout} = await box.run('tm', 'list');
    expect([...stdout.matchAll(/^v(\d+)/gm)].map((match) => match[1])).toEqual([
      '10',
      '9',
      '8',
      '7',
      '6',
      '5',
      '4',
      '3',
      '2',
      '1',
    ]);
  });

  test('tm list marks versions of failed commands', async () => {
    const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one; exit 1`, files: {'main.tf': 'x'}});
    expect(await box.run('apply')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: kept('v1', 1, 0, 0, ', marked failed'),
    });
    expect((await box.run('tm', 'list')).stdout).toMatch(/^v1 \* .*Active \(failed\) +apply$/m);
  });

  test('tm list works from another folder with -chdir, and says when that is not there', async () => {
    const box = originalStore();
    const cwd = box.folder;
    expect((await box.runWith({cwd}, '-chdir=project', 'tm', 'list')).stdout).toContain(
      'Current: v3 (Active)',
    );
    expect(await box.runWith({cwd}, '-chdir=nowhere', 'tm', 'list')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `cloudtm: there is no folder ${join(cwd, 'nowhere')}.\n`,
    });
  });

  test('tm list shows the selected workspace only', async () => {
    const box = originalStore();
    expect((await box.runWith({env: {TF_WORKSPACE: 'dev'}}, 'tm', 'list')).stdout).toBe(
      EMPTY.replace('versions', 'versions of workspace dev'),
    );
  });

  test('tm list refuses a store of a newer cloudtm instead of misreading it', async () => {
    const box = originalStore();
    box.write('.cloudtm/meta/v3.json', '{"format": 2, "version": "v3"}');
    const outcome = await box.run('tm', 'list');
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain('was written by a newer cloudtm (format 2; this one supports 1)');
  });

  test('tm list ends quietly when its reader goes away early', async () => {
    const box = originalStore();
    for (let number = 4; number < 400; number += 1) {
      originalVersion(box, number, ['1', '0', '0'], '2025-11-27T00:00:00Z');
    }
    expect(await box.runWith({program: '/bin/sh'}, '-c', '"$0" tm list | head -n 1', box.shim)).toEqual({
      exitCode: 0,
      stdout: 'cloudtm versions\n',
      stderr: '',
    });
  });

  test('tm list does not let what is written in the store reach the terminal as control characters', async () => {
    const box = originalStore();
    box.write(
      '.cloudtm/meta/v3.json',
      JSON.stringify({
        version: 'v3',
        timestamp: '\u001B[2J',
        resources: {added: '\u001B[31m', changed: '0', destroyed: '0'},
      }),
    );
    expect((await box.run('tm', 'list')).stdout).not.toContain('\u001B');
  });

  test('tm list follows a symbolic link to the store', async () => {
    const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one`, files: {'main.tf': 'x'}});
    mkdirSync(join(box.folder, 'elsewhere'));
    symlinkSync(join(box.folder, 'elsewhere'), box.store);
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
    expect(existsSync(join(box.folder, 'elsewhere/versions/v1'))).toBe(true);
    expect((await box.run('tm', 'list')).stdout).toContain('Current: v1 (Active)');
  });

  test('tm list leaves other files in the store alone and does not list them', async () => {
    const box = originalStore();
    for (const name of [
      'versions/README',
      'versions/v3.bak',
      'meta/notes.txt',
      'meta/v4.json.swp',
      'versions/v0',
    ]) {
      writeFileSync(join(box.store, name), 'x');
    }
    const outcome = await box.run('tm', 'list');
    expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
    expect([...outcome.stdout.matchAll(/^v\d+/gm)].map(([name]) => name)).toEqual(['v3', 'v2', 'v1']);
    expect(outcome.stdout).not.toContain('damaged');
  });
});
