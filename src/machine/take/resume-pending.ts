import {basename} from 'node:path';
import {ProviderFailure, type Action} from '../provider.js';
import {awaitAction, findDiskSnapshot} from './await-disk-snapshot.js';
import type {SnapshotJob} from './job.js';
import type {Pending, Started} from './pending.js';
import {isFresh, newAction} from './recognize.js';

/**
 * Resume the disk snapshot that an earlier run requested.
 *
 * @returns undefined when there is none that still represents the machine.
 * @throws OutOfTime, `ProviderFailure`.
 */
export async function resumePending(job: SnapshotJob): Promise<Started | undefined> {
  const pending = job.note.read();
  if (pending === undefined) return undefined;
  const started = await findStarted(job, pending);
  if (started === undefined) {
    job.note.remove();
    return undefined;
  }
  const {imageName: name, asked, seen, action} = started;
  const current = await actionOf(job, action.id);
  if (current === undefined || current.status === 'errored') reportFailed(job, started, current);
  else if (isFresh(seen, job.now())) {
    job.say({type: 'resumed', name, action: action.id, asked});
    return started;
  } else await logStale(job, started);
  return undefined;
}

/** When the earlier run ended before it had an answer, what it requested is looked for. */
async function findStarted(job: SnapshotJob, pending: Pending): Promise<Started | undefined> {
  if (pending.action !== undefined) return {...pending, action: pending.action};
  const found = newAction(await job.actions(pending.imageName), pending.before);
  return found && job.noteAction(pending, found);
}

async function actionOf(job: SnapshotJob, id: string): Promise<Action | undefined> {
  try {
    return await job.action(id);
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'not-found') return undefined;
    throw error;
  }
}

function reportFailed(job: SnapshotJob, {imageName: name, action: {id}}: Started, action?: Action): void {
  job.say({type: 'earlier-failed', name, action: id, words: action?.words ?? ''});
  job.note.remove();
}

/**
 * Wait for a disk snapshot that no run has waited for in a long time: it does not contain the disk as it is now, but it
 * costs money, so it gets its log.
 */
async function logStale(job: SnapshotJob, started: Started): Promise<void> {
  const {imageName: name, asked, seen, action} = started;
  job.say({type: 'stale', name, action: action.id, asked, seen});
  // Nothing is noted meanwhile: the next run must not believe that this one waited for it.
  const ended = await awaitAction(started, job, () => undefined);
  const found = ended.status === 'errored' ? undefined : await findDiskSnapshot(started, ended, job);
  if (found === undefined) {
    reportFailed(job, started, ended);
    return;
  }
  const {path} = await job.log(found, ended, {late: true});
  job.say({type: 'stale-logged', name: found.name, file: basename(path)});
  job.note.remove();
}
