import {MachineError} from '../problems.js';
import {isFresh} from './fresh.js';
import {beforeOf, newAction} from './new-action.js';
import {growing, patiently, rest} from './deadline.js';
import type {Pending} from './pending.js';
import {ProviderFailure, type Action} from '../provider.js';
import type {SnapshotJob} from './job.js';

/** A pending image whose action is known. */
export type Asked = Pending & Required<Pick<Pending, 'action'>>;

/**
 * Ask for an image, once: where the answer is lost it is looked for before it is asked for again, and an action that is
 * under way already is taken for ours, since a second image of the same moment would be paid for and no better.
 *
 * @throws OutOfTime, `ProviderFailure`; MachineError `name-taken`.
 */
export async function requestDiskSnapshot(
  work: SnapshotJob,
  imageName: string,
  reboot: boolean,
): Promise<Asked> {
  const {provider, machine, patience, now} = work;
  // In this order: the image of an action that is still under way then is not among those that were there before.
  const images = await patiently(patience, () => provider.diskSnapshots(machine.id));
  const actions = await patiently(patience, () => provider.actions(machine, imageName));
  const asked = now().toISOString();
  const pending: Pending = {
    provider: provider.name,
    machineId: machine.id,
    imageName,
    asked,
    seen: asked,
    before: beforeOf(actions, images),
  };
  const running = actions.find(({status}) => status === 'in-progress');
  // One that began long ago does not hold the disk of now: ours has to wait for it.
  if (running !== undefined && isFresh(running.startedAt, now())) return adopted(work, pending, running);
  const isTaken =
    actions.some((action) => action.snapshotName === imageName) ||
    images.some(({name}) => name === imageName);
  if (provider.names.areUnique && isTaken)
    throw new MachineError({
      kind: 'name-taken',
      name: imageName,
      provider: provider.name,
    });
  patience.say({type: 'named', name: imageName});
  work.note(pending);
  return request(work, pending, reboot);
}

/** Put the action on disk, before it is waited for. */
export function noted(work: SnapshotJob, pending: Pending, {id, startedAt}: Action): Asked {
  const asked = {...pending, action: {id, startedAt}};
  work.note(asked);
  return asked;
}

async function request(work: SnapshotJob, pending: Pending, reboot: boolean): Promise<Asked> {
  const {provider, machine, patience} = work;
  let isOurs = false;
  for (const pauses = growing(); ;) {
    try {
      const asked = noted(work, pending, await provider.request(machine, pending.imageName, reboot));
      patience.say({type: 'requested', action: asked.action.id});
      return asked;
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      if (!['passing', 'busy', 'unclear'].includes(error.reason)) {
        // It was refused for good: nothing is pending, unless of an earlier request nobody knows what became.
        if (!isOurs) work.forget();
        throw error;
      }
      isOurs ||= error.reason !== 'busy';
      const found = await lookFor(work, pending, isOurs);
      if (found !== undefined) return found;
      if (error.reason === 'unclear') throw error;
      await rest(patience, pauses, error);
      const late = await lookFor(work, pending, isOurs);
      if (late !== undefined) return late;
    }
  }
}

/**
 * What a request whose answer was lost has begun.
 *
 * @param isOurs Whether there was such a request. A machine that was busy from the start is so with somebody else's image,
 *   whose name nobody knows.
 */
async function lookFor(work: SnapshotJob, pending: Pending, isOurs: boolean): Promise<Asked | undefined> {
  const {provider, machine, patience} = work;
  const actions = await patiently(patience, () => provider.actions(machine, pending.imageName));
  const found = newAction(actions, pending.before);
  if (found === undefined) return undefined;
  if (!isOurs) return adopted(work, pending, found);
  patience.say({type: 'found-again', action: found.id});
  return noted(work, pending, found);
}

/** Take somebody else's action for ours. */
function adopted(work: SnapshotJob, pending: Pending, action: Action): Asked {
  work.patience.say({type: 'adopted', action: action.id, startedAt: action.startedAt});
  return noted(work, {...pending, imageName: action.snapshotName ?? ''}, action);
}
