import {compareStates, type Comparison} from '../state/compare.js';
import {parsedOrEmpty, parsedOrReason, type State} from '../state/state.js';
import type {Outcome} from '../store/version.js';
import type {Exit} from '../terraform/exit.js';
import {wasInterrupted} from '../terraform/signals.js';
import {isSameState, type StateBytes} from '../terraform/state-file.js';

/** What a command did to the state. */
export type Verdict =
  | {readonly kind: 'unchanged'}
  /** Everything that was managed is gone. */
  | {readonly kind: 'destroyed'; readonly comparison: Comparison; readonly after: State}
  | {readonly kind: 'changed'; readonly comparison: Comparison; readonly after: State}
  /** There are bytes, but they are no state. */
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
  const parsed = parsedOrReason(after.bytes);
  if ('reason' in parsed) return {kind: 'damaged', reason: parsed.reason};
  const earlier = parsedOrEmpty(before);
  const comparison = compareStates(earlier, parsed);
  const emptied = earlier.instances.size > 0 && DESTROYING.has(operation);
  if (parsed.instances.size === 0 && (emptied || operation === 'destroy'))
    return {kind: 'destroyed', comparison, after: parsed};
  return {kind: 'changed', comparison, after: parsed};
}

/** What is to be done about it. */
export type Consequence =
  | 'nothing'
  /** No version: the status becomes inactive. */
  | 'inactive'
  | 'version'
  /** A version of the configuration alone: the backend did not give the state. */
  | 'version-without-state'
  /** A version with the state from before, whose bytes may be the only ones left. */
  | 'version-of-before'
  /** The next command has to look again. */
  | 'later';

/** What decides that besides the verdict. */
export interface Circumstances {
  /** The state is one that terraform left in `errored.tfstate`: where it belongs, what was destroyed is still listed. */
  readonly isErrored: boolean;
  /** The state is in a backend, and terraform, or we before it, could reach that. */
  readonly isReachable: boolean;
  /** Only of a command that was killed. */
  readonly leftover?: {
    /** The state before was saved. */
    readonly hasBefore: boolean;
    /** The newest version holds what would be kept: another command saw the change. */
    readonly isKept: boolean;
  };
}

/** Decide what follows from what a command did. Pure. */
export function consequenceOf(
  {kind}: Verdict,
  {isErrored, isReachable, leftover}: Circumstances,
): Consequence {
  const version = leftover?.isKept === true ? 'nothing' : 'version';
  const consequences: Readonly<Record<Verdict['kind'], Consequence>> = {
    unchanged: 'nothing',
    // Where terraform could not reach its state either, it has said so, and changed nothing.
    unreadable: leftover ? 'later' : isReachable ? 'version-without-state' : 'nothing',
    gone: leftover?.hasBefore === true && !leftover.isKept ? 'version-of-before' : 'nothing',
    destroyed: isErrored ? version : 'inactive',
    changed: version,
    damaged: version,
  };
  return consequences[kind];
}

/**
 * How a command ended, as its version says it. Pure.
 *
 * @param received The signals that arrived while it ran: terraform ends with a status of its own after a Ctrl-C.
 */
export function outcomeOf(exit: Exit, received: readonly NodeJS.Signals[]): Outcome {
  if ('code' in exit && exit.code === 0) return 'succeeded';
  return 'signal' in exit || wasInterrupted(received) ? 'interrupted' : 'failed';
}
