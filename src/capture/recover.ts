import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Context} from '../context.js';
import type {Report} from '../report/events.js';
import type {Copied} from '../store/copy.js';
import {createStore} from '../store/create.js';
import {markInactive, settle} from '../store/keep.js';
import {CONFIGS, STATE_FILE, type Layout} from '../store/layout.js';
import {hostId, type Census} from '../store/owner.js';
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
} from '../store/staging.js';
import {isSameState, readStateFile, type StateBytes} from '../terraform/state-file.js';
import {NOTHING} from './compare.js';
import {decide, parsedOrEmpty} from './decide.js';
import {keepState} from './keep-state.js';
import type {Place} from './place.js';
import {stageConfiguration} from './stage.js';

const NOT_STAGED = 'the configuration is the one found when the version was recovered';

/** Ask the system which processes live. */
export function census(context: Context): Census {
  return {host: hostId(), isAlive: context.isAlive, now: context.now};
}

/**
 * Finish or clear what commands left that were killed: a version that had been renamed is pointed at, a change of the
 * state that nobody kept becomes a version (`recovered`) with the configuration staged when that command started.
 *
 * Costs one look into a folder when there is nothing to do.
 */
export async function recover(context: Context, place: Place, report: Report): Promise<void> {
  const {layout} = place;
  if (!hasLeftovers(layout)) return;
  const notice = (path: string) => {
    report({type: 'waiting-for-lock', path});
  };
  const leftovers = claimLeftovers(layout, stagingId(context.now(), context.pid), census(context));
  if (leftovers.length === 0) return;
  createStore(layout);
  await settle(layout, notice);
  for (const leftover of leftovers) {
    if (await finish(context, place, leftover, report, notice)) closeStaging(leftover.staging);
  }
}

/** Returns whether everything is done that can be, so that what was left may go. */
async function finish(
  context: Context,
  place: Place,
  {staging, intent}: Leftover,
  report: Report,
  notice: (path: string) => void,
): Promise<boolean> {
  // Without an intent terraform was never started; without a version the rename had happened.
  if (intent === undefined || !existsSync(staging.version)) return true;
  const {statePath: path} = intent;
  const now = readStateFile(path);
  const saved = stagedBefore(staging);
  const before = bytesBefore(intent, saved);
  const verdict = decide({before, written: before, after: now}, intent.operation);
  const good = currentState(place.layout);
  let [after, note] = [now, ''];
  switch (verdict.kind) {
    case 'unchanged':
      return true;
    case 'unreadable':
      report({type: 'state-unreadable', path, reason: verdict.reason});
      return false;
    case 'destroyed': {
      const version = await markInactive(place.layout, path, notice);
      report({type: 'all-destroyed', version, counts: verdict.comparison.counts});
      return true;
    }
    case 'gone':
      // The bytes from before may be the only ones left.
      report({type: 'state-gone', path, good});
      if (saved === undefined) return true;
      [after, note] = [before, 'the state from before: the state itself was gone'];
      break;
    case 'damaged':
      note = `the state is damaged: ${verdict.reason}`;
      break;
    case 'changed':
      break;
  }
  if (after.kind !== 'some' || isKept(place.layout, after)) return true;

  const staged = readStaged(staging);
  let copied: Copied;
  if (staged === undefined) {
    emptyStaging(staging);
    const around = {dataDir: place.dataDir, store: place.layout.store, stateFiles: [path]};
    copied = await stageConfiguration({root: place.root, around, layout: place.layout, staging});
  } else {
    copied = {
      ...staged,
      fresh: staged.entries
        .filter((entry) => 'sha256' in entry)
        .map((entry) => pathOf(staging.version, entry)),
    };
  }
  const kept = await keepState(
    {
      layout: place.layout,
      staging,
      copied,
      statePath: path,
      after,
      ...(verdict.kind === 'changed'
        ? {parsed: verdict.after, comparison: verdict.comparison}
        : {parsed: verdict.kind === 'gone' ? parsedOrEmpty(after) : undefined, comparison: NOTHING}),
      newestBefore: versionNumbers(place.layout)[0] ?? 0,
      gathered: {
        operation: 'recovered',
        outcome: 'interrupted',
        workspace: place.layout.workspace,
        backend: intent.backend,
        argv: intent.argv,
        env: context.env,
        git: null,
        startedAt: new Date(intent.startedAt),
        endedAt: context.now(),
        now: context.now(),
        targeted: intent.targeted,
        note: [note, staged === undefined ? NOT_STAGED : ''].filter((text) => text !== '').join('; '),
      },
    },
    notice,
  );
  if (verdict.kind === 'damaged')
    report({type: 'state-damaged', path, reason: verdict.reason, kept: kept.name, good});
  else report({type: 'recovered', version: kept.name, counts: kept.counts, operation: intent.operation});
  return true;
}

/** The state before; when only its hash outlived the command, bytes that can be told from the present ones. */
function bytesBefore(intent: Intent, kept: Buffer | undefined): StateBytes {
  if (intent.before === null) return {kind: 'none'};
  return {kind: 'some', bytes: kept ?? Buffer.alloc(0), sha256: intent.before};
}

/** Whether the newest version holds exactly this state: then another command saw the change and kept it. */
function isKept(layout: Layout, state: StateBytes): boolean {
  const [newest] = versionNumbers(layout);
  if (newest === undefined) return false;
  return isSameState(readStateFile(join(layout.version(newest), CONFIGS, STATE_FILE)), state);
}

function pathOf(folder: string, entry: {path: string; stored?: string}): string {
  return join(folder, entry.stored ?? entry.path);
}
