import {NOTHING} from '../capture/compare.js';
import {decide, type Verdict} from '../capture/decide.js';
import {keepState} from '../capture/keep-state.js';
import type {Context} from '../context.js';
import type {Report} from '../report/events.js';
import type {Copied} from '../store/copy.js';
import {createStore} from '../store/create.js';
import {markInactive} from '../store/keep.js';
import {currentState} from '../store/read.js';
import type {Staging} from '../store/staging.js';
import type {Facts, Outcome} from '../store/version.js';
import type {StateBytes} from '../terraform/state-file.js';
import type {Begun} from './begin.js';

/** What was made ready while terraform ran. */
export interface Prepared {
  readonly staging: Staging;
  readonly copied: Copied;
  readonly git: Facts['git'];
}

/**
 * Decide what a command did to the state, and keep it if it did something.
 *
 * @param prepare Asked only when a version is to be made.
 */
export async function keep(
  context: Context,
  begun: Begun,
  after: StateBytes,
  outcome: Outcome,
  prepare: () => Promise<Prepared>,
  report: Report,
): Promise<void> {
  const endedAt = context.now();
  const {layout} = begun.place;
  const {operation} = begun.intent;
  const path = begun.stateOutPath;
  const verdict = decide({before: begun.before, written: begun.written, after}, operation);
  const notice = (lock: string) => {
    report({type: 'waiting-for-lock', path: lock});
  };
  switch (verdict.kind) {
    case 'unchanged':
      return;
    case 'gone':
      report({type: 'state-gone', path, good: currentState(layout)});
      return;
    case 'unreadable':
      report({type: 'state-unreadable', path, reason: verdict.reason});
      return;
    case 'destroyed':
      createStore(layout);
      report({
        type: 'all-destroyed',
        version: await markInactive(layout, path, notice),
        counts: verdict.comparison.counts,
      });
      return;
    case 'changed':
    case 'damaged':
      break;
  }
  if (after.kind !== 'some') return;
  const good = verdict.kind === 'damaged' ? currentState(layout) : undefined;
  const prepared = await prepare();
  const kept = await keepState(
    {
      layout,
      ...prepared,
      statePath: path,
      after,
      ...stateOf(verdict),
      newestBefore: begun.newestBefore,
      gathered: {
        ...begun.intent,
        outcome,
        workspace: begun.place.workspace,
        env: context.env,
        git: prepared.git,
        startedAt: new Date(begun.intent.startedAt),
        endedAt,
        now: context.now(),
        note: verdict.kind === 'damaged' ? `the state is damaged: ${verdict.reason}` : '',
      },
    },
    notice,
  );
  if (verdict.kind === 'damaged')
    report({type: 'state-damaged', path, reason: verdict.reason, kept: kept.name, good});
  else report({type: 'kept', version: kept.name, counts: kept.counts, operation, outcome});
}

function stateOf(verdict: Extract<Verdict, {kind: 'changed' | 'damaged'}>) {
  if (verdict.kind === 'changed') return {parsed: verdict.after, comparison: verdict.comparison};
  return {parsed: undefined, comparison: NOTHING};
}
