import {stripVTControlCharacters} from 'node:util';
import {conclude} from '../capture/conclude.js';
import {keepBaseline} from '../capture/keep-state.js';
import {openVersion, type Making} from '../capture/making.js';
import {observe, type Ended} from '../capture/observe.js';
import {startStaging, withProgress} from '../capture/stage.js';
import {reportSuspicion} from '../capture/suspect.js';
import {startHeartbeat} from '../store/lease.js';
import {log} from '../store/log.js';
import {closeStaging, stageBefore, type Staging} from '../store/staging.js';
import type {Begun} from './begin.js';

/** What goes on beside terraform while it runs. */
export interface Watch {
  /** Keep what changed, once terraform has ended, and clear away what was prepared for it. */
  finish(ended: Ended, report: Making['report']): Promise<void>;
  /** Clear away what was prepared: there is nothing to keep. */
  drop(): Promise<void>;
}

/** Start staging the configuration, asking git and writing down the state before, all while terraform works. */
export function watch(begun: Begun): Watch {
  const progress = {done: 0, total: 0};
  let {staging} = begun;
  let preparation: ReturnType<typeof startStaging> | undefined;
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
    finish: (ended, report) =>
      withProgress(progress, report, (shown) =>
        keep(begun, {...begun, report: shown, staged}, ended),
      ).finally(drop),
  };
}

/** That there was no state is written down as well where only a pull could tell. */
async function saveBefore(staging: Staging, {before, source}: Begun): Promise<void> {
  const {bytes} = await before;
  if (bytes.kind === 'some') await stageBefore(staging, bytes.bytes);
  else if (bytes.kind === 'none' && source.isRemote) await stageBefore(staging, new Uint8Array());
}

/** Keep what a command did to the state, if it did something, and report it. */
async function keep(begun: Begun, making: Making, ended: Ended): Promise<void> {
  const {place, source, newestBefore, report} = making;
  const [before, written] = await Promise.all([begun.before, begun.written]);
  const seen = await observe(making, before, written, ended);
  const {verdict} = seen;
  if (source.isRemote) reportSuspicion(report, place.layout, source, before.bytes);
  const isSuccess = ended.outcome === 'succeeded';
  // A command that was refused endangers nothing; terraform's own words are all that is to be said then.
  if (newestBefore === 0 && (verdict.kind !== 'unchanged' || isSuccess))
    await keepBaseline(making, before.bytes);
  if (verdict.kind === 'unreadable') {
    const {reason, details} = verdict;
    if (source.isRemote)
      await log(place.layout, 'error', 'state not pulled', {reason, details: withoutNames(details)});
    else report({type: 'state-unreadable', path: source.name, reason});
  }
  const isReachable = source.isRemote && (isSuccess || before.bytes.kind !== 'unreadable');
  await conclude(making, seen, {isReachable});
}

/** What terraform said, without the colours, and without what may be a credential in an address. */
function withoutNames(details = ''): string {
  return stripVTControlCharacters(details).replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s"']*/gi, '$1(redacted)');
}
