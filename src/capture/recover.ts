import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import type {Copied} from '../store/copy.js';
import {createStore} from '../store/create.js';
import {markInactive, settle} from '../store/keep.js';
import type {Layout} from '../store/layout.js';
import {hostId, type Liveness} from '../store/owner.js';
import type {WaitNotice} from '../store/lock.js';
import {currentState, versionNumbers} from '../store/read.js';
import {
  claimLeftovers,
  closeStaging,
  emptyStaging,
  hasLeftovers,
  readStaged,
  stagedBefore,
  stagingId,
  type Intent,
  type Leftover,
  type Staging,
} from '../store/staging.js';
import {isSameState, stateBytes, type StateBytes} from '../terraform/state-file.js';
import {stateFile, stateSource} from '../terraform/state-source.js';
import {keepBaseline} from './baseline.js';
import {NOTHING} from '../state/compare.js';
import {decide, parsedOrEmpty} from './decide.js';
import {keepState} from './making.js';
import {ERRORED_NOTE, erroredPath, leftBehind} from './errored.js';
import {keptState, stateOf} from '../history/version-state.js';
import {surroundings, type Place} from '../project/place.js';
import {stageConfiguration} from './stage.js';

/** How long (s) a backend may take; a command of the user waits for it. */
const PATIENCE = 10;
const NOT_STAGED = 'the configuration is the one found when the version was recovered';

/** Ask the system which processes live. */
export function liveness(context: Context): Liveness {
  return {host: hostId(), isAlive: context.isAlive, now: context.now};
}

/**
 * Finish or clear what commands left that were killed: a version that had been renamed is pointed at, a change of the
 * state that nobody kept becomes a version (`recovered`) with the configuration staged when that command started.
 *
 * Costs one look into a folder when there is nothing to do.
 *
 * @returns Whether everything is done that can be; not where a state cannot be read now.
 */
export async function recover(context: Context, place: Place, report: Report): Promise<boolean> {
  const {layout} = place;
  if (!hasLeftovers(layout)) return true;
  const notice = (path: string) => {
    report({type: 'waiting-for-lock', path});
  };
  const leftovers = claimLeftovers(layout, stagingId(context.now(), context.pid), liveness(context));
  if (leftovers.length === 0) return true;
  createStore(layout);
  await settle(layout, notice);
  let isReadable = true;
  for (const leftover of leftovers) {
    // A backend that does not answer is asked once.
    if (!isReadable && leftover.intent?.statePath === '') continue;
    if (await finish(context, place, leftover, report, notice)) closeStaging(leftover.staging);
    else isReadable = false;
  }
  return isReadable;
}

