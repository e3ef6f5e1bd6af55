import {keptState} from '../history/version-state.js';
import {parsedOrEmpty} from '../state/state.js';
import type {Layout} from '../store/layout.js';
import {currentState} from '../store/read.js';
import {stagedBefore, type Staging} from '../store/staging.js';
import type {Outcome} from '../store/version.js';
import {isSameState, leftBehind, stateBytes, type StateBytes} from '../terraform/state-file.js';
import {decide, type Verdict} from './decide.js';
import type {Purpose} from './making.js';

/** What a command did to the state, and how it ended. */
export interface Observed {
  readonly verdict: Verdict;
  /** What terraform started from. */
  readonly before: StateBytes;
  readonly after: StateBytes;
  /** Whether that is the one in `errored.tfstate`, the newest where terraform could not write it where it belongs. */
  readonly isErrored: boolean;
  readonly outcome: Outcome;
  readonly endedAt?: Date;
}

/** A state as it was read, and when (ms since the epoch) the reading had ended; 0 when terraform was started after it. */
export interface Reading {
  readonly bytes: StateBytes;
  readonly at: number;
}

/** How a command ended, when (ms since the epoch), and the state that was read then. */
export interface Ended {
  readonly after: StateBytes | Promise<StateBytes>;
  readonly at: number;
  readonly outcome: Outcome;
}

/**
 * What a command did that was watched to its end.
 *
 * @param written What stood where terraform writes; not the same as `before` under `-state-out`.
 */
export async function observe(
  {place: {root, layout}, intent}: Purpose,
  before: Reading,
  written: Reading,
  {at, outcome, ...ended}: Ended,
): Promise<Observed> {
  const read = await ended.after;
  const errored = leftBehind(root, intent.errored);
  const after = errored ?? read;
  const from = (reading: Reading) => startedFrom(reading, after, at, knownOf(layout, after));
  const states = {before: from(before), written: from(written), after};
  const verdict = decide(states, intent.operation);
  return {...states, verdict, isErrored: errored !== undefined, outcome, endedAt: new Date(at)};
}

/** What a killed command did, by the state as it is now; `hasBefore`: whether the state before was saved. */
export async function observeLeftover(
  {place: {root, layout}, source, intent}: Purpose,
  staging: Staging,
): Promise<Observed & {readonly hasBefore: boolean}> {
  const errored = leftBehind(root, intent.errored);
  const after = errored ?? (await source.read());
  const saved = stagedBefore(staging);
  const before = leftoverStartedFrom(intent.before, saved, knownOf(layout, after));
  const verdict = decide({before, written: before, after}, intent.operation);
  const hasBefore = saved !== undefined;
  return {verdict, before, after, isErrored: errored !== undefined, outcome: 'interrupted', hasBefore};
}

/** What the history tells of a state; asked only where it decides. */
function knownOf(layout: Layout, after: StateBytes) {
  return {
    /** Whether everything was destroyed since the last version was kept. */
    isInactive: () => currentState(layout)?.status === false,
    /** The last state that was kept of the same lineage. */
    kept: () => keptState(layout, after),
  };
}

type Known = ReturnType<typeof knownOf>;

/**
 * Terraform gives its lock back and prints its outputs after it has written its state for the last time; a pull that ends
 * no sooner than this (ms) before terraform may have seen that state already.
 */
const LAST_STEPS = 250;

/**
 * The state terraform started from. Where it could not be read, or may have been read too late, the version with the last
 * state of this lineage tells; without one it is a state that nothing is known of, and kept as a new one. Pure.
 *
 * @param endedAt When terraform ended, in ms since the epoch.
 */
export function startedFrom(
  {bytes, at}: Reading,
  after: StateBytes,
  endedAt: number,
  {isInactive, kept}: Known,
): StateBytes {
  const isUnreadable = bytes.kind === 'unreadable';
  const isLate = at > endedAt - LAST_STEPS && isSameState(bytes, after);
  if (!isUnreadable && !isLate) return bytes;
  // A full destroy makes no version: the last one still has what is gone.
  if (!isUnreadable && isInactive())
    return parsedOrEmpty(after).instances.size === 0 ? bytes : {kind: 'none'};
  return kept() ?? {kind: 'none'};
}

/**
 * The state a killed command started from. When only its hash is left these are bytes that can be told from the present
 * ones; when it was still being pulled, the last version of this state tells. Pure.
 *
 * @param hash sha256 in hex; null when there was no state, undefined when that was not known yet.
 * @param saved The bytes, where they were saved; empty when there was no state.
 */
export function leftoverStartedFrom(
  hash: string | null | undefined,
  saved: Buffer | undefined,
  {kept}: Pick<Known, 'kept'>,
): StateBytes {
  if (hash === null) return {kind: 'none'};
  if (hash !== undefined) return {kind: 'some', bytes: saved ?? Buffer.alloc(0), sha256: hash};
  return saved === undefined ? (kept() ?? {kind: 'none'}) : stateBytes(saved);
}
