import {fieldsOf, optionalFields, optionalList, optionalNumber, optionalText, text, time} from './fields.js';
import type {Action, DiskSnapshot} from '../provider.js';

/** An image (AMI) as `describe-images` tells of it. */
export interface Ami {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Why it is in this state; empty where AWS does not say. */
  readonly reason: string;
  readonly createdAt: string;
  /** Empty where it was made otherwise, and with programs older than 2024, which do not know of the field. */
  readonly machineId: string;
  /** Sizes of its volumes in GB; unknown before their snapshots are begun. */
  readonly volumes: readonly number[];
  readonly snapshots: readonly string[];
}

/** @throws ProviderFailure `unclear`. */
export function readAmi(value: unknown, field: string): Ami {
  const image = fieldsOf(value, field);
  const disks = optionalList(image.BlockDeviceMappings, `${field}.BlockDeviceMappings`, (each, disk) =>
    optionalFields(fieldsOf(each, disk).Ebs, `${disk}.Ebs`),
  );
  return {
    id: text(image.ImageId, `${field}.ImageId`),
    name: optionalText(image.Name, `${field}.Name`),
    state: text(image.State, `${field}.State`),
    reason: optionalText(
      optionalFields(image.StateReason, `${field}.StateReason`).Message,
      `${field}.Message`,
    ),
    createdAt: time(image.CreationDate, `${field}.CreationDate`),
    machineId: optionalText(image.SourceInstanceId, `${field}.SourceInstanceId`),
    volumes: disks.flatMap((disk) => optionalNumber(disk.VolumeSize, `${field}.VolumeSize`) ?? []),
    snapshots: disks.flatMap((disk) => optionalText(disk.SnapshotId, `${field}.SnapshotId`) || []),
  };
}

/** Whether it holds all of the machine; a disabled one only starts none. */
export function isWhole({state}: Ami): boolean {
  return state === 'available' || state === 'disabled';
}

/** `sizeGb` is the sum of the sizes of its volumes, which is more than AWS bills: see `aws`. */
export function imageOf({id, name, machineId, createdAt, volumes}: Ami): DiskSnapshot {
  const sizeGb = volumes.length === 0 ? undefined : volumes.reduce((sum, size) => sum + size, 0);
  return {id, name, machineId, createdAt, sizeGb};
}

/** The making of an image; see `aws` for its times. */
export function actionOf(ami: Ami): Action {
  const {id, name, createdAt} = ami;
  const told = {id, startedAt: createdAt, imageId: id, imageName: name};
  if (isWhole(ami)) return {...told, status: 'completed', completedAt: createdAt};
  if (['pending', 'transient'].includes(ami.state)) return {...told, status: 'in-progress', completedAt: ''};
  return {...told, status: 'errored', completedAt: createdAt, words: ami.reason || `${id} is ${ami.state}`};
}
