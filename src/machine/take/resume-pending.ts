import {basename} from 'node:path';
import {noted, type Asked} from './request-disk-snapshot.js';
import {awaitAction, lookForDiskSnapshot} from './await-disk-snapshot.js';
import {isFresh} from './fresh.js';
import {newAction} from './new-action.js';
import {patiently} from './deadline.js';
import {readPending, type Pending} from './pending.js';
import {ProviderFailure, type Action} from '../provider.js';
import type {SnapshotJob} from './job.js';

/**
 * Go on with the image an earlier run asked for.
 *
 * @returns undefined where there is none that can still become the image of this moment.
 * @throws OutOfTime, `ProviderFailure`.
 */
export async function resumePending(work: SnapshotJob): Promise<Asked | undefined> {
  const {provider, machine, folder, patience} = work;
  const pending = readPending(folder, provider.name, machine.id);
  if (pending === undefined) return undefined;
  const asked = await findAction(work, pending);
  if (asked === undefined) return undefined;
  const action = await actionOf(work, asked);
  if (action === undefined || action.status === 'errored') {
    cameToNothing(work, asked, action);
    return undefined;
  }
  if (!isFresh(pending.seen, work.now())) return retire(work, asked);
  const {imageName: name, asked: begun} = pending;
  patience.say({type: 'resumed', name, action: asked.action.id, asked: begun});
  return asked;
}

/** Where the earlier run ended before it had an answer, what it asked for is looked for. */
async function findAction(work: SnapshotJob, pending: Pending): Promise<Asked | undefined> {
  const {provider, machine, patience} = work;
  if (pending.action !== undefined) return {...pending, action: pending.action};
  const actions = await patiently(patience, () => provider.actions(machine, pending.imageName));
  const found = newAction(actions, pending.before);
  if (found !== undefined) return noted(work, pending, found);
  work.forget();
  return undefined;
}

async function actionOf(
  {provider, machine, patience}: SnapshotJob,
  {action}: Asked,
): Promise<Action | undefined> {
  try {
    return await patiently(patience, () => provider.action(action.id, machine));
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'not-found') return undefined;
    throw error;
  }
}

function cameToNothing(work: SnapshotJob, {imageName: name, action: {id}}: Asked, action?: Action): void {
  work.patience.say({type: 'earlier-failed', name, action: id, words: action?.words ?? ''});
  work.forget();
}

/**
 * Let an image end for which nobody has waited for long: it does not hold the disk of now, but it is paid for, so that it
 * gets its log.
 */
async function retire(work: SnapshotJob, asked: Asked): Promise<undefined> {
  const {
    imageName: name,
    action: {id},
    asked: begun,
    seen,
  } = asked;
  work.patience.say({type: 'stale', name, action: id, asked: begun, seen});
  // Nothing is noted meanwhile: whoever comes next must not take this for waiting.
  const action = await awaitAction(asked, work, () => undefined);
  if (action.status === 'errored') {
    cameToNothing(work, asked, action);
    return undefined;
  }
  const image = await lookForDiskSnapshot(asked, action, work);
  if (image === undefined) {
    cameToNothing(work, asked, action);
    return undefined;
  }
  const {path} = await work.log(image, action, {late: true});
  work.patience.say({type: 'stale-logged', name: image.name, file: basename(path)});
  work.forget();
  return undefined;
}
