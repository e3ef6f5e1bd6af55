import {existsSync} from 'node:fs';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import type {Place} from '../project/place.js';
import {createStore} from '../store/create.js';
import {settle} from '../store/keep.js';
import {versionNumbers} from '../store/read.js';
import {
  claimLeftovers,
  closeStaging,
  hasLeftovers,
  stagingId,
  type Intent,
  type Staging,
} from '../store/staging.js';
import {stateFile, stateSource} from '../terraform/state-source.js';
import {lockNotice} from './progress.js';

/** How long (s) a backend may take; a command of the user waits for it. */
const PATIENCE = 10;

/**
 * Finish or clear what killed commands left: a version that had been renamed is pointed at, a change of the state that
 * was not kept becomes a version (`recovered`) with the configuration staged when that command started.
 *
 * Costs one look into a folder when there is nothing to do.
 *
 * @returns Whether everything is done that can be; not where a state cannot be read now.
 */
export async function recover(context: Context, place: Place, report: Report): Promise<boolean> {
  const {layout} = place;
  if (!hasLeftovers(layout)) return true;
  const leftovers = claimLeftovers(layout, stagingId(context.now(), context.pid), context);
  if (leftovers.length === 0) return true;
  createStore(layout);
  await settle(layout, lockNotice(report));
  let isReadable = true;
  for (const {staging, intent} of leftovers) {
    // A backend that does not answer is asked once.
    if (!isReadable && intent?.statePath === '') continue;
    // Without an intent terraform was never started; without a version the rename had happened.
    const isWorthless = intent === undefined || !existsSync(staging.version);
    if (isWorthless || (await finish(context, place, intent, staging, report))) closeStaging(staging);
    else isReadable = false;
  }
  return isReadable;
}

/** Returns whether everything is done that can be, so that what was left may go. */
async function finish(
  context: Context,
  place: Place,
  intent: Intent,
  staging: Staging,
  report: Report,
): Promise<boolean> {
  const source =
    intent.statePath === ''
      ? stateSource(context, place, {seconds: PATIENCE, mayBeMissing: true})
      : stateFile(place.root, intent.statePath);
  // Loaded only where it is needed.
  const {finishLeftover} = await import('./leftover.js');
  const newestBefore = versionNumbers(place.layout)[0] ?? 0;
  return finishLeftover({context, place, source, intent, newestBefore}, staging, report);
}
