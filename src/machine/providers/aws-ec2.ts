import * as v from 'valibot';
import type {Action, DiskSnapshot, ProviderContext} from '../provider.js';
import {OPTIONAL_SIZE, OPTIONAL_TEXT, recordOf, TEXT, TIME} from '../schema.js';
import {askProgram, readAnswer} from './ask-program.js';
import {awsFailure} from './aws-failure.js';

/**
 * Ask EC2 one thing.
 *
 * `--no-cli-pager` would be refused by version 1, which has no pager; version 2 reads the variables, among them the one
 * that has errors printed in the form `awsFailure` reads (https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-error-format.html).
 *
 * @throws ProviderFailure.
 */
export async function askEc2<Entries extends v.ObjectEntries>(
  {env, cwd}: ProviderContext,
  command: string,
  words: readonly string[],
  entries: Entries,
  more: NodeJS.ProcessEnv = {},
): Promise<v.InferOutput<v.ObjectSchema<Entries, undefined>>> {
  const quiet = {AWS_PAGER: '', AWS_CLI_AUTO_PROMPT: 'off', AWS_CLI_ERROR_FORMAT: 'legacy'};
  const result = await askProgram('aws', ['ec2', command, ...words, '--output', 'json'], {
    env: {...env, ...quiet, ...more},
    cwd,
  });
  if (result.status !== 0) throw awsFailure(result);
  // Some versions print nothing when there is nothing to show.
  return readAnswer(recordOf(entries), 'aws', result.stdout.trim() || '{}');
}

/** An image (AMI) as `describe-images` shows it. */
export const AMI = v.object({
  ImageId: TEXT,
  Name: OPTIONAL_TEXT,
  State: TEXT,
  /** Why it is in this state, if AWS says. */
  StateReason: v.nullish(v.object({Message: OPTIONAL_TEXT})),
  CreationDate: TIME,
  /** Empty if it was made otherwise, and with programs older than 2024, which do not know the field. */
  SourceInstanceId: OPTIONAL_TEXT,
  /** Its volumes. Sizes, in GB, are unknown before their snapshots are started. */
  BlockDeviceMappings: v.nullish(
    v.array(v.object({Ebs: v.nullish(v.object({VolumeSize: OPTIONAL_SIZE, SnapshotId: OPTIONAL_TEXT}))})),
    [],
  ),
});

export type Ami = v.InferOutput<typeof AMI>;

/** Whether it contains all of the machine; a disabled one only cannot be booted from. */
export function isWhole({State}: Ami): boolean {
  return State === 'available' || State === 'disabled';
}

/** Ids of the EBS snapshots it consists of. */
export function ebsSnapshots({BlockDeviceMappings}: Ami): readonly string[] {
  return BlockDeviceMappings.map(({Ebs}) => Ebs?.SnapshotId ?? '').filter(Boolean);
}

/** `sizeGb` is the sum of the sizes of its volumes, which is more than AWS bills: see `Aws`. */
export function diskSnapshotOf(ami: Ami): DiskSnapshot {
  const {ImageId: id, Name: name, SourceInstanceId: machineId, CreationDate: createdAt} = ami;
  const sizes = ami.BlockDeviceMappings.flatMap(({Ebs}) => Ebs?.VolumeSize ?? []);
  const sizeGb = sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0);
  return {id, name, machineId, createdAt, sizeGb};
}

/** The making of an image; see `Aws` for its times. */
export function actionOf(ami: Ami): Action {
  const {ImageId: id, Name: snapshotName, State, StateReason, CreationDate: createdAt} = ami;
  const action = {id, startedAt: createdAt, snapshotId: id, snapshotName};
  if (isWhole(ami)) return {...action, status: 'completed', completedAt: createdAt};
  if (['pending', 'transient'].includes(State)) return {...action, status: 'in-progress', completedAt: ''};
  const {Message: reason = ''} = StateReason ?? {};
  const words = reason || `${id} is ${State}`;
  return {...action, status: 'errored', completedAt: createdAt, words};
}
