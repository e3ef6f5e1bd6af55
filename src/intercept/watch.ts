import {writeFile} from 'node:fs/promises';
import {askGit} from '../capture/git.js';
import {stageConfiguration, type Progress} from '../capture/stage.js';
import type {Context} from '../context.js';
import type {Report} from '../report/events.js';
import {createStore} from '../store/create.js';
import {FILE_MODE} from '../store/disk.js';
import {flush} from '../store/keep.js';
import {closeStaging, openStaging, stagingId, touch, type Staging} from '../store/staging.js';
import type {Outcome} from '../store/version.js';
import type {StateBytes} from '../terraform/state-file.js';
import type {Begun} from './begin.js';
import {keep, type Prepared} from './keep.js';

/** What goes on beside terraform while it runs. */
export interface Watch {
  /** Keep what changed, once terraform has ended, and clear away what was prepared for it. */
  finish(after: StateBytes, outcome: Outcome, report: Report): Promise<void>;
  /** Clear away what was prepared: there is nothing to keep. */
  drop(): Promise<void>;
}

/** How often (ms) a running command shows that it lives. */
const HEARTBEAT = 60_000;
/** Progress is shown when keeping takes longer than this (ms), and this often. */
const PATIENCE = 1_000;
const REFRESH = 100;

/** Start staging the configuration, asking git and writing down the state before, all while terraform works. */
export function watch(context: Context, begun: Begun): Watch {
  const {place} = begun;
  const progress: Progress = {done: 0, total: 0};
  let cancelled = false;
  let opened = begun.staging;

  const prepare = async (staging: Staging): Promise<Omit<Prepared, 'git'>> => {
    const around = {
      dataDir: place.dataDir,
      store: place.layout.store,
      stateFiles: [begun.statePath, begun.stateOutPath],
    };
    const copied = await stageConfiguration({
      root: place.root,
      around,
      layout: place.layout,
      staging,
      planFile: begun.planFile,
      progress,
      cancelled: () => cancelled,
    });
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
    finish: async (after, outcome, report) => {
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
        await keep(context, begun, after, outcome, ready, say);
      } finally {
        shown.stop();
        await drop();
      }
    },
  };
}

async function saveBefore(staging: Staging, {before}: Begun): Promise<void> {
  if (before.kind === 'some') await writeFile(staging.before, before.bytes, {mode: FILE_MODE});
}

/** Without a sign of life a command on another host may take this one for dead, nothing worse. */
function showLife(staging: Staging, now: Date): void {
  try {
    touch(staging, now);
  } catch {
    // The store is full or gone.
  }
}

function showProgress(progress: Progress, report: Report): {hide: () => void; stop: () => void} {
  const started = Date.now();
  let shown = false;
  const timer = setInterval(() => {
    if (Date.now() - started < PATIENCE) return;
    shown = true;
    report({type: 'progress', ...progress});
  }, REFRESH);
  const hide = () => {
    if (shown) report({type: 'progress-done'});
    shown = false;
  };
  return {
    hide,
    stop: () => {
      clearInterval(timer);
      hide();
    },
  };
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
