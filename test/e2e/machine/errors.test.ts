import {chmodSync, rmSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {temporaryFolder} from '../../support/folder.js';
import {doctls} from '../../support/machine/doctl.js';
import type {Fault} from '../../support/machine/digitalocean-faults.js';
import {testWithTerraform} from '../../support/scripts.js';
import {
  deployed,
  EVERYTHING,
  gpuDroplet,
  machineBox,
  said,
  type MachineBox,
} from '../../support/machine/rig.js';

// What can go wrong. The machine is not destroyed, nothing is half written, and the message says what to do.

const AGAIN = 'Fix this, then run the same command again.';
const POST = ['POST', '/v2/droplets/:id/actions'] as const;

/** What a destroy says before it stops; everything is still there, and no image was logged. */
async function stopped(box: MachineBox, env: Record<string, string> = {}): Promise<string[]> {
  const {exitCode, stdout} = await box.runWith(env, 'destroy', '-auto-approve');
  expect(exitCode).toBe(1);
  expect(box.destroyed()).toEqual([]);
  expect(box.state()).toEqual(EVERYTHING);
  const words = said(stdout);
  return words.slice(words.findIndex((line) => line.startsWith('cloudtm: ')));
}

/** With a doctl that is this script. */
async function scripted(script: string): Promise<{box: MachineBox; env: Record<string, string>}> {
  const box = await deployed('none');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'doctl'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'doctl'), 0o755);
  return {box, env: {PATH: [folder, box.env.PATH].join(delimiter)}};
}

const RENEW = 'If a token or key is set in the environment, renew it.';

describe.each(doctls())('with the $name doctl', (doctl) => {
  const rows: readonly [string, number, string[]][] = [
    [
      'a token that is refused',
      401,
      [
        'cloudtm: DigitalOcean rejected your credentials: 401 Unable to authenticate you',
        'Log in with: doctl auth init',
        RENEW,
      ],
    ],
    [
      'a token that may only read',
      403,
      [
        'cloudtm: DigitalOcean denied access: 403 You are not authorized to perform this operation',
        'Use a login or a token with write access.',
      ],
    ],
    [
      'a request it does not want',
      422,
      ['cloudtm: DigitalOcean refused: 422 The request could not be processed.', AGAIN],
    ],
  ];
  testWithTerraform.each(rows)('%s (%s) stops the destroy', async (_, status, words) => {
    const box = await deployed(doctl);
    box.api.faults.always(...POST, {kind: 'status', status});
    expect(await stopped(box)).toEqual(words);
    expect(box.files()).toEqual([]);
  });

  testWithTerraform('a disk snapshot that ends in an error stops the destroy', async () => {
    const box = await deployed(doctl);
    box.api.course = {polls: 0, ends: 'errored'};
    const id = 1_978_716_001;
    expect(await stopped(box)).toEqual([
      `cloudtm: the disk snapshot of droplet ${box.dropletId} failed. Action ID: ${id}`,
      `Look at it with: doctl compute action get ${id}`,
      'Nothing was destroyed; run the same command again to take another one.',
    ]);
    expect(box.files()).toEqual([]);
  });

  testWithTerraform('without a login the message says how to log in', async () => {
    const box = await deployed(doctl);
    expect(await stopped(box, {DIGITALOCEAN_ACCESS_TOKEN: ''})).toEqual([
      expect.stringMatching(/^cloudtm: DigitalOcean rejected your credentials: .*access token is required/),
      'Log in with: doctl auth init',
      RENEW,
    ]);
    expect(box.api.requests).toEqual([]);
    expect(box.files()).toEqual([]);
  });

  const lost: readonly [string, Fault][] = [
    ['a 5xx', {kind: 'status', status: 502, effect: 'after'}],
    ['a broken connection', {kind: 'reset', effect: 'after'}],
    ['an answer that is cut off', {kind: 'status', status: 201, body: '{"action": {"id"', effect: 'after'}],
  ];
  test.each(lost)(
    'a request that took effect but was answered with %s makes one disk snapshot',
    async (_, fault) => {
      const box = await machineBox(doctl);
      box.api.course = {polls: 1};
      box.api.faults.next(...POST, fault);
      const {exitCode, stdout} = await box.run('tm', 'machine', 'snapshot', `-machine-id=${box.dropletId}`);
      const [name] = box.api.snapshots.map((snapshot) => snapshot.name);
      const [id] = box.api.actions.map((action) => action.id);
      expect([exitCode, stdout.split('\n').slice(1, 5)]).toEqual([
        0,
        [
          `Creating snapshot: ${name}`,
          `The answer was lost, the snapshot is under way. Action ID: ${id}`,
          'Waiting for snapshot to complete...',
          `✅ Snapshot created successfully: ${name}`,
        ],
      ]);
      expect(box.requests()).toBe(1);
      expect(box.files()).toEqual([`${name}.json`]);
    },
  );

  // The pauses are of seconds: other failures that pass are in test/machine/doctl-failure.test.ts.
  test('a rate limit is reported, and the request retried', async () => {
    const box = await machineBox(doctl);
    box.api.faults.next(...POST, {kind: 'status', status: 429});
    const {exitCode, stdout} = await box.run('tm', 'machine', 'snapshot', `-machine-id=${box.dropletId}`);
    expect([exitCode, stdout.split('\n').slice(2, 4)]).toEqual([
      0,
      [
        'No success yet: 429 API Rate limit exceeded. Trying again in 2s...',
        `Snapshot creation initiated. Action ID: ${box.api.actions[0]?.id}`,
      ],
    ]);
    // doctl itself asked once each time.
    expect(box.requests()).toBe(2);
    expect(box.api.snapshots).toHaveLength(1);
  });
});

