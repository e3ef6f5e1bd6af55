import {basename} from 'node:path';
import {withPidLock} from '../../store/pid-lock.js';
import {readDiskSnapshotLogs, type LoggedDiskSnapshot} from '../disk-snapshot-log.js';
import {awaitAction, awaitDiskSnapshot, failed} from './await-disk-snapshot.js';
import {SnapshotJob, type JobContext, type SnapshotRequest} from './job.js';
import {logsUnwritable, prepareFolder, type PendingNote} from './pending.js';
import {requestDiskSnapshot} from './request-disk-snapshot.js';
import {resumePending} from './resume-pending.js';
import {takeProblem, timedOut} from './take-problem.js';

/** How often (ms) to check whether another process has ended. */
const POLL = 1_000;

/**
 * Take a disk snapshot of a machine, wait until it is complete, and write its log.
 *
 * What is requested is on disk before it is requested. So whatever ends this, even a power failure, the next call for the
 * same machine resumes that disk snapshot instead of paying for a second one; unless it comes so late that somebody may
 * have worked on the machine (see `isFresh`).
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
      return theirs ?? (await takeAlone(job));
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

async function takeAlone(job: SnapshotJob): Promise<LoggedDiskSnapshot> {
  job.note.removeLeftovers();
  job.note.read();
  try {
    await job.findMachine();
    return await takeOrResume(job, job.snapshotName());
  } catch (error) {
    throw await takeProblem(error, job);
  }
}

async function takeOrResume(job: SnapshotJob, name: string): Promise<LoggedDiskSnapshot> {
  const {note, say} = job;
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
