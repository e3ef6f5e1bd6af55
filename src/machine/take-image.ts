import {basename} from 'node:path';
import {codeOf, UserError} from '../errors.js';
import {HoldError, whileHolding, type Holder} from '../store/held-file.js';
import type {Facts} from '../store/version.js';
import {askForImage} from './ask-for-image.js';
import {awaitAction, errored, findImage} from './await-image.js';
import {logTime, readImageLogs, type LoggedImage} from './image-log.js';
import {imageNameFor} from './image-name.js';
import {writeImageLog} from './log-files.js';
import {costOf} from './monthly-cost.js';
import {OutOfTime, patiently, type Patience} from './patience.js';
import {
  forgetPending,
  holdFile,
  prepareFolder,
  readPending,
  tidy,
  writePending,
  type Pending,
} from './pending.js';
import {problemOf} from './problem-of.js';
import {
  ProviderFailure,
  type Action,
  type Image,
  type ImageProvider,
  type Machine,
  type System,
} from './provider.js';
import {resumePending} from './resume-pending.js';
import type {Work} from './work.js';

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
 * same machine goes on with that image instead of paying for a second one; unless it comes so late that somebody may have
 * worked on the machine (fresh.ts).
 *
 * @throws UserError for all that can go wrong; the machine must then not be destroyed.
 */
export async function takeImage(order: Order, taker: Taker): Promise<LoggedImage> {
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
      const theirs = logs.find((log) => !known.has(log.path) && log.late !== true);
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

function told(taken: LoggedImage, say: Patience['say']): LoggedImage {
  const {id, name, sizeGb} = taken.image;
  say({type: 'image-details', name, id, sizeGb});
  say({type: 'image-logged', file: basename(taken.path)});
  return taken;
}

/** What was logged of this machine. */
function logsOf({folder, machineId}: Order, {name}: ImageProvider): readonly LoggedImage[] {
  return readImageLogs(folder).logs.filter(
    ({provider, machine}) => provider === name && machine.id === machineId,
  );
}

async function takeAlone(order: Order, taker: Taker, patience: Patience): Promise<LoggedImage> {
  const {provider, holder} = taker;
  const {folder, machineId} = order;
  tidy(folder, provider.name, machineId);
  let pending = readPending(folder, provider.name, machineId);
  try {
    const machine = await patiently(patience, () => provider.machine(machineId)).catch((error: unknown) => {
      if (!(error instanceof ProviderFailure) || error.reason !== 'not-found') throw error;
      const {noun} = provider;
      throw new UserError(
        {about: 'machine', kind: 'machine-not-found', noun, machine: machineId, words: error.words},
        {cause: error},
      );
    });
    const name = imageNameFor(order.imageName, nameOf(order, machine), holder.now(), provider);
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
      log: (image, action, how) => log(order, taker, machine, image, {...action, ...how}),
    });
  } catch (error) {
    throw await problem(error, order, taker, pending);
  }
}

/** What is told of what ended the work. */
async function problem(
  error: unknown,
  order: Order,
  taker: Taker,
  pending: Pending | undefined,
): Promise<unknown> {
  if (error instanceof OutOfTime) return timedOut(order, taker, pending, error.words);
  if (error instanceof ProviderFailure) {
    // Ctrl-C reaches the provider's program too: then its failure is the user's will.
    const will = await taker.pause(0).catch((interrupted: unknown) => interrupted);
    return will === undefined
      ? problemOf(error, taker.provider, taker.system)
      : problem(will, order, taker, pending);
  }
  if (error instanceof UserError && error.problem.kind === 'image-interrupted')
    return new UserError({
      ...error.problem,
      name: pending?.imageName ?? '',
      action: pending?.action?.id ?? '',
    });
  return error;
}

async function make(imageName: string, reboot: boolean, work: Work): Promise<LoggedImage> {
  const {say} = work.patience;
  const asked = (await resumePending(work)) ?? (await askForImage(work, imageName, reboot));
  say({type: 'image-waiting'});
  const action = await awaitAction(asked, work, () => {
    work.note({...asked, seen: work.now().toISOString()});
  });
  if (action.status === 'errored') {
    work.forget();
    throw errored(work, action.id, action.words ?? '');
  }
  const image = await findImage(asked, action, work);
  say({type: 'image-done', name: image.name});
  const taken = await work.log(image, action);
  work.forget();
  return taken;
}

/** What the machine is called in names and logs. */
function nameOf({machineName}: Order, {name, id}: Machine): string {
  return machineName || name || id;
}

async function log(
  order: Order,
  taker: Taker,
  machine: Machine,
  image: Image,
  action: Action & {readonly late?: true},
): Promise<LoggedImage> {
  const {provider, holder, workspace, cloudtmVersion, rate} = taker;
  const {id, sizeGb} = image;
  const name = image.name || id;
  const entry = {
    provider: provider.name,
    machine: {...machine, name: nameOf(order, machine)},
    image: {id, name, sizeGb: sizeGb ?? null, monthlyCost: costOf(sizeGb, rate)},
    action: action.id,
    started: logTime(action.startedAt),
    completed: logTime(action.completedAt === '' ? holder.now() : action.completedAt),
    ...(action.late === true ? {late: true as const} : {}),
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
    isAsked: pending !== undefined,
    action: action?.id ?? '',
    words,
    look:
      action === undefined
        ? []
        : provider.look({...action, status: 'in-progress', completedAt: ''}, machineId),
  });
}
