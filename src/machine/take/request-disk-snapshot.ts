import {MachineError} from '../problems.js';
import {ProviderFailure, type Action} from '../provider.js';
import {growingDelays} from './deadline.js';
import type {SnapshotJob} from './job.js';
import type {Pending, Started} from './pending.js';
import {beforeOf, isFresh, newAction} from './recognize.js';

/**
 * Request a disk snapshot, once: when the answer is lost, it is looked for before it is requested again. One that is being
 * made already is used as ours, since a second one of the same moment would cost money and be no better.
 *
 * @throws OutOfTime, `ProviderFailure`; MachineError `name-taken`.
 */
export async function requestDiskSnapshot(job: SnapshotJob, name: string): Promise<Started> {
  const {provider, machine, deadline} = job;
  // In this order: the disk snapshot of an action that is still in progress then is not among those that existed before.
  const snapshots = await deadline.retry(() => provider.diskSnapshots(machine.id));
  const actions = await job.actions(name);
  const asked = job.now().toISOString();
  const pending: Pending = {
    format: 1,
    provider: provider.name,
    machineId: machine.id,
    imageName: name,
    asked,
    seen: asked,
    before: beforeOf(actions, snapshots),
  };
  const running = actions.find(({status}) => status === 'in-progress');
  // One that started long ago does not contain the disk as it is now: ours has to wait for it.
  if (running !== undefined && isFresh(running.startedAt, job.now())) return adopt(job, pending, running);
  const isTaken =
    actions.some((action) => action.snapshotName === name) || snapshots.some((each) => each.name === name);
  if (provider.names.areUnique && isTaken)
    throw new MachineError({kind: 'name-taken', name, provider: provider.name});
  job.say({type: 'named', name});
  job.note.write(pending);
  return request(job, pending);
}

async function request(job: SnapshotJob, pending: Pending): Promise<Started> {
  const {provider, machine, deadline} = job;
  let isOurs = false;
  for (const delays = growingDelays(); ;) {
    try {
      const action = await provider.request(machine, pending.imageName, job.request.reboot);
      const started = job.noteAction(pending, action);
      job.say({type: 'requested', action: action.id});
      return started;
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      if (!['passing', 'busy', 'unclear'].includes(error.reason)) {
        // It was refused for good: nothing is pending, unless an earlier request was heard after all.
        if (!isOurs) job.note.remove();
        throw error;
      }
      isOurs ||= error.reason !== 'busy';
      const found = await findStarted(job, pending, isOurs);
      if (found !== undefined) return found;
      if (error.reason === 'unclear') throw error;
      await deadline.waitAfter(error, delays);
      const late = await findStarted(job, pending, isOurs);
      if (late !== undefined) return late;
    }
  }
}

/**
 * What a request whose answer was lost has started.
 *
 * @param isOurs Whether there was such a request. A machine that was busy from the start is busy with the disk snapshot of
 *   others, whose name is not known.
 */
async function findStarted(
  job: SnapshotJob,
  pending: Pending,
  isOurs: boolean,
): Promise<Started | undefined> {
  const found = newAction(await job.actions(pending.imageName), pending.before);
  if (found === undefined) return undefined;
  if (!isOurs) return adopt(job, pending, found);
  job.say({type: 'found-again', action: found.id});
  return job.noteAction(pending, found);
}

/** Use an action that others started. */
function adopt(job: SnapshotJob, pending: Pending, action: Action): Started {
  job.say({type: 'adopted', action: action.id, startedAt: action.startedAt});
  return job.noteAction({...pending, imageName: action.snapshotName ?? ''}, action);
}
