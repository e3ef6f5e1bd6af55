import {PATIENCE} from '../capture/making.js';
import type {Reading} from '../capture/observe.js';
import {reportSuspicion} from '../capture/suspect.js';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import type {Place} from '../project/place.js';
import {stateFile, stateSource, type StateSource} from '../terraform/state-source.js';

/** The states before a command, and where to read the one after it. */
export interface States {
  /** Where terraform writes its state. */
  readonly source: StateSource;
  /** What terraform starts from, and what stood where it writes; not the same under `-state-out`. Never rejects. */
  readonly before: Promise<Reading>;
  readonly written: Promise<Reading>;
  /** sha256 of the latter, null when there is none; undefined where it is not known yet. */
  readonly hash?: string | null;
  /** Whether terraform starts from a state, as far as that is known. */
  readonly isThere: boolean;
  /** Wait no longer for the states before, or for that after either. */
  readonly stopEarlyRead: () => void;
  readonly stopReading: () => void;
}

/** Read the states in files at once, and report what is wrong with the one terraform starts from. */
export function readFiles(
  {root, layout}: Place,
  {statePath, stateOutPath}: {readonly statePath: string; readonly stateOutPath: string},
  report: Report,
): States {
  const [from, source] = [stateFile(root, statePath), stateFile(root, stateOutPath)];
  const before = from.read();
  const written = stateOutPath === statePath ? before : source.read();
  try {
    reportSuspicion(report, layout, from, before);
  } catch {
    // A damaged store does not keep terraform from starting.
  }
  return {
    source,
    before: Promise.resolve({bytes: before, at: 0}),
    written: Promise.resolve({bytes: written, at: 0}),
    hash: written.kind === 'some' ? written.sha256 : null,
    isThere: before.kind === 'some',
    stopEarlyRead: () => undefined,
    stopReading: () => undefined,
  };
}

/**
 * Start to pull the state in a backend.
 *
 * @param options `isFirst`: whether it must be there before terraform starts. `isAnswering`: whether the backend has not
 *   just failed to answer; such a one is not waited for again.
 */
export async function pullState(
  context: Context,
  place: Place,
  {isFirst, isAnswering, mayBeMissing}: Readonly<Record<'isFirst' | 'isAnswering' | 'mayBeMissing', boolean>>,
): Promise<States> {
  const [wait, limit] = [new AbortController(), new AbortController()];
  const asked = {mayBeMissing, cancel: wait.signal, ...(isFirst && {seconds: PATIENCE})};
  const pull = async (): Promise<Reading> => {
    if (isFirst && !isAnswering) return {bytes: {kind: 'unreadable', reason: 'no answer'}, at: 0};
    const bytes = await stateSource(context, place, asked).read();
    return {bytes, at: isFirst ? 0 : context.now().getTime()};
  };
  const before = pull();
  if (isFirst) await before;
  const stopEarlyRead = wait.abort.bind(wait);
  return {
    source: stateSource(context, place, {mayBeMissing, cancel: limit.signal}),
    before,
    written: before,
    isThere: false,
    stopEarlyRead,
    stopReading: () => {
      stopEarlyRead();
      limit.abort();
    },
  };
}
