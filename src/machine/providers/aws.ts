import * as v from 'valibot';
import {latestFirst, ProviderFailure, unlessGone} from '../provider.js';
import type {Action, DiskSnapshot, Machine, MachineProvider, ProviderContext, System} from '../provider.js';
import {OPTIONAL_TEXT, TEXT} from '../schema.js';
import {actionOf, AMI, askEc2, diskSnapshotOf, ebsSnapshots, isWhole, type Ami} from './aws-ec2.js';
import {NO_IMAGE} from './aws-failure.js';

const INSTANCE = v.object({
  InstanceId: OPTIONAL_TEXT,
  State: v.nullish(v.object({Name: OPTIONAL_TEXT})),
  Tags: v.nullish(v.array(v.object({Key: OPTIONAL_TEXT, Value: OPTIONAL_TEXT})), []),
  Placement: v.nullish(v.object({AvailabilityZone: OPTIONAL_TEXT})),
  InstanceType: OPTIONAL_TEXT,
});

/**
 * AWS EC2 through the `aws` program, version 1 or 2, with the user's own login, profile and region.
 *
 * EC2 has no actions: an image is `pending` until it is `available`. Its one time, used as its completion too, is when it was
 * requested and its content was the machine's; right after the request even that is unknown, and `startedAt` is empty.
 *
 * `sizeGb` is the sum of the sizes of its volumes. AWS bills less: blocks that were written and are in no earlier snapshot.
 */
export class Aws implements MachineProvider {
  readonly name = 'aws';
  readonly noun = 'instance';
  readonly program = 'aws';
  readonly install = install;
  readonly login = ['aws', 'configure'];
  readonly names = {
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
    pattern: /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/,
    words: "3 to 128 letters without accents, digits, spaces and ()[]./-'@_",
    areUnique: true,
  };
  readonly canReboot = true;
  /** Images that were requested through this object. */
  readonly #requested = new Set<string>();

  constructor(private readonly context: ProviderContext) {}

  readonly look = ({id}: Action) => ['aws', 'ec2', 'describe-images', '--image-ids', id];

  async machine(id: string): Promise<Machine> {
    const words = ['--instance-ids', checked(id, 'i')];
    const {Reservations} = await askEc2(this.context, 'describe-instances', words, {
      Reservations: v.array(v.object({Instances: v.array(INSTANCE)})),
    });
    const instances = Reservations.flatMap(({Instances}) => Instances);
    const instance = instances.find(({InstanceId}) => InstanceId === id);
    if (instance === undefined) throw new ProviderFailure('not-found', `AWS has no instance ${id}`);
    const {State, Tags, Placement, InstanceType} = instance;
    // AWS lists it for about an hour; its disks are gone with it, and no image of it can be made.
    if (['terminated', 'shutting-down'].includes(State?.Name ?? ''))
      throw new ProviderFailure('not-found', `the instance ${id} is ${State?.Name}`);
    const zone = Placement?.AvailabilityZone ?? '';
    return {
      id,
      name: Tags.find(({Key}) => Key === 'Name')?.Value ?? '',
      // `us-east-1a` and `us-west-2-lax-1a` are zones of `us-east-1` and `us-west-2`.
      region: /^[a-z]+(?:-[a-z]+)+?-\d+/.exec(zone)?.[0] ?? zone,
      size: InstanceType,
    };
  }

  async request(machine: Machine, name: string, reboot: boolean): Promise<Action> {
    if (!this.names.pattern.test(name))
      throw new ProviderFailure('refused', `AWS accepts no image name like ${name}`);
    const words = ['--instance-id', machine.id, `--name=${name}`, reboot ? '--reboot' : '--no-reboot'];
    // The program's own second attempt would meet the image of the first, and say that the name is taken.
    const once = {AWS_MAX_ATTEMPTS: '1'};
    const {ImageId: id} = await askEc2(this.context, 'create-image', words, {ImageId: TEXT}, once);
    this.#requested.add(id);
    const times = {startedAt: '', completedAt: ''};
    return {id, status: 'in-progress', ...times, snapshotId: id, snapshotName: name};
  }

