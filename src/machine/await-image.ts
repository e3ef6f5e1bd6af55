import {UserError} from '../errors.js';
import type {Asked} from './ask-for-image.js';
import {newImage} from './new-action.js';
import {growing, OutOfTime, patiently} from './patience.js';
import {ProviderFailure, type Action, type Image} from './provider.js';
import type {Work} from './work.js';

/** The first pause (ms) between two looks at an action, and the longest. */
const FIRST = 1_000;
const LONGEST = 15_000;
/** How often (ms) it is said that we wait. */
const BEAT = 500;

/**
 * Wait for an action to end.
 *
 * @throws OutOfTime, `ProviderFailure`; UserError `image-errored` when it came to nothing.
 */
export async function awaitAction(asked: Asked, work: Work): Promise<Action> {
  const {provider, machine, patience, now} = work;
  const {id} = asked.action;
  const started = now().getTime();
  for (const pauses = growing(FIRST, LONGEST); ;) {
    const action = await patiently(patience, () => provider.action(id, machine)).catch((error: unknown) => {
      if (!(error instanceof ProviderFailure) || error.reason !== 'not-found') throw error;
      // It is the action that is gone. What is noted of it stays: the next run asks for it once more.
      throw errored(work, id, error.words);
    });
    if (action.status === 'completed') return action;
    if (action.status === 'errored') {
      work.forget();
      throw errored(work, id, action.words ?? '');
    }
    work.note({...asked, action: {...asked.action, seen: now().toISOString()}});
    for (let left = pauses(); left > 0; left -= BEAT) {
      patience.say({type: 'image-status', status: action.status, elapsed: now().getTime() - started});
      const beat = Math.min(left, BEAT, patience.left());
      if (beat <= 0) throw new OutOfTime('');
      await patience.pause(beat);
    }
  }
}

function errored({provider, machine}: Work, action: string, words: string): UserError {
  const look = provider.look({id: action, status: 'errored', startedAt: '', completedAt: ''}, machine.id);
  const {noun} = provider;
  return new UserError({
    about: 'machine',
    kind: 'image-errored',
    noun,
    machine: machine.id,
    action,
    words,
    look,
  });
}

/**
 * The image of an action that has ended, asked for anew: only what the provider has counts.
 *
 * @throws OutOfTime, `ProviderFailure`.
 */
export async function findImage(asked: Asked, action: Action, work: Work): Promise<Image> {
  const {provider, machine, patience} = work;
  const look = async (): Promise<Image | undefined> => {
    if (action.imageId !== undefined) return provider.image(action.imageId);
    const images = await provider.images(machine.id);
    return newImage(images, asked.imageName, asked.before, asked.action.startedAt);
  };
  for (const pauses = growing(FIRST, LONGEST); ;) {
    const image = await patiently(patience, look);
    if (image !== undefined) return image;
    const pause = Math.min(pauses(), patience.left());
    if (pause <= 0) throw new OutOfTime(`the action ended and ${provider.name} lists no image of it`);
    await patience.pause(pause);
  }
}
