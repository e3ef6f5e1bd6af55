import {askProgram, parseAnswer} from './ask-program.js';
import {AwsFailure, awsFailure} from './aws-failure.js';
import {actionOf, imageOf, isWhole, readAmi, type Ami} from './aws-ami.js';
import {fieldsOf, list, optionalFields, optionalList, optionalText, text} from './fields.js';
import {
  ProviderFailure,
  type MachineProvider,
  type Machine,
  type ProviderMaker,
  type ProviderContext,
  type System,
} from '../provider.js';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html */
const NAME = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

/**
 * AWS EC2 through the `aws` program, version 1 or 2, with the user's own login, profile and region.
 *
 * EC2 has no actions: what makes an image is the image itself, which is `pending` until it is `available`. It tells one time
 * of it: when it was asked for, which is also whose content it holds. That stands for its completion as well; right after
 * the request even that is not told, and `startedAt` is empty.
 *
 * `sizeGb` is the sum of the sizes of its volumes. AWS bills less: snapshots hold only blocks that were written, and only
 * those that are not in an earlier snapshot. It is the upper bound.
 */
export const aws: ProviderMaker = (surroundings): MachineProvider => {
  /** Images that were asked for through this object. */
  const requested = new Set<string>();
  return {
    name: 'aws',
    noun: 'instance',
    program: 'aws',
    install,
    login: ['aws', 'configure'],
    names: {
      pattern: NAME,
      words: "3 to 128 letters without accents, digits, spaces and ()[]./-'@_",
      areUnique: true,
    },
    canReboot: true,
    look: ({id}) => ['aws', 'ec2', 'describe-images', '--image-ids', id],

    machine: (id) => findMachine(surroundings, id),

    request: async (machine, imageName, reboot) => {
      if (!NAME.test(imageName))
        throw new AwsFailure('refused', '', `AWS takes no image name like ${imageName}`);
      const words = ['--instance-id', machine.id, `--name=${imageName}`, reboot ? '--reboot' : '--no-reboot'];
      // The program's own second attempt would meet the image of the first, and say that the name is taken.
      const answer = await ask(surroundings, 'create-image', words, {AWS_MAX_ATTEMPTS: '1'});
      const id = text(answer.ImageId, 'ImageId');
      requested.add(id);
      return {
        id,
        status: 'in-progress',
        startedAt: '',
        completedAt: '',
        snapshotId: id,
        snapshotName: imageName,
      };
    },

    action: async (id) => {
      try {
        const ami = await findAmi(surroundings, id);
        if (ami !== undefined) return actionOf(ami);
      } catch (error) {
        // AWS says this also of one that it does not know of everywhere yet:
        // https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
        const isNew =
          error instanceof AwsFailure && error.code === 'InvalidAMIID.NotFound' && requested.has(id);
        if (!isNew) throw error;
        throw new AwsFailure('passing', error.code, error.words);
      }
      return {
        id,
        status: 'errored',
        startedAt: '',
        completedAt: '',
        snapshotId: id,
        words: `${id} was deregistered`,
      };
    },

    actions: async (machine, imageName) => {
      // A filter would take `*` and `?` in the name for more than themselves.
      const amis = await describeImages(surroundings, ['--owners', 'self']);
      return amis
        .filter(({name, machineId, state}) =>
          name === imageName
            ? [machine.id, ''].includes(machineId)
            : machineId === machine.id && state === 'pending',
        )
        .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
        .map(actionOf);
    },

    diskSnapshot: async (id) => {
      const ami = await unlessGone(() => findAmi(surroundings, id));
      return ami !== undefined && isWhole(ami) ? imageOf(ami) : undefined;
    },

    diskSnapshots: async (machineId) => {
      const amis = await describeImages(surroundings, ['--owners', 'self']);
      return amis
        .filter((ami) => isWhole(ami) && [undefined, ami.machineId].includes(machineId))
        .map(imageOf);
    },

    remove: async ({id}) => {
      const ami = await unlessGone(() => findAmi(surroundings, id));
      if (ami !== undefined)
        await unlessGone(() => ask(surroundings, 'deregister-image', ['--image-id', id]));
      const snapshots = ami?.snapshots ?? (await leftBehind(surroundings, id));
      if (ami === undefined && snapshots.length === 0)
        throw new AwsFailure('not-found', '', `AWS has no image ${id}`);
      await deleteSnapshots(surroundings, snapshots);
    },
  };
};

/**
 * Ask EC2 one thing.
 *
 * `--no-cli-pager` would be refused by version 1, which has no pager; version 2 reads the variables, among them the one
 * that has errors printed in the form `awsFailure` reads (https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-error-format.html).
 */
async function ask(
  {env, cwd}: ProviderContext,
  command: string,
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const quiet = {AWS_PAGER: '', AWS_CLI_AUTO_PROMPT: 'off', AWS_CLI_ERROR_FORMAT: 'legacy'};
  const said = await askProgram('aws', ['ec2', command, ...words, '--output', 'json'], {
    env: {...env, ...quiet, ...more},
    cwd,
  });
  if (said.status !== 0) throw awsFailure(said);
  // Some versions print nothing where there is nothing to tell.
  return said.stdout.trim() === '' ? {} : fieldsOf(parseAnswer('aws', said.stdout), 'JSON');
}

