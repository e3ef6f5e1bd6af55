import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {writeLog} from '../../support/machine/logs.js';
import {sandbox, type Sandbox} from '../../support/sandbox.js';

/** Its state is what the file `next` says. */
const COPIES = 'case $1 in apply) cp next terraform.tfstate ;; esac';

/** Make a version whose state has these droplets; the module tells of one that its logs lie elsewhere. */
async function apply(
  box: Sandbox,
  serial: number,
  droplets: readonly string[],
  logs?: string,
): Promise<void> {
  const [id] = droplets;
  const input = {value: {machine_id: id, machine_provider: 'digitalocean', snapshot_directory: logs}};
  const resource = (type: string, name: string, instances: object[]) => ({
    mode: 'managed',
    type,
    name,
    provider: 'p',
    instances,
  });
  const resources = [
    resource('terraform_data', 'other', [{attributes: {}}]),
    resource(
      'digitalocean_droplet',
      'gpu',
      droplets.map((each) => ({index_key: each, attributes: {id: each}})),
    ),
    ...(logs === undefined ? [] : [resource('terraform_data', 'snapshot', [{attributes: {input}}])]),
  ];
  box.write(
    'next',
    JSON.stringify({version: 4, terraform_version: '1.11.4', serial, lineage: 'x', outputs: {}, resources}),
  );
  const {exitCode, stderr} = await box.run('apply');
  expect({exitCode, stderr}).toEqual({
    exitCode: 0,
    stderr: expect.stringContaining('cloudtm: kept v') as string,
  });
}

/** Three versions: with one droplet, with two, and with none. */
async function versions(): Promise<Sandbox> {
  const box = sandbox({standIn: COPIES, files: {'main.tf': ''}, env: {TZ: 'UTC'}});
  await apply(box, 1, ['1']);
  await apply(box, 2, ['1', '2'], 'logs');
  await apply(box, 3, []);
  return box;
}

/** Images of droplets 1 and 2, and of machines no version knows. */
function images(box: Sandbox): string[] {
  const usual = join(box.project, 'snapshots');
  const image = (name: string, id: string, minute: number, machine: string) =>
    ({image: {name, id}, machine: {id: machine}, completed: `2020-11-01T10:0${minute}:00Z`}) as const;
  writeLog(usual, image('of 9', '109', 1, '9'));
  writeLog(usual, {...image('of 1 elsewhere', '108', 1, '1'), provider: 'aws'});
  return [
    writeLog(usual, image('first of 1', '101', 1, '1')),
    writeLog(usual, image('of 2', '102', 2, '2')),
    writeLog(join(box.project, 'logs'), image('second of 1', '103', 3, '1')),
  ];
}

describe('versions whose machines have images', () => {
  test('tm list marks versions whose machines have disk snapshots', async () => {
    const box = await versions();
    const before = await box.run('tm', 'list');
    expect(before.stdout).not.toContain('Snapshots');
    images(box);
    const {stdout} = await box.run('tm', 'list');
    const table = stdout.split('\n').slice(3, 8);
    expect(table.map((line) => line.replace(/ \d{4}-\S+ \S+ \S+ /, ' TIME ').replace(/ +/g, ' '))).toEqual([
      'Version Timestamp Added Changed Destroyed Status Operation Snapshots',
      expect.stringMatching(/^[- ]+$/),
      'v3 * TIME 0 0 3 Active apply',
      'v2 TIME 2 0 0 - apply 3',
      'v1 TIME 2 0 0 - apply 2',
    ]);
    const json = JSON.parse((await box.run('tm', 'list', '-json')).stdout) as {
      versions: {images?: unknown}[];
    };
    expect(json.versions.map((version) => version.images)).toEqual([
      undefined,
      ['second of 1', 'of 2', 'first of 1'],
      ['second of 1', 'first of 1'],
    ]);
    expect(box.meta('v2').machines).toEqual([
      {provider: 'digitalocean', id: '1', logs: 'logs'},
      {provider: 'digitalocean', id: '2'},
    ]);
    expect((await box.run('tm', 'list', '-all-workspaces')).stdout).toContain('Snapshots');
  });

  test("tm show names the disk snapshots of a version's machines", async () => {
    const box = await versions();
    const [first, , second] = images(box);
    const {stdout} = await box.run('tm', 'show', 'v1');
    expect(stdout).toContain(`
Snapshots of its machines:
  first of 1 (id 101) of gpu, 2020-11-01 10:01:00 +0000, 10 GB

`);
    expect((await box.run('tm', 'show', 'v3')).stdout).not.toContain('Snapshots');
    const {images: named} = JSON.parse((await box.run('tm', 'show', 'v2', '-json')).stdout) as {
      images: unknown[];
    };
    expect(named).toMatchObject([
      {image: {name: 'second of 1'}, log: second},
      {image: {name: 'of 2'}, machine: {id: '2'}},
      {image: {name: 'first of 1'}, log: first},
    ]);
  });

  test('versions are shown whatever is in the place of machines or logs', async () => {
    const box = await versions();
    images(box);
    const meta = (name: string, machines: unknown) => {
      const path = `.cloudtm/meta/${name}.json`;
      box.write(path, JSON.stringify({...(box.json(path) as object), machines}));
    };
    meta('v1', {provider: 'digitalocean', id: '1'});
    meta('v2', [{provider: 'digitalocean', id: '2', logs: 'a\0b'}]);
    meta('v3', null);
    const list = await box.run('tm', 'list', '-json');
    expect(list).toMatchObject({exitCode: 0, stderr: ''});
    // What is no list of machines is not handed on to anybody's script.
    const {versions: listed} = JSON.parse(list.stdout) as {versions: object[]};
    expect(listed).toMatchObject([{version: 'v3'}, {images: ['of 2']}, {version: 'v1'}]);
    expect(listed.map((each) => 'machines' in each)).toEqual([false, true, false]);
    for (const name of ['v1', 'v2', 'v3'])
      expect(await box.run('tm', 'show', name)).toMatchObject({exitCode: 0, stderr: ''});
    symlinkSync('round', join(box.project, 'round'));
    meta('v3', [{provider: 'digitalocean', id: '2', logs: 'round'}]);
    expect((await box.run('tm', 'list')).stderr).toBe('');
    expect(await box.run('tm', 'show', 'v3')).toMatchObject({exitCode: 0, stderr: ''});
  });
});

