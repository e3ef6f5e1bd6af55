import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {stateOf} from '../history/version-state.js';
import {createStore} from '../store/create.js';
import {settle} from '../store/keep.js';
import {versionNumbers} from '../store/read.js';
import {claimLeftovers, closeStaging, emptyStaging, readStaged, stagingId} from '../store/staging.js';
import type {Intent, Staging} from '../store/staging.js';
import {isSameState} from '../terraform/state-file.js';
import {stateFile, stateSource} from '../terraform/state-source.js';
import {conclude} from './conclude.js';
import {keepBaseline} from './keep-state.js';
import {lockNotice, NOTES, PATIENCE, type Making, type Purpose, type Staged} from './making.js';
import {observeLeftover} from './observe.js';
import {stageConfiguration} from './stage.js';

/** What a leftover is finished with. */
type Recovery = Pick<Making, 'context' | 'place' | 'report'>;

/**
 * Finish or clear what killed commands left: a version that had been renamed is pointed at, a change of the state that
 * was not kept becomes a version (`recovered`) with the configuration staged when that command started.
 *
 * @returns Whether everything is done that can be; not where a state cannot be read now.
 */
export async function recover(recovery: Recovery): Promise<boolean> {
  const {context, place, report} = recovery;
  const leftovers = claimLeftovers(place.layout, stagingId(context.now(), context.pid), context);
  if (leftovers.length === 0) return true;
  createStore(place.layout);
  await settle(place.layout, lockNotice(report));
  let isReadable = true;
  for (const {staging, intent} of leftovers) {
    // A backend that does not answer is asked once.
    if (!isReadable && intent?.statePath === '') continue;
    // Without an intent terraform was never started; without a version the rename had happened.
    const isWorthless = intent === undefined || !existsSync(staging.version);
    if (isWorthless || (await finish(recovery, intent, staging))) closeStaging(staging);
    else isReadable = false;
  }
  return isReadable;
}

/** Returns whether everything is done that can be, so that what was left may go. */
async function finish(
  {context, place, report}: Recovery,
  intent: Intent,
  staging: Staging,
): Promise<boolean> {
  const {layout, root} = place;
  const source =
    intent.statePath === ''
      ? stateSource(context, place, {seconds: PATIENCE, mayBeMissing: true})
      : stateFile(root, intent.statePath);
  const newestBefore = versionNumbers(layout)[0] ?? 0;
  const purpose: Purpose = {context, place, source, intent, newestBefore};
  const {hasBefore, ...seen} = await observeLeftover(purpose, staging);
  const {verdict, before, after} = seen;
  if (verdict.kind === 'unreadable') {
    report({type: 'state-unreadable', path: source.name, reason: verdict.reason});
    return false;
  }
  let staged: Promise<Staged> | undefined;
  const making = {...purpose, report, staged: () => (staged ??= stagedOrFound(purpose, staging))};
  if (hasBefore && newestBefore === 0) await keepBaseline(making, before);
  const [newest] = versionNumbers(layout);
  const expected = verdict.kind === 'gone' ? before : after;
  const isKept = newest !== undefined && isSameState(stateOf(layout, newest), expected);
  await conclude(making, seen, {isReachable: true, leftover: {hasBefore, isKept}});
  return true;
}

/** What a killed command had staged; where that is not complete, the configuration as it is found now, with a note. */
async function stagedOrFound({place}: Purpose, staging: Staging): Promise<Staged> {
  const staged = readStaged(staging);
  if (staged === undefined) {
    emptyStaging(staging);
    return {staging, copied: await stageConfiguration(place, staging), git: null, note: NOTES.found};
  }
  const fresh = staged.entries
    .filter((entry) => 'sha256' in entry)
    .map((entry) => join(staging.version, entry.stored ?? entry.path));
  return {staging, copied: {...staged, fresh}, git: null};
}
