import type {StateBytes} from '../terraform/state-file.js';
import {isSameState} from '../terraform/state-file.js';
import type {Comparison} from '../state/compare.js';
import {compareStates} from '../state/compare.js';
import {EMPTY_STATE, parseIfState, parseState, type State} from '../state/state.js';

/** What a command did to the state. */
export type Verdict =
  | {readonly kind: 'unchanged'}
  /** Everything that was managed is gone: no version, the status becomes inactive. */
  | {readonly kind: 'destroyed'; readonly comparison: Comparison; readonly after: State}
  | {readonly kind: 'changed'; readonly comparison: Comparison; readonly after: State}
  /** There are bytes, but they are no state: kept as they are. */
  | {readonly kind: 'damaged'; readonly reason: string}
  /** A state was there before and none is now. */
  | {readonly kind: 'gone'}
  | {readonly kind: 'unreadable'; readonly reason: string; readonly details?: string};

/** What destroys, or sees that something was destroyed. */
const DESTROYING = new Set(['apply', 'destroy', 'refresh']);

/** The states a verdict is made from. */
export interface Readings {
  /** What terraform started from, to count against. */
  readonly before: StateBytes;
  /** The place terraform writes to, before and after; not the same place as `before` under `-state-out`. */
  readonly written: StateBytes;
  readonly after: StateBytes;
}

/**
 * Decide from the state before and after what happened. Pure: terraform's words and exit status are not asked.
 *
 * @param operation The verb: `state rm` of the last resource leaves it standing, so that nothing was destroyed.
 */
export function decide({before, written, after}: Readings, operation: string): Verdict {
  if (after.kind === 'unreadable') return after;
  if (isSameState(written, after)) return {kind: 'unchanged'};
  if (after.kind === 'none') return {kind: 'gone'};
  let parsed: State;
  try {
    parsed = parseState(after.bytes);
  } catch (error) {
    return {kind: 'damaged', reason: error instanceof Error ? error.message : String(error)};
  }
  const earlier = parsedOrEmpty(before);
  const comparison = compareStates(earlier, parsed);
  const emptied = earlier.instances.size > 0 && DESTROYING.has(operation);
  if (parsed.instances.size === 0 && (emptied || operation === 'destroy'))
    return {kind: 'destroyed', comparison, after: parsed};
  return {kind: 'changed', comparison, after: parsed};
}

/** The state in these bytes; an empty one where there is none or it is damaged. */
export function parsedOrEmpty(bytes: StateBytes): State {
  return parsedOrUndefined(bytes) ?? EMPTY_STATE;
}

/** The state in these bytes; undefined where there is none or it is damaged. */
export function parsedOrUndefined(bytes: StateBytes): State | undefined {
  return bytes.kind === 'some' ? parseIfState(bytes.bytes) : undefined;
}
