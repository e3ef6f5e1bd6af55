import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {account} from '../../support/machine/account.js';

describe('cost', () => {
  test('tm machine cost is a table with the total, and missing disk snapshots cost nothing', async () => {
    const it = await account();
    it.logged('first', 1);
    it.log('gone', '5', 2);
    it.snapshot('other', 3, {sizeGigabytes: 97.3});
    expect(await it.run('cost')).toEqual({
      exitCode: 0,
      stdout: [
        'Snapshot  Provider      Size     A month',
        '--------  ------------  -------  -------',
        'other     digitalocean  97.3 GB  $4.87',
        'first     digitalocean  2.5 GB   $0.13',
        'Total                   99.8 GB  $5.00',
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(await it.json('cost')).toMatchObject({
      images: [
        {name: 'other', status: 'not logged', monthlyCost: 4.87},
        {name: 'first', status: 'present', monthlyCost: 0.13},
      ],
      total: {sizeGb: 99.8, monthlyCost: 5, unpriced: 0},
    });
  });

  test('tm machine cost reads rates from .cloudtm.json, and has none for a program of the user', async () => {
    const it = await account();
    it.logged('first', 1);
    it.log('by command', 'c1', 2, 'gpu', {
      provider: 'command',
      image: {id: 'c1', name: 'by command', sizeGb: 8},
    });
    it.box.write('.cloudtm.json', '{"machine": {"rates": {"digitalocean": 1}}}');
    const warning = /^cloudtm: warning: command could not be asked [^\n]*\n$/;
    const {stdout, stderr} = await it.run('cost');
    expect(stderr).toMatch(warning);
    expect(stdout.split('\n').slice(2)).toEqual([
      'by command  command       8 GB',
      'first       digitalocean  2.5 GB   $2.50',
      'Total                     10.5 GB  $2.50',
      'Without a price: 1 snapshot. machine.rates in .cloudtm.json sets the rate of a provider.',
      '',
    ]);
    it.box.write('.cloudtm.json', '{"machine": {"rates": {"command": 0.5}}}');
    const priced = await it.run('cost', '-json');
    expect(JSON.parse(priced.stdout)).toMatchObject({total: {sizeGb: 10.5, monthlyCost: 4.13, unpriced: 0}});
  });

  test('tm machine cost without disk snapshots is nothing', async () => {
    const it = await account();
    expect(await it.run('cost')).toEqual({
      exitCode: 0,
      stdout: 'There are no snapshots of machines, and nothing is paid for them.\n',
      stderr: '',
    });
    it.box.write('.cloudtm.json', '{"machine": {"rates": {"digitalocean": "0.05"}}}');
    expect(await it.run('cost')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `cloudtm: ${it.box.project}/.cloudtm.json cannot be used: machine.rates.digitalocean: Invalid type: Expected number but received "0.05". Fix or remove it.\n`,
    });
  });
});

describe('latest', () => {
  test('tm machine latest prints the id of the newest disk snapshot that exists, and nothing else', async () => {
    const it = await account();
    it.logged('first', 1);
    const {id} = it.logged('second', 2);
    it.log('gone', '5', 3);
    it.logged('of another', 4, 'gpu-2');
    expect(await it.run('latest', '-machine', 'gpu')).toEqual({exitCode: 0, stdout: `${id}\n`, stderr: ''});
  });

  test('tm machine latest finds disk snapshots without a log by the name cloudtm gives them', async () => {
    const it = await account();
    const {id} = it.snapshot('gpu-snapshot-20201101-100100', 1);
    const other = it.snapshot('gpu-2-snapshot-20201101-100200', 2);
    it.snapshot('gpu-snapshot-of-mine', 3);
    it.snapshot('gpu', 3);
    it.snapshot('gpu-snapshot-20201101-100400-2', 4);
    expect(await it.run('latest', '-machine', 'gpu')).toEqual({exitCode: 0, stdout: `${id}\n`, stderr: ''});
    expect((await it.run('latest', '-machine=gpu-2')).stdout).toBe(`${other.id}\n`);
    // The log knows better than the name.
    it.log('gpu-2-snapshot-20201101-100200', other.id, 2, 'gpu');
    expect((await it.run('latest', '-machine', 'gpu')).stdout).toBe(`${other.id}\n`);
    expect(await it.run('latest', '-machine', 'gpu-2')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cloudtm: there is no disk snapshot of a machine "gpu-2" in the workspace "default". Machines with disk snapshots: gpu.\n',
    });
  });

  test('tm machine latest prints no id when the provider cannot be asked', async () => {
    const it = await account();
    it.logged('first', 1);
    it.api.faults.always('GET', '/v2/snapshots', {kind: 'status', status: 503});
    const {exitCode, stdout, stderr} = await it.run('latest', '-machine', 'gpu');
    expect({exitCode, stdout}).toEqual({exitCode: 1, stdout: ''});
    expect(stderr).toMatch(/^cloudtm: DigitalOcean refused: .*503/);
    const without = await account(null);
    without.log('first', '5', 1);
    const missing = await without.run('latest', '-machine', 'gpu');
    expect(missing).toMatchObject({exitCode: 1, stdout: ''});
    expect(missing.stderr).toMatch(/^cloudtm: doctl is not installed, /);
    expect((await (await account(null)).run('latest', '-machine', 'gpu')).stderr).toBe(missing.stderr);
  });

  test("tm machine latest says that a log cannot be read, which may be the newest one's", async () => {
    const it = await account();
    const {id} = it.logged('first', 1);
    const path = join(it.folder, 'cut.json');
    writeFileSync(path, '{"cloudtm": "machine-image"');
    expect(await it.run('latest', '-machine', 'gpu')).toEqual({
      exitCode: 0,
      stdout: `${id}\n`,
      stderr: `cloudtm: warning: ${path} cannot be read as a log: not JSON\n`,
    });
  });

  test('tm machine latest needs a machine', async () => {
    const it = await account();
    expect(await it.run('latest')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('terraform tm machine latest is missing an argument.') as string,
    });
    expect(await it.run('latest', '-machine', 'gpu')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'cloudtm: there is no disk snapshot of a machine "gpu" in the workspace "default".\n',
    });
  });
});
