import {openVersion} from '../capture/making.js';
import type {Ended} from '../capture/observe.js';
import {startStaging, type Preparation} from '../capture/prepare.js';
import {showProgress} from '../capture/progress.js';
import type {Report} from '../events/run.js';
import {startHeartbeat} from '../store/lease.js';
import {closeStaging, stageBefore, type Staging} from '../store/staging.js';
import type {Begun} from './begin.js';
import {keep} from './keep.js';

/** What goes on beside terraform while it runs. */
export interface Watch {
  /** Keep what changed, once terraform has ended, and clear away what was prepared for it. */
  finish(ended: Ended | Promise<Ended>, report: Report): Promise<void>;
  /** Clear away what was prepared: there is nothing to keep. */
  drop(): Promise<void>;
}

/** Start staging the configuration, asking git and writing down the state before, all while terraform works. */
export function watch(begun: Begun): Watch {
  const progress = {done: 0, total: 0};
  let {staging} = begun;
  let preparation: Preparation | undefined;
  const prepare = (opened: Staging) => (preparation ??= startStaging(begun, opened, {...begun, progress}));
  if (staging !== undefined) prepare(staging);
  // Without the state before, a command that is killed is counted against the last version: nothing worse.
  const saved = staging && saveBefore(staging, begun).catch(() => undefined);
  const stopHeartbeat = startHeartbeat(() => staging?.intent, begun.context.now);

  const drop = async () => {
    stopHeartbeat();
    await Promise.all([preparation?.drop(), saved]);
    if (staging !== undefined) closeStaging(staging);
  };
  const staged = async () => {
    // A store that could not be made before terraform ran, or was not wanted yet, is made now or says why not.
    staging ??= openVersion(begun);
    return prepare(staging).staged();
  };
  return {
    drop,
    finish: async (ended, report) => {
      const shown = showProgress(progress, report);
      try {
        await keep(begun, {...begun, report: shown.report, staged}, await ended);
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
