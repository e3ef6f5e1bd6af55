import {basename} from 'node:path';
import {MachineError} from '../problems.js';
import {withPidLock} from '../../store/pid-lock.js';
import {requestDiskSnapshot} from './request-disk-snapshot.js';
import {awaitAction, errored, findDiskSnapshot} from './await-disk-snapshot.js';
import {readDiskSnapshotLogs, type LoggedDiskSnapshot} from '../disk-snapshot-log.js';
import {snapshotNameFor} from './image-name.js';
import {logDiskSnapshot} from './log-image.js';
import {nameOf, type SnapshotRequest, type Taker} from './request.js';
import {patiently, type Patience} from './deadline.js';
import {forgetPending, holdFile, prepareFolder, readPending, tidy, writePending} from './pending.js';
import {ProviderFailure, type MachineProvider} from '../provider.js';
import {resumePending} from './resume-pending.js';
import {takeProblem, timedOut} from './take-problem.js';
import type {SnapshotJob} from './job.js';

/** How often (ms) it is looked whether another process has ended. */
const LOOK = 1_000;

/**
 * Take an image of a machine's disk, wait until it is there, and write its log.
 *
 * What is asked for is on disk before it is asked for. So whatever ends this, also a power failure, the next call for the
 * same machine goes on with that image instead of paying for a second one; unless it comes so late that somebody may have
 * worked on the machine (fresh.ts).
 *
 * @throws MachineError for all that can go wrong; the machine must then not be destroyed.
 */
export async function takeDiskSnapshot(order: SnapshotRequest, taker: Taker): Promise<LoggedDiskSnapshot> {
  const {provider, holder, say, pause} = taker;
  const end = holder.now().getTime() + order.minutes * 60_000;
  const patience: Patience = {left: () => end - holder.now().getTime(), pause, say};
  say({type: 'started', noun: provider.noun, machine: order.machineId, before: order.before});
  prepareFolder(order.folder);
  const path = holdFile(order.folder, provider.name, order.machineId);
  const known = new Set(logsOf(order, provider).map((log) => log.path));
  for (let waits = 0; ; waits += 1) {
    const body = () => {
      const logs = waits === 0 ? [] : logsOf(order, provider);
      const theirs = logs.find((log) => !known.has(log.path) && log.late !== true);
      return theirs === undefined ? takeAlone(order, taker, patience) : Promise.resolve(theirs);
    };
    const locked = await withPidLock(path, holder, body);
    if (locked.kind === 'done') return told(locked.value, say);
    if (locked.kind === 'unwritable')
      throw new MachineError({kind: 'logs-unwritable', path, code: locked.code}, {cause: locked.cause});
    if (waits === 0) say({type: 'other-process', path});
    if (patience.left() <= 0) {
      const pending = readPending(order.folder, provider.name, order.machineId);
      throw timedOut(order, taker, pending, 'another process is waiting for it');
    }
    await pause(LOOK);
  }
}

function told(taken: LoggedDiskSnapshot, say: Patience['say']): LoggedDiskSnapshot {
  const {id, name, sizeGb} = taken.image;
  say({type: 'details', name, id, sizeGb});
  say({type: 'logged', file: basename(taken.path)});
  return taken;
}

/** What was logged of this machine. */
function logsOf(
  {folder, machineId}: SnapshotRequest,
  {name}: MachineProvider,
): readonly LoggedDiskSnapshot[] {
  return readDiskSnapshotLogs(folder).logs.filter(
    ({provider, machine}) => provider === name && machine.id === machineId,
  );
}

async function takeAlone(
  order: SnapshotRequest,
  taker: Taker,
  patience: Patience,
): Promise<LoggedDiskSnapshot> {
  const {provider, holder} = taker;
  const {folder, machineId} = order;
  tidy(folder, provider.name, machineId);
  let pending = readPending(folder, provider.name, machineId);
  try {
    const machine = await patiently(patience, () => provider.machine(machineId)).catch((error: unknown) => {
      if (!(error instanceof ProviderFailure) || error.reason !== 'not-found') throw error;
      const {noun} = provider;
      throw new MachineError(
        {kind: 'machine-not-found', noun, machine: machineId, words: error.words},
        {cause: error},
      );
    });
    const name = snapshotNameFor(order.snapshotName, nameOf(order, machine), holder.now(), provider);
    return await make(name, order.reboot, {
      provider,
      machine,
      folder,
      patience,
      now: holder.now,
      note: (noted) => {
        pending = noted;
        try {
          writePending(folder, noted);
        } catch (error) {
          // Once it is asked for, the note of that is on disk, and what it says is enough to go on.
          if (noted.action === undefined) throw error;
        }
      },
      forget: () => {
        forgetPending(folder, provider.name, machineId);
        pending = undefined;
      },
      log: (image, action, how) => logDiskSnapshot(order, taker, machine, image, {...action, ...how}),
    });
  } catch (error) {
    throw await takeProblem(error, order, taker, pending);
  }
}

async function make(imageName: string, reboot: boolean, work: SnapshotJob): Promise<LoggedDiskSnapshot> {
  const {say} = work.patience;
  const asked = (await resumePending(work)) ?? (await requestDiskSnapshot(work, imageName, reboot));
  say({type: 'waiting'});
  const action = await awaitAction(asked, work, () => {
    work.note({...asked, seen: work.now().toISOString()});
  });
  if (action.status === 'errored') {
    work.forget();
    throw errored(work, action.id, action.words ?? '');
  }
  const image = await findDiskSnapshot(asked, action, work);
  say({type: 'created', name: image.name});
  const taken = await work.log(image, action);
  work.forget();
  return taken;
}
