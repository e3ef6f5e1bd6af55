import {writeFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {doctls} from '../../support/machine/doctl.js';
import {account} from '../../support/machine/account.js';

const QUESTION = "Only 'yes' will be accepted: ";
const DELETE = (id: string) => `DELETE /v2/snapshots/${id} 204`;

describe.each(doctls())('delete with the $name doctl', (doctl) => {
  test('tm machine delete shows the disk snapshot, asks, deletes it, and sets its log aside', async () => {
    const it = await account(doctl);
    const {id} = it.logged('first', 1);
    it.logged('second', 2);
    const terminal = it.terminal('delete', 'first');
    await terminal.waitFor(`boot from it restore_from = "${id}"`);
    await terminal.waitFor(QUESTION);
    expect(it.names()).toEqual(['first', 'second']);
    terminal.type('yes\r');
    await terminal.waitFor(`Deleted first (${id})`);
    expect(await terminal.exited).toEqual({code: 0, signal: 0});
    expect([it.names(), it.logs(), it.logs('deleted')]).toEqual([
      ['second'],
      ['second.json'],
      ['first.json'],
    ]);
  });
});

describe('delete', () => {
  test.each([
    ['no', 'no\r'],
    ['y', 'y\r'],
    ['nothing', '\r'],
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('tm machine delete answered with %s keeps the disk snapshot', async (_, keys) => {
    const it = await account();
    it.logged('first', 1);
    const terminal = it.terminal('delete', 'first');
    await terminal.waitFor(QUESTION);
    terminal.type(keys);
    await terminal.waitFor('Nothing was deleted');
    expect(await terminal.exited).toEqual({code: 1, signal: 0});
    expect([it.names(), it.logs()]).toEqual([['first'], ['first.json']]);
  });

  test('tm machine delete without a terminal asks nothing and changes nothing', async () => {
    const it = await account();
    it.logged('first', 1);
    expect(await it.run('delete', 'first')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cloudtm: there is no terminal to confirm this on, so nothing was changed. -auto-approve skips the question.\n',
    });
    expect(it.api.requests).toEqual([]);
  });

  test('tm machine delete by id says before it asks that there is no log', async () => {
    const it = await account();
    const {id} = it.snapshot('of somebody', 1);
    const terminal = it.terminal('delete', id);
    await terminal.waitFor('status       not logged');
    await terminal.waitFor('No log here knows it: it may belong to another project, or to somebody else.');
    await terminal.waitFor(QUESTION);
    terminal.type('yes\r');
    await terminal.waitFor(`Deleted of somebody (${id})`);
    expect(await terminal.exited).toEqual({code: 0, signal: 0});
    expect(it.names()).toEqual([]);
  });

  test('tm machine delete of a missing disk snapshot only sets its log aside, next to others of its name', async () => {
    const it = await account();
    it.log('gone', '5', 1);
    const done = await it.run('delete', 'gone', '-auto-approve');
    expect(done).toMatchObject({exitCode: 0, stderr: ''});
    expect(done.stdout.split('\n').slice(-3)).toEqual([
      'digitalocean has it no more, as far as the login and the region of now show: only its log is put aside.',
      `gone (5) was gone already; its log is ${it.folder}/deleted/gone.json now`,
      '',
    ]);
    it.log('gone', '6', 2);
    expect((await it.run('delete', '6', '-yes')).stdout).toContain(`${it.folder}/deleted/gone-2.json now\n`);
    expect([it.logs(), it.logs('deleted')]).toEqual([[], ['gone-2.json', 'gone.json']]);
    expect(it.api.log().filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  test('tm machine delete says so if the disk snapshot vanishes meanwhile', async () => {
    const it = await account();
    const {id} = it.logged('first', 1);
    it.api.faults.next('DELETE', '/v2/snapshots/:id', {kind: 'status', status: 404});
    expect((await it.run('delete', id, '-yes')).stdout).toMatch(
      /\nfirst \(\d+\) was gone already; its log is .*\n$/,
    );
    expect(it.logs()).toEqual([]);
  });

  test('a disk snapshot that its provider does not delete keeps its log', async () => {
    const it = await account();
    const {id} = it.logged('first', 1);
    it.api.faults.next('DELETE', '/v2/snapshots/:id', {kind: 'status', status: 403});
    const {exitCode, stderr} = await it.run('delete', 'first', '-yes');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        String.raw`^cloudtm: the disk snapshot first \(${id}\) was not deleted: .*403.* You are not authorized .*\n0 deleted before it, 1 left\.\n$`,
      ),
    );
    expect([it.names(), it.logs()]).toEqual([['first'], ['first.json']]);
  });

  test('tm machine delete names a log that cannot be moved, and still deletes the disk snapshot', async () => {
    const it = await account();
    const {id} = it.logged('first', 1);
    writeFileSync(`${it.folder}/deleted`, 'in the way');
    const {exitCode, stdout, stderr} = await it.run('delete', 'first', '-yes');
    expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''});
    expect(stdout.split('\n').slice(-3)).toEqual([
      `Deleted first (${id})`,
      `${it.folder}/first.json could not be moved to deleted/ (EEXIST): move it yourself`,
      '',
    ]);
    expect([it.names(), it.logs()]).toEqual([[], ['first.json']]);
  });

  test('tm machine delete answers an unknown name with the nearest one', async () => {
    const it = await account();
    it.logged('first', 1);
    expect(await it.run('delete', 'fist', '-yes')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('Did you mean first?') as string,
    });
    expect(it.names()).toEqual(['first']);
  });
});

