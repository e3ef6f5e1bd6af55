import {askGit} from '../project/git.js';
import type {Prepared} from '../capture/making.js';
import {surroundings} from '../project/place.js';
import {showProgress} from '../capture/progress.js';
import {stageConfiguration, type Progress} from '../capture/stage.js';
import {askPlannedValues, stageInputs} from '../inputs/stage.js';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import {createStore} from '../store/create.js';
import {flush} from '../store/keep.js';
import {closeStaging, openStaging, stageBefore, stagingId, touch, type Staging} from '../store/staging.js';
import type {Begun} from './begin.js';
import {keep, type Ended} from './keep.js';

/** What goes on beside terraform while it runs. */
export interface Watch {
  /** Keep what changed, once terraform has ended, and clear away what was prepared for it. */
  finish(ended: Ended | Promise<Ended>, report: Report): Promise<void>;
  /** Clear away what was prepared: there is nothing to keep. */
  drop(): Promise<void>;
}

/** How often (ms) a running command shows that it lives. */
const HEARTBEAT = 60_000;

/** Start staging the configuration, asking git and writing down the state before, all while terraform works. */
export function watch(context: Context, begun: Begun): Watch {
  const {place} = begun;
  const progress: Progress = {done: 0, total: 0};
  let cancelled = false;
  let opened = begun.staging;

  const prepare = async (staging: Staging): Promise<Omit<Prepared, 'git'>> => {
    const planned = askPlannedValues(context, place, begun.planFile);
    const configuration = await stageConfiguration({
      root: place.root,
      around: surroundings(place),
      layout: place.layout,
      staging,
      planFile: begun.planFile,
      progress,
      cancelled: () => cancelled,
    });
    const given = {operation: begun.intent.operation, words: begun.words, cancelled: () => cancelled};
    const copied = await stageInputs(context, place, staging, configuration, given, planned);
    // Now and not at the end, so that a long apply hides it.
    await flush(copied.fresh, staging.version);
    return {staging, copied: {...copied, fresh: []}};
  };
  const git = askGit(place.root, context.env);
  const prepared = opened && settled(prepare(opened));
  const saved = opened && settled(saveBefore(opened, begun));
  const heartbeat = setInterval(() => {
    if (opened !== undefined) showLife(opened, context.now());
  }, HEARTBEAT);

  const drop = async () => {
    clearInterval(heartbeat);
    cancelled = true;
    git.drop();
    await Promise.all([prepared, saved]);
    if (opened !== undefined) closeStaging(opened);
  };

  return {
    drop,
    finish: async (ended, report) => {
      const shown = showProgress(progress, report);
      const say: Report = (event) => {
        shown.hide();
        report(event);
      };
      const ready = async (): Promise<Prepared> => {
        if (prepared !== undefined) return {...unwrap(await prepared), git: await git.answer()};
        // A store that could not be made before terraform ran, or was not wanted yet, is made now or says why not.
        createStore(place.layout);
        opened = openStaging(place.layout, stagingId(context.now(), context.pid), begun.intent);
        return {...(await prepare(opened)), git: await git.answer()};
      };
      try {
        await keep(context, begun, await ended, ready, say);
      } finally {
        shown.stop();
        await drop();
      }
    },
  };
}

/** That there was no state is written down as well where only a pull could tell. */
async function saveBefore(staging: Staging, {before, source}: Begun): Promise<void> {
  const {bytes} = await before;
  if (bytes.kind === 'some') await stageBefore(staging, bytes.bytes);
  else if (bytes.kind === 'none' && source.isRemote) await stageBefore(staging, new Uint8Array());
}

/** Without a sign of life a command on another host may take this one for dead, nothing worse. */
function showLife(staging: Staging, now: Date): void {
  try {
    touch(staging, now);
  } catch {
    // The store is full or gone.
  }
}

type Settled<T> = {value: T} | {error: unknown};

/** Let a promise run on beside others without its failure ending the process before somebody asks for it. */
async function settled<T>(promise: Promise<T>): Promise<Settled<T>> {
  try {
    return {value: await promise};
  } catch (error) {
    return {error};
  }
}

function unwrap<T>(result: Settled<T>): T {
  if ('error' in result) throw result.error;
  return result.value;
}