  async action(id: string): Promise<Action> {
    const ami = await this.#ami(id).catch((error: unknown) => {
      // AWS says this also of one that it does not know everywhere yet:
      // https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
      const isNew = error instanceof ProviderFailure && error.words.endsWith(NO_IMAGE);
      throw isNew && this.#requested.has(id) ? new ProviderFailure('passing', error.words) : error;
    });
    if (ami !== undefined) return actionOf(ami);
    const words = `${id} was deregistered`;
    return {id, status: 'errored', startedAt: '', completedAt: '', snapshotId: id, words};
  }

  async actions(machine: Machine, name: string): Promise<readonly Action[]> {
    // A filter would take `*` and `?` in the name for more than themselves.
    const amis = await this.#amis(['--owners', 'self']);
    return amis
      .filter(({Name, SourceInstanceId, State}) =>
        Name === name
          ? [machine.id, ''].includes(SourceInstanceId)
          : SourceInstanceId === machine.id && State === 'pending',
      )
      .map(actionOf)
      .sort(latestFirst);
  }

  async diskSnapshot(id: string): Promise<DiskSnapshot | undefined> {
    const ami = await unlessGone(this.#ami(id));
    return ami !== undefined && isWhole(ami) ? diskSnapshotOf(ami) : undefined;
  }

  async diskSnapshots(machineId?: string): Promise<readonly DiskSnapshot[]> {
    const amis = await this.#amis(['--owners', 'self']);
    return amis
      .filter((ami) => isWhole(ami) && [undefined, ami.SourceInstanceId].includes(machineId))
      .map(diskSnapshotOf);
  }

  async remove({id}: DiskSnapshot): Promise<void> {
    const ami = await unlessGone(this.#ami(id));
    if (ami !== undefined) await unlessGone(askEc2(this.context, 'deregister-image', ['--image-id', id], {}));
    const snapshots = ami === undefined ? await this.#leftBehind(id) : ebsSnapshots(ami);
    if (ami === undefined && snapshots.length === 0)
      throw new ProviderFailure('not-found', `AWS has no image ${id}`);
    const remaining: string[] = [];
    let first: ProviderFailure | undefined;
    for (const snapshot of snapshots) {
      try {
        await unlessGone(askEc2(this.context, 'delete-snapshot', ['--snapshot-id', snapshot], {}));
      } catch (error) {
        if (!(error instanceof ProviderFailure)) throw error;
        first ??= error;
        remaining.push(snapshot);
      }
    }
    if (first === undefined) return;
    const words = `the image is deregistered, but its snapshots ${remaining.join(', ')} remain: ${first.words}`;
    throw new ProviderFailure(first.reason, words, {cause: first});
  }

  /** Undefined for one that was deregistered: AWS still shows it for a while, then no more. */
  async #ami(id: string): Promise<Ami | undefined> {
    const amis = await this.#amis(['--image-ids', checked(id, 'ami')]);
    return amis.find(({ImageId, State}) => ImageId === id && State !== 'deregistered');
  }

  async #amis(words: readonly string[]): Promise<Ami[]> {
    return (await askEc2(this.context, 'describe-images', words, {Images: v.array(AMI)})).Images;
  }

  /**
   * The EBS snapshots that an image left behind when it was deregistered. AWS notes in each what it was made for, for some
   * accounts with more behind it: `Created by CreateImage(i-…) for ami-…`.
   */
  async #leftBehind(id: string): Promise<string[]> {
    const filters = JSON.stringify([{Name: 'description', Values: [`Created by CreateImage(*) for ${id}*`]}]);
    const words = ['--owner-ids', 'self', '--filters', filters];
    const {Snapshots} = await askEc2(this.context, 'describe-snapshots', words, {
      Snapshots: v.array(v.object({SnapshotId: TEXT, Description: OPTIONAL_TEXT})),
    });
    const isOf = new RegExp(`^Created by CreateImage\\(.*\\) for ${id}(?![0-9a-z])`);
    return Snapshots.filter(({Description}) => isOf.test(Description)).map(({SnapshotId}) => SnapshotId);
  }
}

/** An id of another form is found nowhere; it could be a flag to the program, or a `file://` that it reads. */
function checked(id: string, kind: 'i' | 'ami'): string {
  if (new RegExp(`^${kind}-[0-9a-z]+$`).test(id)) return id;
  throw new ProviderFailure('not-found', `AWS has no ids like ${id}`);
}

/** Ubuntu has no package from 24.04 on, but comes with snap, where AWS itself publishes the program. */
function install({platform, has}: System): string[] {
  const packages = [
    ['brew', 'brew install awscli'],
    ['snap', 'sudo snap install aws-cli --classic'],
    ['apt-get', 'sudo apt-get install awscli'],
    ['dnf', 'sudo dnf install awscli2'],
    ['pacman', 'sudo pacman -S aws-cli-v2'],
    ['apk', 'sudo apk add aws-cli'],
    ['zypper', 'sudo zypper install aws-cli'],
    ['pipx', 'pipx install awscli'],
  ] as const;
  const page = 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html';
  const usable = packages.filter(
    ([program]) => has(program) && (platform !== 'darwin' || program === 'brew'),
  );
  return [...usable.map(([, line]) => line), page];
}
