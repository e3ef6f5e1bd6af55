import {basename} from 'node:path';
import {noted, type Asked} from './ask-for-image.js';
import {newAction, newImage} from './new-action.js';
import {patiently} from './patience.js';
import {readPending, type Pending} from './pending.js';
import {ProviderFailure, type Action} from './provider.js';
import type {Work} from './work.js';

/** An image that was finished longer ago (ms) does not stand for the machine as it is now: somebody may have worked on it. */
const FRESH = 15 * 60_000;

/** @param end When the image was complete, in ms since the epoch. */
export function isFresh(end: number, now: Date): boolean {
  return now.getTime() - end <= FRESH;
}

/**
 * Go on with the image an earlier run asked for.
 *
 * @returns undefined where there is none that can still become the image of this moment.
 * @throws OutOfTime, `ProviderFailure`.
 */
export async function resumePending(work: Work): Promise<Asked | undefined> {
  const {provider, machine, folder, patience} = work;
  const pending = readPending(folder, provider.name, machine.id);
  if (pending === undefined) return undefined;
  const asked = await findAction(work, pending);
  if (asked === undefined) return undefined;
  const action = await actionOf(work, asked);
  const {
    imageName,
    action: {id},
  } = asked;
  if (action === undefined || action.status === 'errored') {
    patience.say({type: 'image-forgotten', name: imageName, action: id, words: action?.words ?? ''});
    work.forget();
    return undefined;
  }
  if (action.status === 'completed' && !isFresh(endOf(action, asked), work.now())) {
    await logOld(work, asked, action);
    work.forget();
    return undefined;
  }
  patience.say({type: 'image-resumed', name: imageName, action: id, asked: pending.asked});
  return asked;
}

/** When an action ended, or was at least still under way; ms since the epoch. */
function endOf({completedAt}: Action, {action: {seen}}: Asked): number {
  return Math.max(...[completedAt, seen ?? ''].map((time) => Date.parse(time) || 0));
}

/** Where the earlier run ended before it had an answer, what it asked for is looked for. */
async function findAction(work: Work, pending: Pending): Promise<Asked | undefined> {
  const {provider, machine, patience} = work;
  if (pending.action !== undefined) return {...pending, action: pending.action};
  const actions = await patiently(patience, () => provider.actions(machine, pending.imageName));
  const found = newAction(actions, pending.before);
  if (found !== undefined) return noted(work, pending, found);
  work.forget();
  return undefined;
}

async function actionOf({provider, machine, patience}: Work, {action}: Asked): Promise<Action | undefined> {
  try {
    return await patiently(patience, () => provider.action(action.id, machine));
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'not-found') return undefined;
    throw error;
  }
}

/** It is paid for, so that it gets its log. */
async function logOld(work: Work, asked: Asked, action: Action): Promise<void> {
  const {provider, machine, patience} = work;
  const images = await patiently(patience, () => provider.images(machine.id));
  const image =
    action.imageId === undefined
      ? newImage(images, asked.imageName, asked.before, asked.action.startedAt)
      : images.find(({id}) => id === action.imageId);
  if (image === undefined) return;
  const {path} = await work.log(image, action);
  patience.say({
    type: 'image-too-old',
    name: image.name,
    completedAt: action.completedAt,
    file: basename(path),
  });
}
