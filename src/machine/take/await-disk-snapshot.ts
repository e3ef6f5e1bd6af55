import {MachineError} from '../problems.js';
import {ProviderFailure, type Action, type DiskSnapshot} from '../provider.js';
import {growingDelays} from './deadline.js';
import type {SnapshotJob} from './job.js';
import type {Started} from './pending.js';
import {newDiskSnapshot} from './recognize.js';

/** The first delay (ms) between two looks at an action, and the longest. */
const DELAYS = [1_000, 15_000] as const;
/** How often (ms) the wait is reported. */
const BEAT = 500;

/**
 * Wait for an action to end, well or not.
 *
 * @param beat Called whenever it was seen in progress.
 * @throws OutOfTime, `ProviderFailure`; MachineError `disk-snapshot-failed` when the provider does not know the action.
 */
export async function awaitAction(
  {action: {id}}: Started,
  job: SnapshotJob,
  beat: () => void,
): Promise<Action> {
  const began = job.now().getTime();
  for (const delays = growingDelays(...DELAYS); ;) {
    const action = await job.action(id).catch((error: unknown) => {
      if (!(error instanceof ProviderFailure) || error.reason !== 'not-found') throw error;
      // It is the action that is gone. Its note stays: the next run asks for it once more.
      throw failed(job, id, error.words);
    });
    if (action.status !== 'in-progress') return action;
    beat();
    for (let left = delays(); left > 0; left -= BEAT) {
      job.say({type: 'in-progress', status: action.status, elapsed: job.now().getTime() - began});
      await job.deadline.wait(Math.min(left, BEAT));
    }
  }
}

/** What is said of an action that came to nothing. */
export function failed({provider, machine}: SnapshotJob, action: string, words: string): MachineError {
  const look = provider.look({id: action, status: 'errored', startedAt: '', completedAt: ''}, machine.id);
  const {noun} = provider;
  return new MachineError({kind: 'disk-snapshot-failed', noun, machine: machine.id, action, words, look});
}

/** Wait until the provider lists the disk snapshot of an action that has ended. @throws OutOfTime, `ProviderFailure`. */
export async function awaitDiskSnapshot(
  started: Started,
  action: Action,
  job: SnapshotJob,
): Promise<DiskSnapshot> {
  const words = `the action has ended, but ${job.provider.name} does not list its disk snapshot`;
  for (const delays = growingDelays(...DELAYS); ;) {
    const found = await findDiskSnapshot(started, action, job);
    if (found !== undefined) return found;
    await job.deadline.wait(delays(), words);
  }
}

/** The same, asked for once. */
export function findDiskSnapshot(
  started: Started,
  {snapshotId}: Action,
  {provider, machine, deadline}: SnapshotJob,
): Promise<DiskSnapshot | undefined> {
  return deadline.retry(async () => {
    if (snapshotId !== undefined) return provider.diskSnapshot(snapshotId);
    const {imageName, before, action} = started;
    return newDiskSnapshot(await provider.diskSnapshots(machine.id), imageName, before, action.startedAt);
  });
}
