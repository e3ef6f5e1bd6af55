import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, onTestFinished, test} from 'vitest';
import {awsFailure} from '../../../src/machine/providers/aws-failure.js';
import {Aws} from '../../../src/machine/providers/aws.js';
import type {FailureReason, MachineProvider} from '../../../src/machine/provider.js';
import {temporaryFolder} from '../../support/folder.js';
import {
  awsEnvironment,
  ec2Answer,
  ec2Error,
  missingForEc2,
  startEc2StandIn,
  startMotoEc2,
  type Answer,
  type Moto,
} from '../../support/machine/ec2.js';
import {says} from '../../support/says.js';

/** The provider for EC2 at an address; `more` overrides the environment, and takes out what is undefined. */
function provider(url: string, more: Record<string, string | undefined> = {}): MachineProvider {
  const home = temporaryFolder();
  return new Aws({env: {...awsEnvironment(url, home), ...more}, cwd: home, command: []});
}

/** The provider for an EC2 that answers as the test says. */
async function standIn(
  answer: (action: string, words: URLSearchParams) => Answer,
  more: Record<string, string | undefined> = {},
): Promise<{ec2: MachineProvider; asked: readonly URLSearchParams[]}> {
  const server = await startEc2StandIn(answer);
  onTestFinished(() => server.stop());
  return {ec2: provider(server.url, more), asked: server.asked};
}

const failure = (reason: FailureReason, words: unknown = expect.any(String)): unknown =>
  expect.objectContaining({name: 'ProviderFailure', reason, words});
const MACHINE = {id: 'i-0abc', name: '', region: '', size: ''};
const NOWHERE = 'http://127.0.0.1:1';

/** An image as EC2 describes it. */
function ami(id: string, state: string, more = ''): string {
  return `<item><imageId>${id}</imageId><name>disk</name><imageState>${state}</imageState>
    <creationDate>2026-11-21T10:00:00.000Z</creationDate>${more}</item>`;
}
const images = (...items: readonly string[]): Answer =>
  ec2Answer('DescribeImages', `<imagesSet>${items.join('')}</imagesSet>`);
const disk = (snapshot: string, size: number): string =>
  `<item><deviceName>/dev/${snapshot}</deviceName><ebs><snapshotId>${snapshot}</snapshotId><volumeSize>${size}</volumeSize></ebs></item>`;

const missing = missingForEc2();

