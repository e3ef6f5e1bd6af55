import {MachineError} from '../problems.js';
import {ProviderFailure} from '../provider.js';
import {providerProblem} from '../provider-problem.js';
import {OutOfTime} from './deadline.js';
import type {SnapshotJob} from './job.js';

/** What the user is told about what ended a job. */
export async function takeProblem(error: unknown, job: SnapshotJob): Promise<unknown> {
  const {context, note} = job;
  if (error instanceof OutOfTime) return timedOut(job, error.words);
  if (error instanceof ProviderFailure) {
    // Ctrl-C reaches the provider's program too: then its failure is what the user wanted.
    const interruption = await context.pause(0).catch((interrupted: unknown) => interrupted);
    return interruption === undefined
      ? providerProblem(error, context.provider, context.system)
      : takeProblem(interruption, job);
  }
  if (!(error instanceof MachineError) || error.problem.kind !== 'interrupted') return error;
  const {imageName: name = '', action} = note.value ?? {};
  return new MachineError({kind: 'interrupted', name, action: action?.id ?? ''});
}

/** What the user is told when the deadline has passed. */
export function timedOut({request, provider, note}: SnapshotJob, words: string): MachineError {
  const {minutes, machineId: machine} = request;
  const action = note.value?.action;
  return new MachineError({
    kind: 'timed-out',
    seconds: Math.round(minutes * 60),
    noun: provider.noun,
    machine,
    isAsked: note.value !== undefined,
    action: action?.id ?? '',
    words,
    look: action ? provider.look({...action, status: 'in-progress', completedAt: ''}, machine) : [],
  });
}
