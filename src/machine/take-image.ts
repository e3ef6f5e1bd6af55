import {basename} from 'node:path';
import {codeOf, UserError} from '../errors.js';
import {HoldError, whileHolding, type Holder} from '../store/held-file.js';
import type {Facts} from '../store/version.js';
import {askForImage} from './ask-for-image.js';
import {awaitAction, findImage} from './await-image.js';
import {logTime, readImageLogs} from './image-log.js';
import {imageNameFor} from './image-name.js';
import {writeImageLog} from './log-files.js';
import {costOf} from './monthly-cost.js';
import {OutOfTime, patiently, type Patience} from './patience.js';
import {forgetPending, holdFile, prepareFolder, readPending, writePending, type Pending} from './pending.js';
import {problemOf} from './problem-of.js';
import {
  ProviderFailure,
  type Action,
  type Image,
  type ImageProvider,
  type Machine,
  type System,
} from './provider.js';
import {isFresh, resumePending} from './resume-pending.js';
import type {Taken, Work} from './work.js';

/** What is to be taken. */
export interface Order {
  readonly machineId: string;
  /** What the user calls the machine; empty: as the provider does. */
  readonly machineName: string;
  /** Empty for a name made of the machine's and the time. */
  readonly imageName: string;
  /** Where logs lie; absolute. */
  readonly folder: string;
  /** How long it may take, in minutes. */
  readonly minutes: number;
  readonly reboot: boolean;
  /** Whether terraform is about to destroy the machine. */
  readonly before: boolean;
}

/** Who takes it, and what is noted of that. */
export interface Taker extends Pick<Patience, 'pause' | 'say'> {
  readonly provider: ImageProvider;
  readonly system: System;
  readonly holder: Holder;
  /** In US dollars a GB and month; undefined where none is known. */
  readonly rate: number | undefined;
  readonly workspace: string;
  readonly cloudtmVersion: string;
  readonly git: () => Promise<Facts['git']>;
}

/** How often (ms) it is looked whether another process has ended. */
const LOOK = 1_000;

/**
 * Take an image of a machine's disk, wait until it is there, and write its log.
 *
 * What is asked for is on disk before it is asked for. So whatever ends this, also a power failure, the next call for the
 * same machine goes on with that image instead of paying for a second one.
 *
 * @throws UserError for all that can go wrong; the machine must then not be destroyed.
 */
export async function takeImage(order: Order, taker: Taker): Promise<Taken> {
  const {provider, holder, say, pause} = taker;
  const end = holder.now().getTime() + order.minutes * 60_000;
  const patience: Patience = {left: () => end - holder.now().getTime(), pause, say};
  say({type: 'image-begun', noun: provider.noun, machine: order.machineId, before: order.before});
  prepareFolder(order.folder);
  const path = holdFile(order.folder, provider.name, order.machineId);
  const known = new Set(logsOf(order, provider).map((log) => log.path));
  for (let waits = 0; ; waits += 1) {
    const body = () => {
      const logs = waits === 0 ? [] : logsOf(order, provider);
      // Not every new log is of a new image: the other process may have logged one of days ago.
      const theirs = logs.find(
        (log) => !known.has(log.path) && isFresh(Date.parse(log.completed), holder.now()),
      );
      return theirs === undefined ? takeAlone(order, taker, patience) : Promise.resolve(theirs);
    };
    const held = await whileHolding(path, holder, body).catch((error: unknown) => {
      if (!(error instanceof HoldError)) throw error;
      throw new UserError(
        {about: 'machine', kind: 'images-unwritable', path, code: error.code},
        {cause: error},
      );
    });
    if (held.kind === 'done') return told(held.value, say);
    if (waits === 0) say({type: 'other-process'});
    if (patience.left() <= 0) {
      const pending = readPending(order.folder, provider.name, order.machineId);
      throw timedOut(order, taker, pending, 'another process is waiting for it');
    }
    await pause(LOOK);
  }
}

function told(taken: Taken, say: Patience['say']): Taken {
  const {id, name, sizeGb} = taken.image;
  say({type: 'image-details', name, id, sizeGb});
  say({type: 'image-logged', file: basename(taken.path)});
  return taken;
}

/** What was logged of this machine. */
function logsOf({folder, machineId}: Order, {name}: ImageProvider): readonly Taken[] {
  return readImageLogs(folder).logs.filter(
    ({provider, machine}) => provider === name && machine.id === machineId,
  );
}

async function takeAlone(order: Order, taker: Taker, patience: Patience): Promise<Taken> {
  const {provider, holder} = taker;
  const {folder} = order;
  let pending: Pending | undefined;
  try {
    const machine = await patiently(patience, () => provider.machine(order.machineId));
    const name = imageNameFor(order.imageName, order.machineName || machine.name, holder.now(), provider);
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
        forgetPending(folder, provider.name, machine.id);
        pending = undefined;
      },
      log: (image, action) => log(order, taker, machine, image, action),
    });
  } catch (error) {
    if (error instanceof OutOfTime) throw timedOut(order, taker, pending, error.words);
    if (error instanceof ProviderFailure) throw problemOf(error, provider, order.machineId, taker.system);
    if (error instanceof UserError && error.problem.kind === 'image-interrupted')
      throw new UserError({
        ...error.problem,
        name: pending?.imageName ?? '',
        action: pending?.action?.id ?? '',
      });
    throw error;
  }
}

async function make(imageName: string, reboot: boolean, work: Work): Promise<Taken> {
  const {say} = work.patience;
  const asked = (await resumePending(work)) ?? (await askForImage(work, imageName, reboot));
  say({type: 'image-waiting'});
  const action = await awaitAction(asked, work);
  const image = await findImage(asked, action, work);
  say({type: 'image-done', name: image.name});
  const taken = await work.log(image, action);
  work.forget();
  return taken;
}

async function log(
  order: Order,
  taker: Taker,
  machine: Machine,
  image: Image,
  action: Action,
): Promise<Taken> {
  const {provider, holder, workspace, cloudtmVersion, rate} = taker;
  const {id, sizeGb} = image;
  const name = image.name || id;
  const entry = {
    provider: provider.name,
    machine: {...machine, name: order.machineName || machine.name},
    image: {id, name, sizeGb: sizeGb ?? null, monthlyCost: costOf(sizeGb, rate)},
    action: action.id,
    started: logTime(action.startedAt),
    completed: logTime(action.completedAt === '' ? holder.now() : action.completedAt),
    workspace,
    cloudtmVersion,
    git: await taker.git(),
  };
  try {
    return {...entry, path: writeImageLog(order.folder, entry)};
  } catch (error) {
    const code = codeOf(error);
    throw new UserError(
      {about: 'machine', kind: 'image-unlogged', path: order.folder, code, name, id},
      {cause: error},
    );
  }
}

function timedOut(
  {minutes, machineId}: Order,
  {provider}: Taker,
  pending: Pending | undefined,
  words: string,
): UserError {
  const {action} = pending ?? {};
  return new UserError({
    about: 'machine',
    kind: 'image-timed-out',
    seconds: Math.round(minutes * 60),
    noun: provider.noun,
    machine: machineId,
    action: action?.id ?? '',
    words,
    look:
      action === undefined
        ? []
        : provider.look({...action, status: 'in-progress', completedAt: ''}, machineId),
  });
}