describe.skipIf(missing !== undefined)(`images in EC2${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMotoEc2();
  });
  afterAll(() => moto.stop());

  test("an AMI is requested, watched, found, listed and removed with its disks' snapshots", async () => {
    const id = await moto.runInstance("web's 1");
    const name = "it's [web] (a b) ./-'@_ --no-reboot";
    const ec2 = provider(moto.url, {AWS_DEFAULT_OUTPUT: 'table', AWS_PAGER: 'false'});
    const before = await moto.snapshots();

    const machine = await ec2.machine(id);
    expect(machine).toEqual({id, name: "web's 1", region: 'eu-central-1', size: 't3.micro'});
    const asked = await ec2.request(machine, name, false);
    const imageId = asked.snapshotId ?? '';
    expect(imageId).toMatch(/^ami-[0-9a-f]+$/);
    expect(asked).toEqual({
      ...{
        id: imageId,
        snapshotId: imageId,
        snapshotName: name,
        status: 'in-progress',
        startedAt: '',
        completedAt: '',
      },
    });

    const action = await ec2.action(asked.id, machine);
    const {startedAt} = action;
    expect(startedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(action).toEqual({...asked, status: 'completed', startedAt, completedAt: startedAt});
    expect(await ec2.actions(machine, name)).toEqual([action]);

    const image = {id: imageId, name, machineId: id, createdAt: startedAt, sizeGb: 15};
    expect(await ec2.diskSnapshot(imageId)).toEqual(image);
    expect(await ec2.diskSnapshots(id)).toEqual([image]);

    await ec2.remove(image);
    expect(await ec2.diskSnapshot(imageId)).toBeUndefined();
    expect(await moto.snapshots()).toEqual(before);
    expect(await ec2.action(asked.id, machine)).toMatchObject({
      status: 'errored',
      words: says('deregistered'),
    });
  });

  test('snapshots left behind by a deregistered AMI are removed', async () => {
    const [id, ec2] = [await moto.runInstance('web'), provider(moto.url)];
    const before = await moto.snapshots();
    const created = await moto.ask('CreateImage', {InstanceId: id, Name: 'left'});
    const imageId = /<imageId>([^<]+)/.exec(created)?.[1] ?? '';
    await moto.ask('DeregisterImage', {ImageId: imageId});
    expect(await moto.snapshots()).toHaveLength(before.length + 1);
    const image = {id: imageId, name: 'left', machineId: id, createdAt: '', sizeGb: undefined};
    await ec2.remove(image);
    expect(await moto.snapshots()).toEqual(before);
    await expect(ec2.remove(image)).rejects.toEqual(failure('not-found', says(imageId)));
  });

  test('a terminated or unknown instance is not found', async () => {
    const [id, ec2] = [await moto.runInstance('gone'), provider(moto.url)];
    await moto.ask('TerminateInstances', {'InstanceId.1': id});
    await expect(ec2.machine(id)).rejects.toEqual(failure('not-found', says('terminated')));
    await expect(ec2.machine('i-1234567890abcdef0')).rejects.toEqual(
      failure('not-found', says('does not exist (InvalidInstanceID.NotFound)')),
    );
  });

  test('an AMI that AWS does not know does not exist', async () => {
    const ec2 = provider(moto.url);
    expect(await ec2.diskSnapshot('ami-1234567890abcdef0')).toBeUndefined();
    await expect(ec2.action('ami-1234567890abcdef0', MACHINE)).rejects.toEqual(
      failure('not-found', says('InvalidAMIID.NotFound')),
    );
  });

  test("aws's own message says that credentials, a region or the profile are missing", async () => {
    await expect(provider(NOWHERE, {AWS_ACCESS_KEY_ID: undefined}).diskSnapshots()).rejects.toEqual(
      failure('unauthenticated', says('Unable to locate credentials')),
    );
    await expect(provider(NOWHERE, {AWS_DEFAULT_REGION: undefined}).diskSnapshots()).rejects.toEqual(
      failure('unauthenticated', says('You must specify a region')),
    );
    await expect(provider(NOWHERE, {AWS_PROFILE: 'work'}).diskSnapshots()).rejects.toEqual(
      failure('unauthenticated', says('profile (work) could not be found')),
    );
  });

  test('an AWS endpoint that does not answer is a temporary failure', async () => {
    await expect(provider(NOWHERE).machine('i-0abc')).rejects.toEqual(
      failure('passing', says(`Could not connect to the endpoint URL: "${NOWHERE}/"`)),
    );
  });

  test("a request for an AMI is sent once, whatever the user's settings, since a second one would find its own AMI", async () => {
    const {ec2, asked} = await standIn(
      () => ec2Error(503, 'RequestLimitExceeded', 'Request limit exceeded.'),
      {
        AWS_MAX_ATTEMPTS: '4',
      },
    );
    await expect(ec2.request(MACHINE, 'disk', true)).rejects.toEqual(
      failure('passing', says('Request limit exceeded. (RequestLimitExceeded)')),
    );
    expect(asked.map((words) => Object.fromEntries(words))).toEqual([
      {Action: 'CreateImage', Version: '2016-11-15', InstanceId: 'i-0abc', Name: 'disk', NoReboot: 'false'},
    ]);
  });

  test('an instance is only restarted on request, and an AMI name that is taken is refused', async () => {
    const {ec2, asked} = await standIn(() =>
      ec2Error(400, 'InvalidAMIName.Duplicate', 'AMI name disk is already in use by AMI ami-0abc'),
    );
    await expect(ec2.request(MACHINE, 'disk', false)).rejects.toEqual(
      failure('refused', 'AMI name disk is already in use by AMI ami-0abc (InvalidAMIName.Duplicate)'),
    );
    expect(asked.map((words) => words.get('NoReboot'))).toEqual(['true']);
  });

  test.each([
    ['an error without a document', {status: 503, body: ''}],
    ['the page of a proxy', {status: 502, body: '<!doctype html>\n<h1>Bad Gateway</h1>'}],
  ])('%s is a temporary failure of AWS', async (_, answer) => {
    const {ec2} = await standIn(() => answer);
    await expect(ec2.diskSnapshot('ami-0abc')).rejects.toEqual(failure('passing'));
  });

  test('an AMI counts only once it is available, and AWS says why one failed', async () => {
    const reason = '<stateReason><code>Client.X</code><message>Volume in error</message></stateReason>';
    const disks = `<blockDeviceMapping>${disk('snap-1', 8)}${disk('snap-2', 100)}<item><deviceName>/dev/b</deviceName></item></blockDeviceMapping>`;
    const {ec2} = await standIn(() =>
      images(
        ...[ami('ami-1', 'pending'), ami('ami-2', 'failed', reason), ami('ami-3', 'invalid')],
        ami('ami-4', 'available', `<sourceInstanceId>i-0def</sourceInstanceId>${disks}`),
      ),
    );
    const createdAt = '2026-11-21T10:00:00.000Z';
    expect(await ec2.diskSnapshots()).toEqual([
      {id: 'ami-4', name: 'disk', machineId: 'i-0def', createdAt, sizeGb: 108},
    ]);
    expect(await ec2.diskSnapshots('i-0def')).toHaveLength(1);
    expect(await ec2.diskSnapshots('i-0abc')).toEqual([]);
    expect(await ec2.diskSnapshot('ami-1')).toBeUndefined();
    // So is what is being made of ours under another name.
    const {ec2: busy} = await standIn(() =>
      images(ami('ami-5', 'pending', '<sourceInstanceId>i-0abc</sourceInstanceId>')),
    );
    expect(await busy.actions(MACHINE, 'mine')).toMatchObject([{id: 'ami-5', snapshotName: 'disk'}]);
    // Those AWS does not say the instance of could be ours; that of another instance is not.
    const of = {snapshotName: 'disk', startedAt: createdAt};
    expect(await ec2.actions(MACHINE, 'disk')).toEqual([
      {...of, id: 'ami-1', snapshotId: 'ami-1', status: 'in-progress', completedAt: ''},
      {
        ...of,
        id: 'ami-2',
        snapshotId: 'ami-2',
        status: 'errored',
        completedAt: createdAt,
        words: 'Volume in error',
      },
      {
        ...of,
        id: 'ami-3',
        snapshotId: 'ami-3',
        status: 'errored',
        completedAt: createdAt,
        words: 'ami-3 is invalid',
      },
    ]);
  });

  test('removing an AMI names snapshots that remain, and ignores those that are gone', async () => {
    const {ec2, asked} = await standIn((action, words) => {
      if (action === 'DescribeImages')
        return images(
          ami(
            ...(['ami-1', 'available'] as const),
            `<blockDeviceMapping>${['snap-1', 'snap-2', 'snap-3', 'snap-4'].map((id) => disk(id, 1)).join('')}</blockDeviceMapping>`,
          ),
        );
      const id = words.get('SnapshotId');
      if (id === 'snap-1') return ec2Error(400, 'InvalidSnapshot.NotFound', 'gone');
      if (id === 'snap-2') return ec2Error(403, 'UnauthorizedOperation', 'You may not.');
      if (id === 'snap-4') return ec2Error(400, 'InvalidSnapshot.InUse', 'in use');
      return ec2Answer(action, '<return>true</return>');
    });
    const image = {id: 'ami-1', name: '', machineId: '', createdAt: '', sizeGb: undefined};
    await expect(ec2.remove(image)).rejects.toEqual(
      failure(
        'forbidden',
        'the image is deregistered, but its snapshots snap-2, snap-4 remain: You may not. (UnauthorizedOperation)',
      ),
    );
    expect(asked.map((words) => words.get('SnapshotId') ?? words.get('Action'))).toEqual([
      ...['DescribeImages', 'DeregisterImage', 'snap-1', 'snap-2', 'snap-3', 'snap-4'],
    ]);
  });

  test('an instance has the region of its zone, and one that shuts down does not exist', async () => {
    const {ec2} = await standIn((action, words) => {
      const id = words.get('InstanceId.1') ?? '';
      const [state, zone] = id === 'i-1' ? ['running', 'us-west-2-lax-1a'] : ['shutting-down', 'us-west-2a'];
      return ec2Answer(
        action,
        `<reservationSet><item><instancesSet><item><instanceId>${id}</instanceId><instanceState><name>${state}</name></instanceState>
          <placement><availabilityZone>${zone}</availabilityZone></placement></item></instancesSet></item></reservationSet>`,
      );
    });
    expect(await ec2.machine('i-1')).toEqual({id: 'i-1', name: '', region: 'us-west-2', size: ''});
    await expect(ec2.machine('i-2')).rejects.toEqual(failure('not-found', says('shutting-down')));
  });

  test('an answer of aws without a field is unclear, and names the field', async () => {
    const {ec2} = await standIn(() => images('<item><imageId>ami-1</imageId></item>'));
    await expect(ec2.diskSnapshots()).rejects.toEqual(
      failure('unclear', says('Images.0.State: Invalid key')),
    );
  });
});

test('without the aws program nothing is asked', async () => {
  const ec2 = provider(NOWHERE, {PATH: temporaryFolder()});
  await expect(ec2.diskSnapshots()).rejects.toEqual(failure('program-missing', 'aws: ENOENT'));
});

test('aws is run without a pager, without prompts, and with errors in one form', async () => {
  const folder = temporaryFolder();
  const printed = ['$*', '$AWS_PAGER', '$AWS_CLI_AUTO_PROMPT', '$AWS_CLI_ERROR_FORMAT', '$MINE'].join('|');
  writeFileSync(join(folder, 'aws'), `#!/bin/sh\necho "${printed}" >&2\nexit 255\n`, {mode: 0o755});
  const ec2 = provider(NOWHERE, {PATH: folder, MINE: 'kept', AWS_PAGER: 'less', AWS_CLI_AUTO_PROMPT: 'on'});
  await expect(ec2.diskSnapshots()).rejects.toEqual(
    failure('unclear', 'ec2 describe-images --owners self --output json||off|legacy|kept'),
  );
});

