import type {RunEvent} from '../events/run.js';
import {NOTHING} from '../state/compare.js';
import {parsedOrEmpty} from '../state/state.js';
import {createStore} from '../store/create.js';
import {markInactive} from '../store/keep.js';
import {currentState, type CurrentState} from '../store/read.js';
import {erroredPath} from '../terraform/state-file.js';
import {consequenceOf, type Circumstances} from './decide.js';
import {keepState, type KeptVersion} from './keep-state.js';
import {lockNotice, NOTES, type Making} from './making.js';
import type {Observed} from './observe.js';
import {isContinuedBy} from './suspect.js';

/** Decide what follows from what a command did to the state, do it, and report it. */
export async function conclude(
  making: Making,
  seen: Observed,
  circumstances: Omit<Circumstances, 'isErrored'>,
): Promise<void> {
  const {place, source, report} = making;
  const {layout, root} = place;
  const {verdict, before, after, isErrored, outcome, endedAt} = seen;
  const consequence = consequenceOf(verdict, {isErrored, ...circumstances});
  const isRecovery = circumstances.leftover !== undefined;
  const good = currentState(layout);
  if (verdict.kind === 'gone') report({type: 'state-gone', path: source.name, good});
  if (verdict.kind === 'destroyed' && consequence === 'inactive') {
    createStore(layout);
    // The version that holds what was destroyed stays the newest.
    const destroyed = {source: source.id, lineage: verdict.after.lineage};
    const version = await markInactive(layout, destroyed, lockNotice(report));
    report({type: 'all-destroyed', version, counts: verdict.comparison.counts});
  }
  if (!consequence.startsWith('version')) return;
  const {copied, note} = await making.staged();
  const state = consequence === 'version-of-before' ? before : after;
  const found = {parsed: verdict.kind === 'gone' ? parsedOrEmpty(state) : undefined, comparison: NOTHING};
  const notes = [
    verdict.kind === 'damaged' && NOTES.damaged(verdict.reason),
    verdict.kind === 'unreadable' && NOTES.unavailable(verdict.reason),
    verdict.kind === 'gone' && NOTES.gone,
    isErrored && NOTES.errored,
    copied.differs && NOTES.planned,
    note,
  ];
  const kept = await keepState(making, {
    ...('comparison' in verdict ? {parsed: verdict.after, comparison: verdict.comparison} : found),
    after: state.kind === 'some' ? state : undefined,
    outcome,
    note: notes.filter(Boolean).join('; '),
    endedAt,
    operation: isRecovery ? 'recovered' : undefined,
  });
  report(eventOf(making, seen, kept, isRecovery, good));
  if (isErrored && verdict.kind !== 'damaged')
    report({type: 'state-errored', version: kept.name, path: erroredPath(root)});
}

/** What is reported of the version; `good` is the one before it. */
function eventOf(
  {place: {layout}, source, intent: {operation}}: Making,
  {verdict, outcome}: Observed,
  {name: version, counts}: KeptVersion,
  isRecovery: boolean,
  good: CurrentState | undefined,
): RunEvent {
  const {name} = source;
  if (verdict.kind === 'damaged')
    return {type: 'state-damaged', path: name, reason: verdict.reason, kept: version, good};
  if (verdict.kind === 'unreadable')
    return {type: 'kept-without-state', version, operation, name, reason: verdict.reason, log: layout.log};
  if (isRecovery) return {type: 'recovered', version, counts, operation};
  const isAnother =
    'after' in verdict && good?.lineage !== undefined && good.lineage !== verdict.after.lineage;
  const unlike = isAnother && isContinuedBy(source, layout, good.number) ? good.version : undefined;
  return {type: 'kept', version, counts, outcome, unlike};
}
