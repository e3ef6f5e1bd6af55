import {keptState} from '../history/version-state.js';
import {compareStates, NOTHING} from '../state/compare.js';
import {parsedOrEmpty, parsedOrUndefined} from '../state/state.js';
import {versionNumbers} from '../store/read.js';
import {closeStaging, stageBefore} from '../store/staging.js';
import {stateSource} from '../terraform/state-source.js';
import {keepState, type KeptVersion, type Result} from './keep-state.js';
import {intentOf, openVersion, type Making} from './making.js';
import {startStaging, withProgress} from './stage.js';

/** A version to be made without a command of terraform. */
export interface SnapshotRequest
  extends
    Pick<Making, 'context' | 'place'>,
    Pick<Result, 'note' | 'restoredFrom'>,
    Partial<Pick<Result, 'outcome'>> {
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
  /** The version whose inputs these are, instead of the newest one's. */
  readonly inputsOf?: number;
}

/** Keep the configuration as it lies there and a state that was read just now, counted against the last of its lineage. */
export async function keepSnapshot(
  {context, place, state, operation, note, restoredFrom, inputsOf, outcome = 'succeeded'}: SnapshotRequest,
  report: Making['report'],
): Promise<KeptVersion> {
  const {layout} = place;
  const intent = intentOf(context, place, operation, {before: state?.sha256 ?? null});
  const newestBefore = versionNumbers(layout)[0] ?? 0;
  const purpose = {context, place, source: stateSource(context, place), intent, newestBefore};
  const parsed = state && parsedOrUndefined(state);
  const kept = state && keptState(layout, state);
  const comparison = kept && parsed ? compareStates(parsedOrEmpty(kept), parsed) : NOTHING;
  const staging = openVersion(purpose);
  const progress = {done: 0, total: 0};
  const {staged, drop} = startStaging(purpose, staging, {inputsOf, progress});
  try {
    return await withProgress(progress, report, async (shown) => {
      if (state !== undefined) await stageBefore(staging, state.bytes);
      const result = {after: state, parsed, comparison, outcome, note, restoredFrom};
      return keepState({...purpose, report: shown, staged}, result);
    });
  } finally {
    await drop();
    closeStaging(staging);
  }
}
