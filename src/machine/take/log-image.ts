import {codeOf} from '../../errors.js';
import {MachineError} from '../problems.js';
import {logTime, type LoggedDiskSnapshot} from '../disk-snapshot-log.js';
import {writeDiskSnapshotLog} from '../log-files.js';
import {costOf} from '../monthly-cost.js';
import {nameOf, type SnapshotRequest, type Taker} from './request.js';
import type {Action, DiskSnapshot, Machine} from '../provider.js';

/**
 * Write the log of an image that is there.
 *
 * @throws MachineError `log-not-written`.
 */
export async function logDiskSnapshot(
  order: SnapshotRequest,
  taker: Taker,
  machine: Machine,
  image: DiskSnapshot,
  action: Action & {readonly late?: true},
): Promise<LoggedDiskSnapshot> {
  const {provider, holder, workspace, cloudtmVersion, rate} = taker;
  const {id, sizeGb} = image;
  const name = image.name || id;
  const entry = {
    provider: provider.name,
    machine: {...machine, name: nameOf(order, machine)},
    image: {id, name, sizeGb: sizeGb ?? null, monthlyCost: costOf(sizeGb, rate)},
    action: action.id,
    started: logTime(action.startedAt),
    completed: logTime(action.completedAt === '' ? holder.now() : action.completedAt),
    ...(action.late === true ? {late: true as const} : {}),
    workspace,
    cloudtmVersion,
    git: await taker.git(),
  };
  try {
    return {...entry, path: writeDiskSnapshotLog(order.folder, entry)};
  } catch (error) {
    const code = codeOf(error);
    throw new MachineError({kind: 'log-not-written', path: order.folder, code, name, id}, {cause: error});
  }
}
