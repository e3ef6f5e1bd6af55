import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {doctls} from '../../support/machine/doctl.js';
import {writeLog} from '../../support/machine/logs.js';
import {account, at} from '../../support/machine/account.js';

const EMPTY =
  'There are no snapshots of machines yet. terraform tm machine snapshot takes one; so does the module snapshot_on_destroy.\n';
const UNAUTHORIZED =
  /^cloudtm: warning: digitalocean could not be asked \(.*Unable to authenticate you\): its disk snapshots are shown as their logs describe them. .*\n$/;

describe.each(doctls())('with the $name doctl', (doctl) => {
  test('tm machine list joins the logs with what the provider has, newest first', async () => {
    const it = await account(doctl);
    const first = it.logged('first', 1);
    it.log('gone', '5', 2);
    const other = it.snapshot('other', 3, {resourceId: '77'});
    expect(await it.run('list')).toEqual({
      exitCode: 0,
      stdout: [
        'Snapshot  Id         Machine  Completed                  Size    A month  Status',
        '--------  ---------  -------  -------------------------  ------  -------  ----------',
        `other     ${other.id}  77       2020-11-01 10:03:00 +0000  2.5 GB  $0.13    not logged`,
        'gone      5          gpu      2020-11-01 10:02:00 +0000  2.5 GB           missing',
        `first     ${first.id}  gpu      2020-11-01 10:01:00 +0000  2.5 GB  $0.13    present`,
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(await it.json('list')).toEqual([
      {
        status: 'not logged',
        provider: 'digitalocean',
        id: other.id,
        name: 'other',
        machine: {id: '77', name: ''},
        completed: at(3),
        sizeGb: 2.5,
        monthlyCost: 0.13,
        log: null,
      },
      {
        status: 'missing',
        provider: 'digitalocean',
        id: '5',
        name: 'gone',
        machine: {id: '1', name: 'gpu'},
        completed: at(2),
        sizeGb: 2.5,
        monthlyCost: null,
        log: join(it.folder, 'gone.json'),
      },
      {
        status: 'present',
        provider: 'digitalocean',
        id: first.id,
        name: 'first',
        machine: {id: '1', name: 'gpu'},
        completed: at(1),
        sizeGb: 2.5,
        monthlyCost: 0.13,
        log: join(it.folder, 'first.json'),
      },
    ]);
  });
});

test('tm machine list ignores files that are not logs, and names damaged logs', async () => {
  const it = await account();
  it.logged('whole', 1);
  const folder = it.folder;
  writeFileSync(join(folder, 'mine.json'), '{"my": "own"}');
  writeFileSync(join(folder, 'notes.txt'), 'x');
  mkdirSync(join(folder, 'folder.json'));
  writeFileSync(join(folder, 'cut.json'), '{"cloudtm": "machine-image", "format": 1, "prov');
  writeFileSync(join(folder, 'newer.json'), '{"cloudtm": "machine-image", "format": 2}');
  const unknown = writeLog(folder, {provider: 'gcp', image: {name: 'elsewhere'}});
  const {exitCode, stdout, stderr} = await it.run('list');
  expect({exitCode, stderr}).toEqual({
    exitCode: 0,
    stderr: [
      `cloudtm: warning: ${folder}/cut.json cannot be read as a log: not JSON`,
      `cloudtm: warning: ${folder}/newer.json cannot be read as a log: written by a newer cloudtm (format 2)`,
      `cloudtm: warning: ${unknown} cannot be read as a log: there is no provider "gcp"`,
      '',
    ].join('\n'),
  });
  expect(stdout.split('\n').slice(2)).toEqual([expect.stringMatching(/^whole .* present$/), '']);
});

test('tm machine list names a folder of logs that cannot be read', async () => {
  const it = await account();
  symlinkSync('snapshots', it.folder);
  expect(await it.run('list')).toEqual({
    exitCode: 0,
    stdout: EMPTY,
    stderr: `cloudtm: warning: ${it.folder} cannot be read as a log: ELOOP\n`,
  });
});

test('copies of a log are one disk snapshot, and are set aside with it', async () => {
  const it = await account();
  const {id} = it.logged('first', 1);
  it.log('first', id, 1);
  writeLog(it.folder, {image: {id, name: 'first', sizeGb: 2.5}, completed: at(1)}, 'first (copy).json');
  expect(await it.json('list')).toHaveLength(1);
  expect(await it.run('delete', 'first', '-yes')).toMatchObject({exitCode: 0, stderr: ''});
  expect([it.logs(), it.logs('deleted')]).toEqual([[], ['first (copy).json', 'first.json']]);
});

test('tm machine list shows the logs, with one warning, when the provider cannot be asked', async () => {
  const it = await account();
  it.logged('first', 1);
  it.logged('second', 2);
  it.api.faults.always('GET', '/v2/snapshots', {kind: 'status', status: 401});
  const {exitCode, stdout, stderr} = await it.run('list', '-json');
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(UNAUTHORIZED);
  expect(JSON.parse(stdout)).toMatchObject([
    {name: 'second', status: 'unknown', monthlyCost: 0.13},
    {name: 'first', status: 'unknown', monthlyCost: 0.13},
  ]);
});

test('a disk snapshot on a later page of the list is asked for by itself before it is called missing', async () => {
  const it = await account();
  it.logged('first', 1);
  for (let number = 0; number < 199; number += 1) it.snapshot(`of others ${number}`, 0);
  it.logged('on page two', 2);
  it.log('gone', '5', 3);
  it.api.faults.always('GET', '/v2/snapshots?page=2', {kind: 'status', status: 500});
  const {stdout, stderr} = await it.run('list', '-machine', 'gpu', '-json');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject([
    {name: 'gone', status: 'missing'},
    {name: 'on page two', status: 'present'},
    {name: 'first', status: 'present'},
  ]);
});

test('tm machine list without logs and without doctl does not mention doctl unless asked', async () => {
  const it = await account(null);
  expect(await it.run('list')).toEqual({exitCode: 0, stdout: EMPTY, stderr: ''});
  const warning =
    'cloudtm: warning: digitalocean could not be asked (doctl is not installed): its disk snapshots are shown as their ' +
    'logs describe them. terraform tm machine list -provider digitalocean asks again\n';
  expect(await it.run('list', '-provider', 'digitalocean')).toEqual({
    exitCode: 0,
    stdout: EMPTY,
    stderr: warning,
  });
  it.log('first', '5', 1);
  const {stdout, ...rest} = await it.run('list');
  expect(rest).toEqual({exitCode: 0, stderr: warning});
  expect(stdout).toMatch(/\nfirst .* unknown\n$/);
});

test('tm machine list can be limited to one machine, one provider or other folders', async () => {
  const it = await account();
  it.logged('of gpu', 1);
  it.logged('of gpu-2', 2, 'gpu-2');
  it.snapshot('gpu-snapshot-20201101-100300', 3);
  it.snapshot('gpu-2-snapshot-20201101-100400', 4);
  it.log('by command', 'c1', 5, 'gpu', {provider: 'command'});
  const elsewhere = writeLog(join(it.box.folder, 'elsewhere'), {image: {id: '5', name: 'elsewhere'}});
  const names = async (...words: string[]) =>
    ((await it.json('list', ...words)) as {name: string}[]).map(({name}) => name);
  const ours = ['-provider', 'digitalocean'];
  expect(await names(...ours, '-machine', 'gpu')).toEqual(['gpu-snapshot-20201101-100300', 'of gpu']);
  expect(await names(...ours, '-machine', 'gpu-2')).toEqual(['gpu-2-snapshot-20201101-100400', 'of gpu-2']);
  expect(await names('-dir', 'snapshots', '-dir', join(elsewhere, '..'), ...ours, '-machine=gpu')).toEqual([
    'gpu-snapshot-20201101-100300',
    'of gpu',
    'elsewhere',
  ]);
  expect(await it.run('list', ...ours, '-machine', 'g')).toEqual({
    exitCode: 0,
    stdout: 'There is no snapshot of a machine "g". terraform tm machine list shows those of all.\n',
    stderr: '',
  });
  const unset = await it.run('list', '-provider', 'command');
  expect(unset.stdout).toMatch(/\nby command .* unknown\n$/);
  expect(unset.stderr).toMatch(
    /^cloudtm: warning: command could not be asked \(machine.command in [^\n]+\n$/,
  );
  expect(await it.run('list', '-provider', 'gcp')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'cloudtm: there is no machine provider "gcp". Available: digitalocean, aws, command.\n',
  });
});

describe('show', () => {
  test('tm machine show finds a disk snapshot by its name and its id', async () => {
    const it = await account();
    const git = {commit: '0123456789abcdef', branch: 'main', dirty: true};
    const {id} = it.logged('first', 1, 'gpu', {git, workspace: 'dev'});
    const byName = await it.run('show', 'first');
    expect(byName).toEqual({
      exitCode: 0,
      stdout: `first
  status       present
  provider     digitalocean
  id           ${id}
  machine      gpu, id 1
  region       tor1
  machine size s-1vcpu-1gb
  started      2020-11-01 10:01:00 +0000
  completed    2020-11-01 10:01:00 +0000
  size         2.5 GB
  a month      $0.13
  action       7
  workspace    dev
  git          0123456789ab, with changes
  log          ${it.folder}/first.json
  boot from it restore_from = "${id}"
`,
      stderr: '',
    });
    expect(await it.run('show', id)).toEqual(byName);
    expect(await it.json('show', id)).toMatchObject({
      status: 'present',
      id,
      log: `${it.folder}/first.json`,
      logged: {action: '7', workspace: 'dev', git},
    });
  });

  test('tm machine show answers an ambiguous name with ids, and an unknown one with the nearest', async () => {
    const it = await account();
    const ids = [it.logged('twice', 1).id, it.snapshot('twice', 2).id];
    expect(await it.run('show', 'twice')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `cloudtm: several disk snapshots are named "twice". Use an id: ${ids.toReversed().join(', ')}.\n`,
    });
    expect(await it.run('show', ids[1] ?? '')).toMatchObject({exitCode: 0});
    expect(await it.run('show', 'twise')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cloudtm: there is no disk snapshot "twise". Did you mean twice? Run terraform tm machine list to list them.\n',
    });
    const unlogged = await it.run('show', ids[1] ?? '');
    expect(unlogged.stdout).toBe(`twice
  status       not logged
  provider     digitalocean
  id           ${ids[1]}
  machine      1
  completed    2020-11-01 10:02:00 +0000
  size         2.5 GB
  a month      $0.13
  boot from it restore_from = "${ids[1]}"
`);
  });
});

test('a log whose id leads elsewhere at the provider deletes nothing', async () => {
  const it = await account();
  const droplet = it.api.addDroplet({name: 'web'});
  it.log('nightly', `../droplets/${droplet.id}`, 1);
  const other = it.logged('other', 2);
  expect(await it.json('list')).toMatchObject([
    {id: other.id, status: 'present'},
    {name: 'nightly', status: 'missing'},
  ]);
  await it.run('delete', 'nightly', '-yes');
  expect(it.api.requests.filter(({method}) => method === 'DELETE')).toEqual([]);
  expect(it.api.droplets).toHaveLength(1);
});

test('tm machine list shows pending disk snapshots', async () => {
  const it = await account();
  const asked = '2020-11-01T10:00:00.000Z';
  it.box.write(
    'snapshots/.pending/digitalocean-7.json',
    JSON.stringify({
      ...{
        cloudtm: 'machine-image-pending',
        format: 1,
        provider: 'digitalocean',
        machineId: '7',
        imageName: 'x',
      },
      ...{
        asked,
        seen: asked,
        before: {actions: [], newest: '', images: []},
        action: {id: '9', startedAt: asked},
      },
    }),
  );
  it.box.write('snapshots/.pending/digitalocean-8.json', '{');
  expect((await it.run('list')).stderr).toBe(
    `cloudtm: a disk snapshot x of machine 7 (digitalocean) was requested at ${asked} and has no log yet: action ID 9\n`,
  );
});