test('values that are not ids or names never reach aws, which would read files and flags in them', async () => {
  const ec2 = provider(NOWHERE, {PATH: temporaryFolder()});
  for (const id of ['', '--debug', 'file:///etc/passwd', 'i-1 i-2', 'vol-1']) {
    await expect(ec2.machine(id)).rejects.toEqual(failure('not-found', says(id)));
    expect(await ec2.diskSnapshot(id)).toBeUndefined();
  }
  for (const name of ['ab', 'a;b c', '$(touch x)', 'file://x', 'a"b', 'ümlaut', 'a\nb', 'x'.repeat(129)]) {
    expect(name).not.toMatch(ec2.names.pattern);
    await expect(ec2.request(MACHINE, name, false)).rejects.toEqual(failure('refused'));
  }
});

test('the advice to log in and to look at an AMI uses the same program', () => {
  const ec2 = provider(NOWHERE);
  expect(ec2.login).toEqual(['aws', 'configure']);
  const action = {id: 'ami-1', status: 'in-progress', startedAt: '', completedAt: ''} as const;
  expect(ec2.look(action, 'i-1')).toEqual(['aws', 'ec2', 'describe-images', '--image-ids', 'ami-1']);
});

test('the advice to install aws uses what the system has, or AWS’s page', () => {
  const lines = (platform: string, ...there: readonly string[]): readonly string[] =>
    provider(NOWHERE).install({platform, arch: 'x64', has: (program) => there.includes(program)});
  const page = says('https://docs.aws.amazon.com/cli/');
  expect(lines('darwin', 'brew', 'apt-get')).toEqual(['brew install awscli', page]);
  expect(lines('linux', 'apt-get', 'snap')).toEqual([
    ...['sudo snap install aws-cli --classic', 'sudo apt-get install awscli', page],
  ]);
  expect(lines('linux', 'dnf')).toEqual(['sudo dnf install awscli2', page]);
  expect(lines('linux')).toEqual([page]);
});

