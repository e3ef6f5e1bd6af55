import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import {createStore} from '../store/create.js';
import {hostId} from '../store/owner.js';
import {versionNumbers} from '../store/read.js';
import {closeStaging, openStaging, stageBefore, stagingId, type Intent} from '../store/staging.js';
import type {Outcome} from '../store/version.js';
import {redact} from '../terraform/arguments.js';
import type {StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import {compareStates, NOTHING} from '../state/compare.js';
import {parsedOrEmpty} from './decide.js';
import {askGit} from '../project/git.js';
import {keepState, type KeptVersion} from './making.js';
import {keptState} from '../history/version-state.js';
import {surroundings, type Place} from '../project/place.js';
import {showProgress} from './progress.js';
import {stageConfiguration, type Progress} from './stage.js';
import {parseIfState} from '../state/state.js';
import {stageInputs} from '../inputs/stage.js';

/** A version to be made without a command of terraform. */
export interface SnapshotRequest {
  readonly context: Context;
  readonly place: Place;
  /** Kept as it is, also when it is damaged; undefined where there is none. */
  readonly state: Extract<StateBytes, {kind: 'some'}> | undefined;
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
  readonly outcome?: Outcome;
}

/** Keep the configuration as it lies there and a state that was read just now. */
export async function keepSnapshot(
  {context, place, state, operation, note, restoredFrom, inputsOf, outcome = 'succeeded'}: SnapshotRequest,
  report: Report,
): Promise<KeptVersion> {
  const {layout, root, backend} = place;
  const source = stateSource(context, place);
  const startedAt = context.now();
  const intent: Intent = {
    owner: {host: hostId(), pid: context.pid, since: startedAt.toISOString()},
    operation,
    argv: redact(context.argv),
    targeted: false,
    startedAt: startedAt.toISOString(),
    backend: backend.kind === 'local' ? 'local' : backend.type,
    statePath: backend.kind === 'local' ? backend.stateOutPath : '',
    before: state?.sha256 ?? null,
  };
  const newestBefore = versionNumbers(layout)[0] ?? 0;
  const kept = state && keptState(layout, state);
  const parsed = state && parseIfState(state.bytes);
  createStore(layout);
  const staging = openStaging(layout, stagingId(startedAt, context.pid), intent);
  const progress: Progress = {done: 0, total: 0};
  const shown = showProgress(progress, report);
  const git = askGit(root, context.env);
  try {
    if (state !== undefined) await stageBefore(staging, state.bytes);
    const configuration = await stageConfiguration({
      root,
      around: surroundings(place),
      layout,
      staging,
      progress,
    });
    const copied = await stageInputs(context, place, staging, configuration, {
      operation,
      words: [],
      inputsOf,
    });
    return await keepState(
      {
        layout,
        staging,
        copied,
        git: await git.answer(),
        source: source.id,
        after: state,
        parsed,
        comparison:
          kept === undefined || parsed === undefined ? NOTHING : compareStates(parsedOrEmpty(kept), parsed),
        newestBefore,
        gathered: {
          ...intent,
          outcome,
          workspace: place.workspace,
          env: context.env,
          startedAt,
          endedAt: context.now(),
          now: context.now(),
          note,
          restoredFrom,
        },
      },
      (path) => {
        shown.hide();
        report({type: 'waiting-for-lock', path});
      },
    );
  } finally {
    shown.stop();
    git.drop();
    closeStaging(staging);
  }
}