/** What is gone is undefined. */
async function unlessGone<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'not-found') return undefined;
    throw error;
  }
}

async function findMachine(surroundings: ProviderContext, id: string): Promise<Machine> {
  const answer = await ask(surroundings, 'describe-instances', ['--instance-ids', checked(id, 'i')]);
  const found = list(answer.Reservations, 'Reservations', (each, field) =>
    list(fieldsOf(each, field).Instances, `${field}.Instances`, fieldsOf),
  ).flat();
  const instance = found.find(({InstanceId}) => InstanceId === id);
  if (instance === undefined) throw new AwsFailure('not-found', '', `AWS has no instance ${id}`);
  const state = text(optionalFields(instance.State, 'State').Name, 'State.Name');
  // AWS tells of it for about an hour; its disks go with it, and no image of it can be made.
  if (['terminated', 'shutting-down'].includes(state))
    throw new AwsFailure('not-found', '', `the instance ${id} is ${state}`);
  const tags = optionalList(instance.Tags, 'Tags', fieldsOf);
  const zone = optionalText(
    optionalFields(instance.Placement, 'Placement').AvailabilityZone,
    'AvailabilityZone',
  );
  return {
    id,
    name: optionalText(tags.find(({Key}) => Key === 'Name')?.Value, 'Tags.Name'),
    // `us-east-1a` and `us-west-2-lax-1a` are zones of `us-east-1` and `us-west-2`.
    region: /^[a-z]+(?:-[a-z]+)+?-\d+/.exec(zone)?.[0] ?? zone,
    size: optionalText(instance.InstanceType, 'InstanceType'),
  };
}

/** An image by its id; undefined for one that was deregistered, of which AWS first tells so and then tells nothing. */
async function findAmi(surroundings: ProviderContext, id: string): Promise<Ami | undefined> {
  const amis = await describeImages(surroundings, ['--image-ids', checked(id, 'ami')]);
  return amis.find((ami) => ami.id === id && ami.state !== 'deregistered');
}

/** An id that is none is found nowhere; it could be a flag to the program, or `file://` that it reads. */
function checked(id: string, kind: 'i' | 'ami'): string {
  if (new RegExp(`^${kind}-[0-9a-z]+$`).test(id)) return id;
  throw new AwsFailure('not-found', '', `AWS has no ids like ${id}`);
}

async function describeImages(surroundings: ProviderContext, words: readonly string[]): Promise<Ami[]> {
  const answer = await ask(surroundings, 'describe-images', words);
  return list(answer.Images, 'Images', readAmi);
}

/**
 * The disks' snapshots of an image that is gone, which stay and are paid for when whoever deregistered it did no more.
 *
 * AWS notes in each what it was made for: `Created by CreateImage(i-…) for ami-…`, by some accounts with more behind it.
 */
async function leftBehind(surroundings: ProviderContext, id: string): Promise<string[]> {
  const filters = JSON.stringify([{Name: 'description', Values: [`Created by CreateImage(*) for ${id}*`]}]);
  const answer = await ask(surroundings, 'describe-snapshots', ['--owner-ids', 'self', '--filters', filters]);
  const isOf = new RegExp(`^Created by CreateImage\\(.*\\) for ${id}(?![0-9a-z])`);
  return list(answer.Snapshots, 'Snapshots', fieldsOf)
    .filter(({Description}) => isOf.test(optionalText(Description, 'Description')))
    .map(({SnapshotId}) => text(SnapshotId, 'SnapshotId'));
}

/** @throws AwsFailure that names those which remain. */
async function deleteSnapshots(surroundings: ProviderContext, snapshots: readonly string[]): Promise<void> {
  const remaining: string[] = [];
  let first: ProviderFailure | undefined;
  for (const id of snapshots) {
    try {
      await unlessGone(() => ask(surroundings, 'delete-snapshot', ['--snapshot-id', id]));
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      first ??= error;
      remaining.push(id);
    }
  }
  if (first === undefined) return;
  const words = `the image is deregistered, its snapshots ${remaining.join(', ')} remain: ${first.words}`;
  throw new ProviderFailure(first.reason, words, {cause: first});
}

/** Ubuntu has no package from 24.04 on, but comes with snap, where AWS itself publishes the program. */
function install({platform, has}: System): string[] {
  const packages: readonly (readonly [string, string])[] = [
    ['brew', 'brew install awscli'],
    ...(platform === 'darwin'
      ? []
      : ([
          ['snap', 'sudo snap install aws-cli --classic'],
          ['apt-get', 'sudo apt-get install awscli'],
          ['dnf', 'sudo dnf install awscli2'],
          ['pacman', 'sudo pacman -S aws-cli-v2'],
          ['apk', 'sudo apk add aws-cli'],
          ['zypper', 'sudo zypper install aws-cli'],
          ['pipx', 'pipx install awscli'],
        ] as const)),
  ];
  const page = 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html';
  return [...packages.filter(([program]) => has(program)).map(([, line]) => line), page];
}