testWithTerraform('without doctl the message says how to install it', async () => {
  const box = await deployed('none');
  expect(await stopped(box)).toEqual([
    'cloudtm: doctl is not installed, and DigitalOcean is accessed through it. Install it with:',
    expect.stringContaining('doctl'),
    '  or see https://docs.digitalocean.com/reference/doctl/how-to/install/',
  ]);
  expect(box.files()).toEqual([]);
});

testWithTerraform(
  'a file in the place of the logs stops the destroy before anything is requested',
  async () => {
    const box = await deployed();
    writeFileSync(join(box.root, 'snapshots'), 'a file');
    expect(await stopped(box)).toEqual([
      `cloudtm: logs cannot be written to ${box.root}/snapshots (not a folder), so no disk snapshot was requested.`,
      'Make the folder writable, or choose another one: -dir on the command line, snapshot_directory in the module (then apply and destroy).',
    ]);
    expect(box.api.requests).toEqual([]);
  },
);

testWithTerraform('a damaged .cloudtm.json stops the destroy before anything is requested', async () => {
  const box = await deployed();
  writeFileSync(join(box.root, '.cloudtm.json'), '{"machine": ');
  expect(await stopped(box)).toEqual([
    `cloudtm: ${box.root}/.cloudtm.json cannot be used: not JSON. Fix or remove it.`,
  ]);
  expect(box.api.requests).toEqual([]);
  rmSync(join(box.root, '.cloudtm.json'));
  await box.must('destroy', '-auto-approve');
});

test('doctl without HOME says so in its own words', async () => {
  const box = await machineBox();
  const env: Record<string, string> = {...box.env};
  delete env.HOME;
  const child = box.startIn(env, 'tm', 'machine', 'snapshot', '-machine-id=1');
  expect(await box.box.finish(child)).toEqual({
    exitCode: 1,
    stdout: 'Creating snapshot of droplet 1...\n',
    stderr: `cloudtm: DigitalOcean refused: neither $XDG_CONFIG_HOME nor $HOME are defined\n${AGAIN}\n`,
  });
  expect(box.files()).toEqual([]);
});

