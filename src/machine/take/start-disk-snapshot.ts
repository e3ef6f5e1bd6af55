import {basename} from 'node:path';
import {MachineError} from '../problems.js';
import {ProviderFailure, unlessGone, type Action} from '../provider.js';
import {awaitAction, findDiskSnapshot} from './await-disk-snapshot.js';
import {growingDelays} from './deadline.js';
import type {SnapshotJob} from './job.js';
import type {Pending, Started} from './pending.js';
import {beforeOf, isFresh, newAction} from './recognize.js';

/**
 * Resume the disk snapshot that an earlier run requested, if it still represents the machine.
 * @throws OutOfTime, `ProviderFailure`.
 */
export async function resumePending(job: SnapshotJob): Promise<Started | undefined> {
  const pending = job.note.read();
  if (pending === undefined) return undefined;
  const started = await startedOf(job, pending);
  if (started === undefined) {
    job.note.remove();
    return undefined;
  }
  const {imageName: name, asked, seen, action} = started;
  const current = await unlessGone(job.action(action.id));
  if (current === undefined || current.status === 'errored') reportFailed(job, started, current);
  else if (isFresh(seen, job.now())) {
    job.say({type: 'resumed', name, action: action.id, asked});
    return started;
  } else await logStale(job, started);
  return undefined;
}

/** When the earlier run ended before it had an answer, what it requested is looked for. */
async function startedOf(job: SnapshotJob, pending: Pending): Promise<Started | undefined> {
  if (pending.action !== undefined) return {...pending, action: pending.action};
  const found = await findNew(job, pending);
  return found && job.noteAction(pending, found);
}

async function findNew(job: SnapshotJob, {imageName, before}: Pending): Promise<Action | undefined> {
  return newAction(await job.actions(imageName), before);
}

function reportFailed(job: SnapshotJob, {imageName: name, action: {id}}: Started, action?: Action): void {
  job.say({type: 'earlier-failed', name, action: id, words: action?.words ?? ''});
  job.note.remove();
}

/** Log a disk snapshot that does not contain the disk as it is now: it costs money all the same. */
async function logStale(job: SnapshotJob, started: Started): Promise<void> {
  const {imageName: name, asked, seen, action} = started;
  job.say({type: 'stale', name, action: action.id, asked, seen});
  // Nothing is noted meanwhile: the next run must not believe that this one waited for it.
  const ended = await awaitAction(started, job, () => undefined);
  const found = ended.status === 'errored' ? undefined : await findDiskSnapshot(started, ended, job);
  if (found === undefined) reportFailed(job, started, ended);
  else {
    const {path} = await job.log(found, ended, true);
    job.say({type: 'stale-logged', name: found.name, file: basename(path)});
    job.note.remove();
  }
}

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

/** What a request whose answer was lost has started; unless `isOurs`, the machine was busy with that of others. */
async function findStarted(job: SnapshotJob, pending: Pending, isOurs: boolean) {
  const found = await findNew(job, pending);
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