describe('logs of images', () => {
  /** Two versions; before the second one logs came, and a file of the user's own beside them. */
  async function withLogs(): Promise<{box: Sandbox; logs: string[]}> {
    const box = sandbox({standIn: COPIES, files: {'main.tf': 'one'}});
    await apply(box, 1, ['1']);
    const logs = images(box);
    const pending = join(box.project, 'snapshots', '.pending');
    mkdirSync(pending);
    writeFileSync(
      join(pending, 'digitalocean-1.json'),
      '{\n  "cloudtm": "machine-image-pending",\n  "format": 1\n}\n',
    );
    box.write('snapshots/deleted/old.json', '{"cloudtm": "machine-image", "format": 1}');
    expect((await box.run('tm', 'diff', '-config')).stdout).not.toContain('snapshots');
    box.write('snapshots/mine.json', '{"my": "own"}');
    box.write('main.tf', 'two');
    await apply(box, 2, ['1', '2']);
    return {box, logs};
  }

  test("logs of disk snapshots are in no version and in no difference, and the user's files next to them are", async () => {
    const {box} = await withLogs();
    const {files, skipped} = JSON.parse((await box.run('tm', 'show', 'v2', '-json')).stdout) as {
      files: {path: string}[];
      skipped: object[];
    };
    expect(files.map(({path}) => path)).toEqual(['main.tf', 'next', 'snapshots/mine.json']);
    const logs = ['.pending/digitalocean-1', 'deleted/old', 'first of 1', 'of 1 elsewhere', 'of 2', 'of 9'];
    expect(skipped).toEqual(
      ['logs/second of 1', ...logs.map((name) => `snapshots/${name}`)].map((name) => ({
        path: `tf_configs/${name}.json`,
        reason: 'image log',
      })),
    );
    // In the text they would hide what matters.
    expect((await box.run('tm', 'show', 'v2')).stdout).not.toContain('Not kept');
    const {stdout} = await box.run('tm', 'diff', 'v1', '-config');
    expect(stdout.match(/^\+\+\+ \S+/gm)).toEqual(['+++ main.tf', '+++ next', '+++ snapshots/mine.json']);
  });

  test('logs of disk snapshots stay when the files of a version are restored', async () => {
    const {box, logs} = await withLogs();
    const restored = await box.run('tm', 'restore', 'v1', '-config', '-auto-approve');
    expect(restored).toMatchObject({exitCode: 0});
    expect(restored.stdout).not.toContain('snapshots');
    expect([box.read('main.tf'), box.read('snapshots/mine.json')]).toEqual(['one', '{"my": "own"}']);
    for (const log of logs) expect(box.exists(log.slice(box.project.length + 1))).toBe(true);
    expect(box.exists('snapshots/.pending/digitalocean-1.json')).toBe(true);
    expect(box.exists('snapshots/deleted/old.json')).toBe(true);
  });
});