test.each<readonly [reason: FailureReason, status: number, stderr: string]>([
  ['forbidden', 254, error('UnauthorizedOperation')],
  ['forbidden', 254, error('AccessDenied')],
  ['unauthenticated', 254, error('AuthFailure')],
  ['unauthenticated', 255, error('ExpiredToken')],
  ['unauthenticated', 254, error('RequestExpired')],
  ['unauthenticated', 254, error('InvalidClientTokenId')],
  ['unauthenticated', 253, 'aws: [ERROR]: An error occurred (NoRegion): You must specify a region.'],
  ['unauthenticated', 253, 'aws: [ERROR]: something about the configuration'],
  ['unauthenticated', 255, 'Error when retrieving token from sso: Token has expired and refresh failed'],
  [
    'unauthenticated',
    255,
    'The SSO session associated with this profile has expired or is otherwise invalid.',
  ],
  ['not-found', 254, error('InvalidInstanceID.Malformed')],
  ['not-found', 254, error('InvalidAMIID.Unavailable')],
  ['passing', 254, error('Throttling')],
  ['passing', 254, error('Unavailable')],
  ['passing', 254, error('InternalError')],
  ['passing', 254, error('ServiceUnavailable', ' (reached max retries: 4)')],
  ['passing', 255, error('504')],
  [
    'passing',
    255,
    'Connection was closed before we received a valid response from endpoint URL: "https://x/".',
  ],
  ['passing', 255, 'Read timeout on endpoint URL: "https://ec2.eu-central-1.amazonaws.com/"'],
  ['passing', 255, 'Connect timeout on endpoint URL: "https://ec2.eu-central-1.amazonaws.com/"'],
  ['busy', 254, error('IncorrectInstanceState')],
  ['busy', 254, error('ConcurrentCreateImageNoRebootLimitExceeded')],
  [
    'busy',
    254,
    "An error occurred (InvalidParameterValue) when calling the CreateImage operation: Invalid value 'i-1' for instanceId. Instance is not in state 'running' or 'stopping' or 'stopped'",
  ],
  ['refused', 254, error('InvalidAMIName.Duplicate')],
  ['refused', 254, error('OperationNotPermitted')],
  ['refused', 252, 'usage: aws [options] <command>\n\nUnknown options: --no-reboot'],
  ['unclear', 255, 'SSL validation failed for https://x/ certificate verify failed'],
  ['unclear', 1, 'Traceback (most recent call last):'],
  ['unclear', 126, ''],
])('a failure of aws is read right: %s: status %i, %s', (reason, status, stderr) => {
  expect(awsFailure({status, stdout: '', stderr: `\n${stderr}\n`}).reason).toBe(reason);
});

/** An error as the program prints it. */
function error(code: string, middle = ''): string {
  return `An error occurred (${code}) when calling the CreateImage operation${middle}: some words`;
}

test('the words of a failure are AWS’s own, with its code', () => {
  const {words} = awsFailure({status: 254, stdout: '', stderr: `\naws: [ERROR]: ${error('Blocked')}\n`});
  expect(words).toBe('some words (Blocked)');
  expect(awsFailure({status: 126, stdout: '', stderr: ''}).words).toBe('aws exited with status 126');
});