testWithTerraform('rubbish from doctl with status 0 is not believed', async () => {
  for (const [rubbish, words] of [
    ['<html>', 'doctl did not answer in JSON'],
    ['[]', 'doctl gave an unexpected answer: 0: Invalid type: Expected Object but received undefined'],
    [
      '[{"id": 1}]',
      'doctl gave an unexpected answer: 0.name: Invalid key: Expected "name" but received undefined',
    ],
    ['', 'doctl gave an unexpected answer: Invalid type: Expected Array but received undefined'],
  ] as const) {
    const {box, env} = await scripted(`printf '%s' '${rubbish}'`);
    expect(await stopped(box, env)).toEqual([`cloudtm: DigitalOcean refused: ${words}`, AGAIN]);
    expect(box.files()).toEqual([]);
  }
});

describe('a name or an id', () => {
  const NAMES = [`it's "quoted" $(touch hacked); touch hacked #`, '../up', '-rf', '.', 'a\\b'];
  test.each(NAMES)('a name or id is an argument and never a line for a shell: %s', async (name) => {
    const box = await machineBox(doctls()[0], gpuDroplet());
    const {exitCode, stderr} = await box.runWith(
      {
        CLOUDTM_MACHINE_ID: box.dropletId,
        CLOUDTM_MACHINE_SNAPSHOT_NAME: name,
        CLOUDTM_MACHINE_WORKSPACE: 'w',
      },
      ...['tm', 'machine', 'snapshot'],
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(box.api.snapshots.map((snapshot) => snapshot.name)).toEqual([name]);
    expect(
      box.files('.').filter((file) => !/^(main\.tf|droplet-id|snapshots\/[^/]+\.json)$/.test(file)),
    ).toEqual([]);
    expect(box.logs()).toHaveLength(1);
  });

  test('a folder of logs is an argument too, also one that leads elsewhere', async () => {
    const box = await machineBox();
    const directory = '../$(touch hacked); "it\'s"\n-rf';
    const {exitCode, stderr} = await box.runWith(
      {CLOUDTM_MACHINE_ID: box.dropletId, CLOUDTM_MACHINE_SNAPSHOT_DIRECTORY: directory},
      ...['tm', 'machine', 'snapshot', '-name=x'],
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(box.files(directory)).toEqual(['x.json']);
    expect(box.files('.').sort()).toEqual(['droplet-id', 'main.tf']);
  });

  test.each([
    ['two lines', 'two\nlines'],
    ['too long', 'x'.repeat(300)],
    ['an escape sequence', '\u001b[31mred'],
  ])('a name or id that DigitalOcean would refuse is not sent: %s', async (_, name) => {
    const box = await machineBox();
    const {exitCode, stderr} = await box.runWith(
      {
        CLOUDTM_MACHINE_ID: box.dropletId,
        CLOUDTM_MACHINE_SNAPSHOT_NAME: name,
        CLOUDTM_MACHINE_WORKSPACE: 'w',
      },
      ...['tm', 'machine', 'snapshot'],
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^cloudtm: a disk snapshot cannot be named ".*": a name has 1 to 255 characters, none of them a control character\.\nIf the module sets it, change it there, run terraform apply, and then terraform destroy\.\n$/,
    );
    expect(box.requests()).toBe(0);
    expect(box.files()).toEqual([]);
  });

  test.each([
    'web',
    '1; touch hacked',
    '../1',
    '-1',
    '--all',
    '1\n2',
    '9'.repeat(300),
    '1'.padStart(300, 'x'),
  ])("an id that is not a droplet's requests no disk snapshot: %j", async (id) => {
    const box = await machineBox();
    const {exitCode, stderr} = await box.runWith(
      {CLOUDTM_MACHINE_ID: id, CLOUDTM_MACHINE_WORKSPACE: 'w'},
      ...['tm', 'machine', 'snapshot'],
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^cloudtm: (there is no droplet |DigitalOcean refused: )/);
    expect(box.requests()).toBe(0);
    expect(box.files('.').sort()).toEqual(['droplet-id', 'main.tf']);
  });
});
