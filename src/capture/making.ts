import {join} from 'node:path';
import type {Copied} from '../store/copy.js';
import {FILE_MODE, writeStored} from '../store/disk.js';
import {flush, keepVersion} from '../store/keep.js';
import {CONFIGS, FORMAT, STATE_FILE, type Layout} from '../store/layout.js';
import type {WaitNotice} from '../store/lock.js';
import {closeStaging, type Staging} from '../store/staging.js';
import type {Counts, Facts} from '../store/version.js';
import {stateOf} from '../history/version-state.js';
import type {StateBytes} from '../terraform/state-file.js';
import {compareStates, type Comparison} from '../state/compare.js';
import {parsedOrEmpty} from './decide.js';
import {makeFacts, type Gathered} from './facts.js';
import type {State} from '../state/state.js';

/** What was made ready for a version while terraform ran. */
export interface Prepared {
  readonly staging: Staging;
  readonly copied: Copied;
  readonly git: Facts['git'];
}

/** A version that is ready but for its state and its number. */
export interface Draft extends Prepared {
  readonly layout: Layout;
  /** Which state this is a version of: see `StateSource.id`. */
  readonly source: string;
  /** Undefined when the state could not be had. */
  readonly after: Extract<StateBytes, {kind: 'some'}> | undefined;
  /** Undefined when there are no bytes, or they are no state. */
  readonly parsed: State | undefined;
  readonly comparison: Comparison;
  /** The newest version when the state before was read. */
  readonly newestBefore: number;
  readonly gathered: Omit<Gathered, 'state' | 'comparison' | 'git' | 'actor'> & {
    readonly env: Readonly<NodeJS.ProcessEnv>;
  };
}

const STATE = `${CONFIGS}/${STATE_FILE}`;

/** What became of a draft. */
export interface KeptVersion {
  readonly name: string;
  readonly counts: Counts;
}

/** Add the state to what is staged and make it the next version. */
export async function keepState(draft: Draft, notice: WaitNotice): Promise<KeptVersion> {
  const kept = await keep(draft, notice, () => true);
  if (kept === undefined) throw new Error('a version that is always wanted was not made');
  return kept;
}

/** The same for a version that is wanted as the very first one only; undefined when another command was faster. */
export async function keepFirst(draft: Draft, notice: WaitNotice): Promise<KeptVersion | undefined> {
  return keep(draft, notice, (newest) => newest === 0);
}

async function keep(
  draft: Draft,
  notice: WaitNotice,
  isWanted: (newest: number) => boolean,
): Promise<KeptVersion | undefined> {
  const {layout, staging, after} = draft;
  const entries = draft.copied.entries.filter(({path}) => path !== STATE);
  const fresh = [...draft.copied.fresh];
  if (after !== undefined) {
    entries.push(writeStored(staging.version, STATE, after.bytes, FILE_MODE));
    fresh.push(join(staging.version, STATE));
  }
  await flush(fresh, staging.version);
  // Loaded only here, behind terraform's end.
  const actor = (await import('./actor.js')).actorOf(draft.gathered.env);

  let counts = draft.comparison.counts;
  const number = await keepVersion(
    layout,
    staging,
    (newest) => {
      if (!isWanted(newest)) return undefined;
      const comparison = compareWithNewest(draft, newest);
      counts = comparison.counts;
      const state = draft.parsed && after && {parsed: draft.parsed, sha256: after.sha256};
      return {
        format: FORMAT,
        source: draft.source,
        rootPath: draft.copied.rootPath,
        entries,
        skipped: draft.copied.skipped,
        facts: makeFacts({...draft.gathered, git: draft.git, actor, state, comparison}),
      };
    },
    notice,
  );
  closeStaging(staging);
  return number === undefined ? undefined : {name: `v${number}`, counts};
}

/**
 * Commands that ran at the same time are each counted against the one that was kept before them, so that the counts of
 * all versions add up.
 */
function compareWithNewest({layout, parsed, newestBefore, comparison}: Draft, newest: number): Comparison {
  if (newest <= newestBefore || parsed === undefined) return comparison;
  const kept = parsedOrEmpty(stateOf(layout, newest));
  return kept.lineage === parsed.lineage ? compareStates(kept, parsed) : comparison;
}