/** Returns whether everything is done that can be, so that what was left may go. */
async function finish(
  context: Context,
  place: Place,
  {staging, intent}: Leftover,
  report: Report,
  notice: WaitNotice,
): Promise<boolean> {
  // Without an intent terraform was never started; without a version the rename had happened.
  if (intent === undefined || !existsSync(staging.version)) return true;
  const {layout} = place;
  const source =
    intent.statePath === ''
      ? stateSource(context, place, {seconds: PATIENCE, mayBeMissing: true})
      : stateFile(place.root, intent.statePath);
  // Terraform could not write its state where it belongs: then that is the newest.
  const errored = leftBehind(place.root, intent.errored);
  const now = errored ?? (await source.read());
  const saved = stagedBefore(staging);
  const before = bytesBefore(layout, intent, saved, now);
  const verdict = decide({before, written: before, after: now}, intent.operation);
  if (verdict.kind === 'unreadable') {
    report({type: 'state-unreadable', path: source.name, reason: verdict.reason});
    return false;
  }
  let staged: Promise<Staged> | undefined;
  const prepare = async () => {
    const {copied, isAsOfThen} = await (staged ??= takeStaged(place, staging));
    return {staging, copied, git: null, isAsOfThen};
  };
  const gathered = (note: string) => ({
    ...intent,
    operation: 'recovered',
    outcome: 'interrupted' as const,
    workspace: layout.workspace,
    env: context.env,
    startedAt: new Date(intent.startedAt),
    endedAt: context.now(),
    now: context.now(),
    note,
  });
  if (saved !== undefined && versionNumbers(layout).length === 0) {
    const request = {context, layout, source: source.id, intent, before, prepare, notice};
    const baseline = await keepBaseline(request, gathered(''));
    if (baseline !== undefined) report({type: 'baseline-kept', ...baseline});
  }

  const good = currentState(layout);
  let [after, note] = [now, ''];
  switch (verdict.kind) {
    case 'unchanged':
      return true;
    case 'destroyed': {
      if (errored !== undefined) break;
      const destroyed = {source: source.id, lineage: verdict.after.lineage};
      const version = await markInactive(layout, destroyed, notice);
      report({type: 'all-destroyed', version, counts: verdict.comparison.counts});
      return true;
    }
    case 'gone':
      // The bytes from before may be the only ones left.
      report({type: 'state-gone', path: source.name, good});
      if (saved === undefined) return true;
      [after, note] = [before, 'the state from before: the state itself was gone'];
      break;
    case 'damaged':
      note = `the state is damaged: ${verdict.reason}`;
      break;
    case 'changed':
      break;
  }
  if (after.kind !== 'some' || isKept(layout, after)) return true;

  const {isAsOfThen, ...prepared} = await prepare();
  const kept = await keepState(
    {
      ...prepared,
      layout,
      source: source.id,
      after,
      ...(verdict.kind === 'changed' || verdict.kind === 'destroyed'
        ? {parsed: verdict.after, comparison: verdict.comparison}
        : {parsed: verdict.kind === 'gone' ? parsedOrEmpty(after) : undefined, comparison: NOTHING}),
      newestBefore: versionNumbers(layout)[0] ?? 0,
      gathered: gathered(
        [note, errored ? ERRORED_NOTE : '', isAsOfThen ? '' : NOT_STAGED]
          .filter((text) => text !== '')
          .join('; '),
      ),
    },
    notice,
  );
  if (verdict.kind === 'damaged') {
    const {reason} = verdict;
    report({type: 'state-damaged', path: source.name, reason, kept: kept.name, good});
  } else {
    report({type: 'recovered', version: kept.name, counts: kept.counts, operation: intent.operation});
    if (errored !== undefined)
      report({type: 'state-errored', version: kept.name, path: erroredPath(place.root)});
  }
  return true;
}

/** What there is of a configuration, and whether it is the one terraform started with. */
interface Staged {
  readonly copied: Copied;
  readonly isAsOfThen: boolean;
}

async function takeStaged(place: Place, staging: Staging): Promise<Staged> {
  const staged = readStaged(staging);
  if (staged !== undefined) {
    const fresh = staged.entries
      .filter((entry) => 'sha256' in entry)
      .map((entry) => join(staging.version, entry.stored ?? entry.path));
    return {copied: {...staged, fresh}, isAsOfThen: true};
  }
  emptyStaging(staging);
  const request = {root: place.root, around: surroundings(place), layout: place.layout, staging};
  return {copied: await stageConfiguration(request), isAsOfThen: false};
}

/**
 * The state before. When only its hash outlived the command these are bytes that can be told from the present ones; when
 * it was being pulled at that time, the last version of this state tells.
 */
function bytesBefore(
  layout: Layout,
  {before}: Intent,
  saved: Buffer | undefined,
  now: StateBytes,
): StateBytes {
  if (before === null) return {kind: 'none'};
  if (before !== undefined) return {kind: 'some', bytes: saved ?? Buffer.alloc(0), sha256: before};
  return saved === undefined ? (keptState(layout, now) ?? {kind: 'none'}) : stateBytes(saved);
}

/** Whether the newest version holds exactly this state: then another command saw the change and kept it. */
function isKept(layout: Layout, state: StateBytes): boolean {
  const [newest] = versionNumbers(layout);
  return newest !== undefined && isSameState(stateOf(layout, newest), state);
}
