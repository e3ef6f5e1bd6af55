import type {Report} from '../events/run.js';
import {stateOf} from '../history/version-state.js';
import {versionNumbers} from '../store/read.js';
import type {Staging} from '../store/staging.js';
import {isSameState} from '../terraform/state-file.js';
import {keepBaseline} from './baseline.js';
import {conclude} from './conclude.js';
import {consequenceOf} from './decide.js';
import type {Purpose, Staged} from './making.js';
import {observeLeftover} from './observe.js';
import {stagedOrFound} from './stage.js';

/**
 * Keep what a killed command changed, and report it.
 *
 * @returns Whether everything is done that can be, so that what it left may go.
 */
export async function finishLeftover(purpose: Purpose, staging: Staging, report: Report): Promise<boolean> {
  const {place, source, newestBefore} = purpose;
  const seen = await observeLeftover(purpose, staging);
  const {verdict, before, after, hasBefore} = seen;
  if (verdict.kind === 'unreadable') {
    report({type: 'state-unreadable', path: source.name, reason: verdict.reason});
    return false;
  }
  let staged: Promise<Staged> | undefined;
  const making = {...purpose, report, staged: () => (staged ??= stagedOrFound(place, staging))};
  if (hasBefore && newestBefore === 0) await keepBaseline(making, before);
  const [newest] = versionNumbers(place.layout);
  const isKept =
    newest !== undefined &&
    isSameState(stateOf(place.layout, newest), verdict.kind === 'gone' ? before : after);
  const consequence = consequenceOf(verdict, {...seen, isReachable: true, leftover: {hasBefore, isKept}});
  await conclude(making, seen, consequence, true);
  return true;
}