describe('prune', () => {
  test('tm machine prune without -yes shows what it would delete, and changes nothing', async () => {
    const it = await account();
    const {id} = it.logged('first', 1);
    it.logged('second', 2);
    expect(await it.run('prune', '-keep-last', '1')).toEqual({
      exitCode: 0,
      stdout: [
        'Snapshot  Id         Machine  Completed                  Size    A month  Status',
        '--------  ---------  -------  -------------------------  ------  -------  -------',
        `first     ${id}  gpu      2020-11-01 10:01:00 +0000  2.5 GB  $0.13    present`,
        'These would be deleted with -yes: 1 snapshot, 2.5 GB, $0.13 a month',
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(await it.json('prune', '-keep-last', '1')).toMatchObject([{name: 'first', status: 'present'}]);
    expect([it.names(), it.logs()]).toEqual([
      ['first', 'second'],
      ['first.json', 'second.json'],
    ]);
    expect(await it.run('prune', '-keep-last', '2')).toEqual({
      exitCode: 0,
      stdout: 'No snapshot is to go.\n',
      stderr: '',
    });
  });

  test('tm machine prune deletes what all rules select, and never what has no log or is missing', async () => {
    const it = await account();
    const old = it.logged('night 1', 1);
    it.logged('day 2', 2);
    it.logged('night 3', 3);
    it.logged('night of another', 1, 'gpu-2');
    it.logged('night of now', 4, 'gpu', {completed: new Date().toISOString()});
    it.snapshot('night without a log', 1);
    it.log('night that is gone', '5', 1);
    const rules = ['-keep-last', '2', '-older-than', '1h', '-name', 'night', '-machine', 'gpu'];
    const done = await it.run('prune', ...rules, '-yes');
    expect(done).toMatchObject({exitCode: 0, stderr: ''});
    expect(done.stdout.split('\n').slice(-3)).toEqual([
      'Deleting 1 snapshot, 2.5 GB, $0.13 a month',
      `Deleted night 1 (${old.id})`,
      '',
    ]);
    expect(it.names()).toEqual([
      'day 2',
      'night 3',
      'night of another',
      'night of now',
      'night without a log',
    ]);
    expect(it.logs('deleted')).toEqual(['night 1.json']);
    expect((await it.run('prune', '-older-than=1h', '-yes')).exitCode).toBe(0);
    expect(it.names()).toEqual(['night of now', 'night without a log']);
    expect(it.logs()).toEqual(['night of now.json', 'night that is gone.json']);
  });

  test('tm machine prune stops at the first one that cannot be deleted, and says what was deleted', async () => {
    const it = await account();
    const ids = [3, 2, 1].map((minute) => it.logged(`of ${minute}`, minute).id);
    const [first = '', second = ''] = ids;
    it.api.faults.next('DELETE', `/v2/snapshots/${second}`, {kind: 'status', status: 403});
    const {exitCode, stdout, stderr} = await it.run('prune', '-older-than', '1m', '-yes', '-json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject(ids.map((id) => ({id})));
    expect(stderr).toMatch(
      new RegExp(
        String.raw`^Deleted of 3 \(${first}\)\ncloudtm: the disk snapshot of 2 \(${second}\) was not deleted: .*\n1 deleted before it, 2 left\.\n$`,
      ),
    );
    expect(it.api.log().filter((line) => line.endsWith('204'))).toEqual([DELETE(first)]);
    expect([it.names(), it.logs()]).toEqual([
      ['of 2', 'of 1'],
      ['of 1.json', 'of 2.json'],
    ]);
  });

  test('tm machine prune does not say that there is nothing to do when the provider could not be asked', async () => {
    const it = await account();
    it.logged('first', 1);
    it.api.faults.always('GET', '/v2/snapshots', {kind: 'status', status: 401});
    const {exitCode, stdout, stderr} = await it.run('prune', '-older-than', '1m', '-yes');
    expect({exitCode, stdout}).toEqual({exitCode: 1, stdout: ''});
    expect(stderr).toContain('Log in with: doctl auth init\n');
    expect(it.logs()).toEqual(['first.json']);
  });

  test.each(['0', '-1', '30x', '1e3', '1.5', '1234567'])(
    'tm machine prune -keep-last %s is refused',
    async (value) => {
      const it = await account();
      expect(await it.run('prune', '-keep-last', value, '-yes')).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `cloudtm: -keep-last needs a number of at least 1, not "${value}".\n`,
      });
    },
  );

  test.each(['0', '0d', '-1', '30', '30x', '1e3', '1e3d', '-1d', '30 d'])(
    'tm machine prune -older-than %s is refused',
    async (value) => {
      const it = await account();
      expect(await it.run('prune', '-older-than', value, '-yes')).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `cloudtm: -older-than cannot be "${value}": it must be a number above 0 with m, h, d or w (minutes, hours, days, weeks), such as 30d.\n`,
      });
    },
  );

  test('tm machine prune refuses a name as the only rule', async () => {
    const it = await account();
    it.logged('first', 1);
    expect(await it.run('prune', '-name', 'first', '-yes')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'cloudtm: choose which disk snapshots to delete with -keep-last N, -older-than 30d, or both.\n',
    });
    expect(it.api.requests).toEqual([]);
  });
});
