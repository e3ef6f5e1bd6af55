import {MachineError} from '../problems.js';
import type {Asked} from './request-disk-snapshot.js';
import {newDiskSnapshot} from './new-action.js';
import {growing, OutOfTime, patiently} from './deadline.js';
import {ProviderFailure, type Action, type DiskSnapshot} from '../provider.js';
import type {SnapshotJob} from './job.js';

/** The first pause (ms) between two looks at an action, and the longest. */
const FIRST = 1_000;
const LONGEST = 15_000;
/** How often (ms) it is said that we wait. */
const BEAT = 500;

/**
 * Wait for an action to end, well or not.
 *
 * @param beat Called whenever it was seen in progress.
 * @throws OutOfTime, `ProviderFailure`; MachineError `disk-snapshot-failed` when the provider does not know the action.
 */
export async function awaitAction(asked: Asked, work: SnapshotJob, beat: () => void): Promise<Action> {
  const {provider, machine, patience, now} = work;
  const {id} = asked.action;
  const started = now().getTime();
  for (const pauses = growing(FIRST, LONGEST); ;) {
    const action = await patiently(patience, () => provider.action(id, machine)).catch((error: unknown) => {
      if (!(error instanceof ProviderFailure) || error.reason !== 'not-found') throw error;
      // It is the action that is gone. What is noted of it stays: the next run asks for it once more.
      throw errored(work, id, error.words);
    });
    if (action.status !== 'in-progress') return action;
    beat();
    for (let left = pauses(); left > 0; left -= BEAT) {
      patience.say({type: 'in-progress', status: action.status, elapsed: now().getTime() - started});
      const pause = Math.min(left, BEAT, patience.left());
      if (pause <= 0) throw new OutOfTime('');
      await patience.pause(pause);
    }
  }
}

/** What is told of an action that came to nothing. */
export function errored({provider, machine}: SnapshotJob, action: string, words: string): MachineError {
  const look = provider.look({id: action, status: 'errored', startedAt: '', completedAt: ''}, machine.id);
  const {noun} = provider;
  return new MachineError({
    kind: 'disk-snapshot-failed',
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
export async function findDiskSnapshot(
  asked: Asked,
  action: Action,
  work: SnapshotJob,
): Promise<DiskSnapshot> {
  const {provider, patience} = work;
  for (const pauses = growing(FIRST, LONGEST); ;) {
    const image = await lookForDiskSnapshot(asked, action, work);
    if (image !== undefined) return image;
    const pause = Math.min(pauses(), patience.left());
    if (pause <= 0) throw new OutOfTime(`the action ended and ${provider.name} lists no image of it`);
    await patience.pause(pause);
  }
}

/** The same, asked for once. */
export async function lookForDiskSnapshot(
  asked: Asked,
  action: Action,
  work: SnapshotJob,
): Promise<DiskSnapshot | undefined> {
  const {provider, machine, patience} = work;
  return patiently(patience, async () => {
    if (action.snapshotId !== undefined) return provider.diskSnapshot(action.snapshotId);
    const images = await provider.diskSnapshots(machine.id);
    return newDiskSnapshot(images, asked.imageName, asked.before, asked.action.startedAt);
  });
}
