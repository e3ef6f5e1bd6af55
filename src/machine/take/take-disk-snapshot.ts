import {basename} from 'node:path';
import {withPidLock} from '../../store/pid-lock.js';
import {readDiskSnapshotLogs, type LoggedDiskSnapshot} from '../disk-snapshot-log.js';
import {MachineError} from '../problems.js';
import {ProviderFailure} from '../provider.js';
import {providerProblem} from '../providers.js';
import {awaitAction, awaitDiskSnapshot, failed} from './await-disk-snapshot.js';
import {OutOfTime} from './deadline.js';
import {SnapshotJob, type JobContext, type SnapshotRequest} from './job.js';
import {logsUnwritable, prepareFolder, type PendingNote} from './pending.js';
import {requestDiskSnapshot, resumePending} from './start-disk-snapshot.js';

/** How often (ms) to check whether another process has ended. */
const POLL = 1_000;

/**
 * Take a disk snapshot of a machine, wait until it is complete, and write its log.
 *
 * What is requested is on disk before: whatever ends this, even a power failure, the next call for the same machine resumes
 * that disk snapshot and pays for no second one, unless it comes so late that the machine may have changed (see `isFresh`).
 *
 * @throws MachineError for all that can go wrong; the machine must then not be destroyed.
 */
export async function takeDiskSnapshot(
  request: SnapshotRequest,
  context: JobContext,
): Promise<LoggedDiskSnapshot> {
  const {owner, say, pause} = context;
  const job = new SnapshotJob(request, context);
  const {provider, note, deadline} = job;
  say({type: 'started', noun: provider.noun, machine: request.machineId, before: request.before});
  prepareFolder(request.folder);
  const known = new Set(logsOf(note).map((log) => log.path));
  for (let waits = 0; ; waits += 1) {
    const held = await withPidLock(note.lockPath, owner, async () => {
      const logs = waits === 0 ? [] : logsOf(note);
      const theirs = logs.find((log) => !known.has(log.path) && log.late !== true);
      if (theirs !== undefined) return theirs;
      return takeOrResume(job).catch(async (error: unknown) => {
        throw await takeProblem(error, job);
      });
    });
    if (held.kind === 'done') {
      const {image, path} = held.value;
      say({type: 'details', name: image.name, id: image.id, sizeGb: image.sizeGb});
      say({type: 'logged', file: basename(path)});
      return held.value;
    }
    if (held.kind === 'unwritable') throw logsUnwritable(note.lockPath, held.cause);
    if (waits === 0) say({type: 'other-process', path: note.lockPath});
    if (deadline.left <= 0) {
      note.read();
      throw timedOut(job, 'another process is waiting for it');
    }
    await pause(POLL);
  }
}

/** What was logged of this machine. */
function logsOf({folder, provider, machineId}: PendingNote): readonly LoggedDiskSnapshot[] {
  return readDiskSnapshotLogs(folder).logs.filter(
    (log) => log.provider === provider && log.machine.id === machineId,
  );
}

async function takeOrResume(job: SnapshotJob): Promise<LoggedDiskSnapshot> {
  const {note, say} = job;
  note.removeLeftovers();
  note.read();
  await job.findMachine();
  const name = job.snapshotName();
  const started = (await resumePending(job)) ?? (await requestDiskSnapshot(job, name));
  say({type: 'waiting'});
  const action = await awaitAction(started, job, () => {
    note.write({...started, seen: job.now().toISOString()});
  });
  if (action.status === 'errored') {
    note.remove();
    throw failed(job, action.id, action.words ?? '');
  }
  const found = await awaitDiskSnapshot(started, action, job);
  say({type: 'created', name: found.name});
  const logged = await job.log(found, action);
  note.remove();
  return logged;
}

/** What to report about what ended a job. */
async function takeProblem(error: unknown, job: SnapshotJob): Promise<unknown> {
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

function timedOut({request, provider, note}: SnapshotJob, words: string): MachineError {
  const {minutes, machineId: machine} = request;
  const action = note.value?.action;
  return new MachineError({
    ...{kind: 'timed-out', seconds: Math.round(minutes * 60), noun: provider.noun, machine, words},
    isAsked: note.value !== undefined,
    action: action?.id ?? '',
    look: action ? provider.look({...action, status: 'in-progress', completedAt: ''}, machine) : [],
  });
}
