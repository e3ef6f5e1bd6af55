import {join} from 'node:path';
import {stateOf} from '../history/version-state.js';
import {compareStates} from '../state/compare.js';
import {parsedOrEmpty} from '../state/state.js';
import {createStore} from '../store/create.js';
import {FILE_MODE, writeStored} from '../store/disk.js';
import {flush, keepVersion, markInactive} from '../store/keep.js';
import {CONFIGS, FORMAT, STATE_FILE} from '../store/layout.js';
import {closeStaging} from '../store/staging.js';
import {makeFacts, type Result} from './facts.js';
import type {Making} from './making.js';
import {lockNotice} from './progress.js';

/** A version that was made. */
export interface KeptVersion {
  readonly name: string;
  readonly counts: Result['comparison']['counts'];
}

/** Add the state to what is staged and make it the next version: state, lock, number, rename. */
export async function keepState(making: Making, result: Result): Promise<KeptVersion> {
  const kept = await keepStateIf(() => true, making, result);
  if (kept === undefined) throw new Error('a version that is always wanted was not made');
  return kept;
}

/**
 * The same where another command may have made it superfluous.
 *
 * @param isWanted Asked under the lock, with the number of the newest version.
 * @returns undefined when it was not wanted.
 */
export async function keepStateIf(
  isWanted: (newest: number) => boolean,
  making: Making,
  result: Result,
): Promise<KeptVersion | undefined> {
  const {context, place, source, report} = making;
  const {staging, copied, git} = await making.staged();
  const {after} = result;
  const entries = copied.entries.filter(({path}) => path !== STATE);
  const fresh = [...copied.fresh];
  if (after !== undefined) {
    entries.push(writeStored(staging.version, STATE, after.bytes, FILE_MODE));
    fresh.push(join(staging.version, STATE));
  }
  await flush(fresh, staging.version);
  // Loaded only here, after terraform's end.
  const actor = (await import('./actor.js')).actorOf(context.env);

  let {comparison} = result;
  const manifest = (newest: number) => {
    if (!isWanted(newest)) return undefined;
    comparison = compareWithNewest(making, result, newest);
    return {
      format: FORMAT,
      source: source.id,
      rootPath: copied.rootPath,
      entries,
      skipped: copied.skipped,
      facts: makeFacts(making, {...result, comparison}, {git, actor}),
    };
  };
  const number = await keepVersion(place.layout, staging, manifest, lockNotice(report));
  closeStaging(staging);
  return number === undefined ? undefined : {name: `v${number}`, counts: comparison.counts};
}

/**
 * Mark that nothing is deployed any more. The version that holds what was destroyed stays the newest.
 *
 * @returns Its name; empty where there is none.
 */
export async function markDestroyed(
  {place: {layout}, source, report}: Making,
  lineage: string,
): Promise<string> {
  createStore(layout);
  return markInactive(layout, {source: source.id, lineage}, lockNotice(report));
}

const STATE = `${CONFIGS}/${STATE_FILE}`;

/**
 * Commands that ran at the same time are each counted against the one that was kept before them, so that the counts of
 * all versions add up.
 */
function compareWithNewest(
  {place, newestBefore}: Making,
  {parsed, comparison}: Result,
  newest: number,
): Result['comparison'] {
  if (newest <= newestBefore || parsed === undefined) return comparison;
  const kept = parsedOrEmpty(stateOf(place.layout, newest));
  return kept.lineage === parsed.lineage ? compareStates(kept, parsed) : comparison;
}
