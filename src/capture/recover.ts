import {existsSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import type {Context} from '../context.js';
import type {Report} from '../report/events.js';
import type {Copied} from '../store/copy.js';
import {createStore} from '../store/create.js';
import {setStatus, settle} from '../store/keep.js';
import {CONFIGS, STATE_FILE, type Layout} from '../store/layout.js';
import type {Census} from '../store/owner.js';
import {versionNumbers} from '../store/read.js';
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
import {decide} from './decide.js';
import {keepState} from './keep-state.js';
import type {Place} from './place.js';
import {stageConfiguration} from './stage.js';

const NOT_STAGED = 'the configuration is the one found when the version was recovered';

/** Ask the system which processes live. */
export function census(context: Context): Census {
  return {host: hostname(), isAlive: context.isAlive, now: context.now};
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
    await finish(context, place, leftover, report, notice);
    closeStaging(leftover.staging);
  }
}

async function finish(
  context: Context,
  place: Place,
  {staging, intent}: Leftover,
  report: Report,
  notice: (path: string) => void,
): Promise<void> {
  // Without an intent terraform was never started; without a version the rename had happened.
  if (intent === undefined || !existsSync(staging.version)) return;
  const after = readStateFile(intent.statePath);
  const before = bytesBefore(intent, stagedBefore(staging));
  const verdict = decide({before, written: before, after});
  if (verdict.kind === 'destroyed') {
    const version = await setStatus(place.layout, false, notice);
    report({type: 'all-destroyed', version, counts: verdict.comparison.counts});
    return;
  }
  if (verdict.kind !== 'changed' || after.kind !== 'some' || isKept(place.layout, after)) return;

  const staged = readStaged(staging);
  let copied: Copied;
  if (staged === undefined) {
    emptyStaging(staging);
    const around = {dataDir: place.dataDir, store: place.layout.store, stateFiles: [intent.statePath]};
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
      statePath: intent.statePath,
      after,
      parsed: verdict.after,
      comparison: verdict.comparison,
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
        note: staged === undefined ? NOT_STAGED : '',
      },
    },
    notice,
  );
  report({type: 'recovered', version: kept.name, counts: kept.counts, operation: intent.operation});
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
