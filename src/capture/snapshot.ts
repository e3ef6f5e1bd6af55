import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import type {Place} from '../project/place.js';
import {versionNumbers} from '../store/read.js';
import {closeStaging, stageBefore} from '../store/staging.js';
import {stateSource} from '../terraform/state-source.js';
import type {Result} from './facts.js';
import {keepState, type KeptVersion} from './keep-state.js';
import {intentOf, openVersion} from './making.js';
import {comparedWithKept} from './observe.js';
import {startStaging} from './prepare.js';
import {showProgress} from './progress.js';

/** A version to be made without a command of terraform. */
export interface SnapshotRequest {
  readonly context: Context;
  readonly place: Place;
  /** Kept as it is, also when it is damaged; undefined where there is none. */
  readonly state: Result['after'];
  readonly operation:
    | 'snapshot'
    | 'workspace-delete'
    | 'before-restore'
    | 'restore'
    | 'before-rollback'
    | 'rollback'
    | 'promote';
  readonly note: string;
  /** The version that was brought back just now. */
  readonly restoredFrom?: string;
  /** The version whose inputs these are, instead of the newest one's. */
  readonly inputsOf?: number;
  readonly outcome?: Result['outcome'];
}

/** Keep the configuration as it lies there and a state that was read just now. */
export async function keepSnapshot(
  {context, place, state, operation, note, restoredFrom, inputsOf, outcome = 'succeeded'}: SnapshotRequest,
  report: Report,
): Promise<KeptVersion> {
  const purpose = {
    context,
    place,
    source: stateSource(context, place),
    intent: intentOf(context, place, operation, {before: state?.sha256 ?? null}),
    newestBefore: versionNumbers(place.layout)[0] ?? 0,
  };
  const compared = comparedWithKept(place.layout, state);
  const staging = openVersion(purpose);
  const progress = {done: 0, total: 0};
  const shown = showProgress(progress, report);
  const {staged, drop} = startStaging(purpose, staging, {inputsOf, progress});
  try {
    if (state !== undefined) await stageBefore(staging, state.bytes);
    const making = {...purpose, report: shown.report, staged};
    return await keepState(making, {...compared, outcome, note, restoredFrom});
  } finally {
    shown.stop();
    await drop();
    closeStaging(staging);
  }
}
