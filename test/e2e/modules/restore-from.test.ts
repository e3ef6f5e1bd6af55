import {describe, expect} from 'vitest';
import {testWithTerraform} from '../../support/scripts.js';
import {rig, unwrapped, type Rig} from '../../support/modules-rig.js';

// modules/restore_from, as a root module of its own.

/** What the log of an image holds, as cloudtm writes it. */
interface Log {
  readonly name?: string;
  readonly provider?: string;
  readonly id?: string;
  readonly completed?: string;
  readonly workspace?: string;
}

function log({
  name = 'gpu',
  provider = 'digitalocean',
  id = '1',
  completed = '2026-11-21T10:05:00Z',
  workspace = 'default',
}: Log) {
  return {
    cloudtm: 'machine-image',
    format: 1,
    provider,
    machine: {id: '412', name, region: 'nyc2', size: 'gpu-h100x1-80gb'},
    image: {id, name: `${name}-snapshot`, sizeGb: 25, monthlyCost: 1.25},
    action: '987',
    started: '2026-11-21T10:00:00Z',
    completed,
    workspace,
    cloudtmVersion: '0.1.0',
    git: null,
  };
}

/** The module with these files in its snapshots/. */
async function module(files: Readonly<Record<string, unknown>>): Promise<Rig> {
  const made = await rig({root: 'modules/restore_from'});
  for (const [path, content] of Object.entries(files)) {
    const raw = typeof content === 'string' || Buffer.isBuffer(content);
    made.write(`snapshots/${path}`, raw ? content : JSON.stringify(content));
  }
  return made;
}

/** Both outputs. */
async function choice(made: Rig, restoreFrom: string, ...argv: string[]): Promise<unknown> {
  const given = ['-var=image=ubuntu', '-var=machine_name=gpu', `-var=restore_from=${restoreFrom}`, ...argv];
  await made.must('apply', '-auto-approve', ...given);
  const outputs = JSON.parse((await made.must('output', '-json')).stdout) as Record<string, {value: unknown}>;
  return {image: outputs.image?.value, snapshot: outputs.snapshot?.value ?? null};
}

const OLDER = log({id: '1', completed: '2026-11-21T10:05:00Z'});
const NEWEST = log({id: '2', completed: '2026-11-22T09:05:00Z'});

describe('latest', () => {
  testWithTerraform(
    'latest is the newest disk snapshot of this machine, whatever the files are called',
    async () => {
      const made = await module({'b.json': NEWEST, 'z.json': OLDER, 'a.json': OLDER});
      expect(await choice(made, 'latest')).toEqual({image: '2', snapshot: NEWEST});
    },
  );

  testWithTerraform(
    'latest ignores disk snapshots of a machine of that name in another workspace',
    async () => {
      const prod = log({id: '3', completed: '2026-12-01T00:00:00Z', workspace: 'prod'});
      const made = await module({'own.json': OLDER, 'prod.json': prod});
      expect(await choice(made, 'latest')).toEqual({image: '1', snapshot: OLDER});
      await made.must('workspace', 'new', 'prod');
      expect(await choice(made, 'latest')).toEqual({image: '3', snapshot: prod});
    },
  );

  testWithTerraform('latest ignores disk snapshots of other machines and other providers', async () => {
    const made = await module({
      'own.json': OLDER,
      'other.json': log({name: 'gpu2', id: '3', completed: '2026-12-01T00:00:00Z'}),
      'aws.json': log({provider: 'aws', id: 'ami-4', completed: '2026-12-01T00:00:00Z'}),
    });
    expect(await choice(made, 'latest')).toEqual({image: '1', snapshot: OLDER});
    const aws = await choice(made, 'latest', '-var=machine_provider=aws');
    expect(aws).toEqual({
      image: 'ami-4',
      snapshot: log({provider: 'aws', id: 'ami-4', completed: '2026-12-01T00:00:00Z'}),
    });
  });

  testWithTerraform('latest ignores files that are damaged or not logs', async () => {
    const later = {...NEWEST, completed: '2027-01-01T00:00:00Z'};
    const made = await module({
      'good.json': OLDER,
      'torn.json': JSON.stringify(later).slice(0, -20),
      'empty.json': '',
      'null.json': 'null',
      'list.json': '[1, 2]',
      'text.json': '"machine-image"',
      'not-utf8.json': Buffer.from([0xff, 0xfe, 0x7b]),
      'other-program.json': {...later, cloudtm: undefined},
      'no-image.json': {...later, image: null},
      'empty-id.json': {...later, image: {id: ''}},
      'no-machine.json': {...later, machine: 'gpu'},
      'odd-time.json': {...later, completed: 'tomorrow'},
      'no-time.json': {...later, completed: undefined},
      'later.txt': later,
      'folder.json/later.json': later,
    });
    expect(await choice(made, 'latest')).toEqual({image: '1', snapshot: OLDER});
  });

  testWithTerraform('latest ignores the folders of deleted and pending disk snapshots', async () => {
    const later = log({id: '9', completed: '2027-01-01T00:00:00Z'});
    const made = await module({'own.json': OLDER, 'deleted/own.json': later, '.pending/own.json': later});
    expect(await choice(made, 'latest')).toEqual({image: '1', snapshot: OLDER});
  });

  testWithTerraform('latest looks into the given folder', async () => {
    const made = await module({'../kept images/own.json': NEWEST, 'own.json': OLDER});
    expect(await choice(made, 'latest', '-var=snapshot_directory=kept images')).toEqual({
      image: '2',
      snapshot: NEWEST,
    });
  });

  for (const [name, files] of [
    ['no folder', {}],
    ['no image of this machine', {'other.json': log({name: 'gpu2'}), 'deleted/own.json': OLDER}],
  ] as const) {
    testWithTerraform(`latest with ${name} is an error that says what to do`, async () => {
      const made = await module(files);
      const given = ['-var=image=ubuntu', '-var=machine_name=gpu', '-var=restore_from=latest'];
      const outcome = await made.run(['plan', ...given]);
      expect(outcome.exitCode).toBe(1);
      expect(unwrapped(outcome.stderr)).toContain(
        'There is no image of gpu to restore: no log in snapshots/ is of a digitalocean machine of this name in the workspace default. ' +
          'For the machine\'s first start set restore_from = "".',
      );
    });
  }
});

describe('an id', () => {
  testWithTerraform('an id is passed on, and its log is found whatever machine it is of', async () => {
    const other = log({name: 'gpu2', id: '3'});
    const made = await module({'own.json': NEWEST, 'other.json': other});
    expect(await choice(made, '3')).toEqual({image: '3', snapshot: other});
  });

  testWithTerraform('an id to restore from needs no log', async () => {
    const made = await module({});
    expect(await choice(made, 'ami-0abc')).toEqual({image: 'ami-0abc', snapshot: null});
  });
});

testWithTerraform('without anything to restore the given image is used, whatever the logs say', async () => {
  const made = await module({'own.json': NEWEST});
  expect(await choice(made, '')).toEqual({image: 'ubuntu', snapshot: null});
});
