import {codeOf} from '../../errors.js';
import {MachineError} from '../problems.js';
import {logTime, type LoggedImage} from '../image-log.js';
import {writeImageLog} from '../log-files.js';
import {costOf} from '../monthly-cost.js';
import {nameOf, type SnapshotRequest, type Taker} from './request.js';
import type {Action, Image, Machine} from '../provider.js';

/**
 * Write the log of an image that is there.
 *
 * @throws MachineError `image-unlogged`.
 */
export async function logImage(
  order: SnapshotRequest,
  taker: Taker,
  machine: Machine,
  image: Image,
  action: Action & {readonly late?: true},
): Promise<LoggedImage> {
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
    return {...entry, path: writeImageLog(order.folder, entry)};
  } catch (error) {
    const code = codeOf(error);
    throw new MachineError({kind: 'image-unlogged', path: order.folder, code, name, id}, {cause: error});
  }
}
