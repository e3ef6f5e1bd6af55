import type {RunEvent} from '../events/run.js';
import {NOTHING} from '../state/compare.js';
import {parsedOrEmpty} from '../state/state.js';
import {currentState, type CurrentState} from '../store/read.js';
import {erroredPath} from '../terraform/errored.js';
import type {Consequence} from './decide.js';
import {keepState, markDestroyed, type KeptVersion} from './keep-state.js';
import type {Making} from './making.js';
import {joinNotes, NOTES} from './notes.js';
import type {Observed} from './observe.js';
import {isContinuedBy} from './suspect.js';

/** Do what follows from what a command did to the state, and report it. */
export async function conclude(
  making: Making,
  seen: Observed,
  consequence: Consequence,
  isRecovery = false,
): Promise<void> {
  const {place, source, report} = making;
  const {layout, root} = place;
  const {verdict, before, after, isErrored, outcome, endedAt} = seen;
  const good = currentState(layout);
  if (verdict.kind === 'gone') report({type: 'state-gone', path: source.name, good});
  if (verdict.kind === 'destroyed' && consequence === 'inactive') {
    const version = await markDestroyed(making, verdict.after.lineage);
    report({type: 'all-destroyed', version, counts: verdict.comparison.counts});
  }
  if (!consequence.startsWith('version')) return;
  const staged = await making.staged();
  const state = consequence === 'version-of-before' ? before : after;
  const {parsed, comparison} =
    'comparison' in verdict
      ? {parsed: verdict.after, comparison: verdict.comparison}
      : {parsed: verdict.kind === 'gone' ? parsedOrEmpty(state) : undefined, comparison: NOTHING};
  const note = joinNotes(
    verdict.kind === 'damaged' && NOTES.damaged(verdict.reason),
    verdict.kind === 'unreadable' && NOTES.unavailable(verdict.reason),
    verdict.kind === 'gone' && NOTES.gone,
    isErrored && NOTES.errored,
    staged.copied.differs && NOTES.planned,
    staged.note,
  );
  const kept = await keepState(making, {
    after: state.kind === 'some' ? state : undefined,
    parsed,
    comparison,
    outcome,
    note,
    endedAt,
    operation: isRecovery ? 'recovered' : undefined,
  });
  report(eventOf(making, seen, kept, isRecovery, good));
  if (isErrored && verdict.kind !== 'damaged')
    report({type: 'state-errored', version: kept.name, path: erroredPath(root)});
}

/** What is reported of the version; `good` is the one before it. */
function eventOf(
  {place, source, intent}: Making,
  {verdict, outcome}: Observed,
  {name: version, counts}: KeptVersion,
  isRecovery: boolean,
  good: CurrentState | undefined,
): RunEvent {
  const {operation} = intent;
  if (verdict.kind === 'damaged')
    return {type: 'state-damaged', path: source.name, reason: verdict.reason, kept: version, good};
  if (verdict.kind === 'unreadable') {
    const {reason} = verdict;
    return {type: 'kept-without-state', version, operation, name: source.name, reason, log: place.layout.log};
  }
  if (isRecovery) return {type: 'recovered', version, counts, operation};
  const isAnother =
    'after' in verdict && good?.lineage !== undefined && good.lineage !== verdict.after.lineage;
  const unlike = isAnother && isContinuedBy(source, place.layout, good.number) ? good.version : undefined;
  return {type: 'kept', version, counts, outcome, unlike};
}
