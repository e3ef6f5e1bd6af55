import {MachineError} from '../problems.js';
import type {SnapshotRequest, Taker} from './request.js';
import {OutOfTime} from './deadline.js';
import type {Pending} from './pending.js';
import {problemOf} from '../problem-of.js';
import {ProviderFailure} from '../provider.js';

/** What is told of what ended the work. */
export async function takeProblem(
  error: unknown,
  order: SnapshotRequest,
  taker: Taker,
  pending: Pending | undefined,
): Promise<unknown> {
  if (error instanceof OutOfTime) return timedOut(order, taker, pending, error.words);
  if (error instanceof ProviderFailure) {
    // Ctrl-C reaches the provider's program too: then its failure is the user's will.
    const will = await taker.pause(0).catch((interrupted: unknown) => interrupted);
    return will === undefined
      ? problemOf(error, taker.provider, taker.system)
      : takeProblem(will, order, taker, pending);
  }
  if (error instanceof MachineError && error.problem.kind === 'interrupted')
    return new MachineError({
      ...error.problem,
      name: pending?.imageName ?? '',
      action: pending?.action?.id ?? '',
    });
  return error;
}

/** What is told when the time is over. `pending` is what was asked for by then. */
export function timedOut(
  {minutes, machineId}: SnapshotRequest,
  {provider}: Taker,
  pending: Pending | undefined,
  words: string,
): MachineError {
  const {action} = pending ?? {};
  return new MachineError({
    kind: 'timed-out',
    seconds: Math.round(minutes * 60),
    noun: provider.noun,
    machine: machineId,
    isAsked: pending !== undefined,
    action: action?.id ?? '',
    words,
    look:
      action === undefined
        ? []
        : provider.look({...action, status: 'in-progress', completedAt: ''}, machineId),
  });
}
