import {join} from 'node:path';
import {stateOf} from '../history/version-state.js';
import {compareStates, NOTHING, type Comparison} from '../state/compare.js';
import {parsedOrEmpty, type State} from '../state/state.js';
import {FILE_MODE, writeStored} from '../store/disk.js';
import {flush, keepVersion} from '../store/keep.js';
import {CONFIGS, FORMAT, INPUTS_FILE, INPUTS_FOLDER, STATE_FILE} from '../store/layout.js';
import {closeStaging, copyStaging, stagingId} from '../store/staging.js';
import type {Facts} from '../store/version.js';
import type {StateBytes} from '../terraform/state-file.js';
import {machinesIn} from './machines.js';
import {lockNotice, NOTES, type Making, type Purpose} from './making.js';

/** What a version is made of besides what is staged. */
export interface Result extends Pick<Facts, 'outcome' | 'note'> {
  /** Undefined when the state could not be had. */
  readonly after: Extract<StateBytes, {kind: 'some'}> | undefined;
  /** Undefined when there are no bytes, or they are no state. */
  readonly parsed: State | undefined;
  readonly comparison: Comparison;
  /** Where it is not the intent's. */
  readonly operation?: string | undefined;
  /** When the command ended; now, where it is missing. */
  readonly endedAt?: Date | undefined;
  /** The version that was brought back. */
  readonly restoredFrom?: string | undefined;
}

/** A version that was made. */
export interface KeptVersion {
  readonly name: string;
  readonly counts: Comparison['counts'];
}

/** Add the state to what is staged and make it the next version: state, lock, number, rename. */
export async function keepState(making: Making, result: Result): Promise<KeptVersion> {
  const kept = await keepStateIf(() => true, making, result);
  if (kept === undefined) throw new Error('a version that is always wanted was not made');
  return kept;
}

/**
 * Keep the state as it was before the first command that is seen in a project which has a state and no versions, so that
 * nothing that existed before cloudtm can be lost. Nothing is kept of an empty state, or when another command was faster.
 *
 * @param making The command's own version.
 * @param before The state before the command.
 */
export async function keepBaseline(making: Making, before: StateBytes): Promise<void> {
  const parsed = parsedOrEmpty(before);
  if (before.kind !== 'some' || parsed.isEmpty) return;
  const {context, place, report} = making;
  const own = await making.staged();
  // The inputs are those of the command that runs now.
  const entries = own.copied.entries.filter(
    ({path}) => path !== INPUTS_FILE && !path.startsWith(`${INPUTS_FOLDER}/`),
  );
  const id = stagingId(context.now(), context.pid);
  const staging = copyStaging(place.layout, own.staging, id, making.intent, entries);
  const staged = {...own, staging, copied: {...own.copied, entries, fresh: []}};
  const intent = {...making.intent, operation: 'baseline', argv: [], targeted: false};
  const kept = await keepStateIf(
    (newest) => newest === 0,
    {...making, intent, staged: () => Promise.resolve(staged)},
    {after: before, parsed, comparison: NOTHING, outcome: 'succeeded', note: NOTES.baseline},
  );
  closeStaging(staging);
  if (kept) report({type: 'baseline-kept', version: kept.name, resources: parsed.instances.size});
}

/**
 * As `keepState`, where another command may have made the version superfluous.
 *
 * @param isWanted Asked under the lock, with the number of the newest version.
 * @returns undefined when it was not wanted.
 */
async function keepStateIf(
  isWanted: (newest: number) => boolean,
  making: Making,
  result: Result,
): Promise<KeptVersion | undefined> {
  const {context, place, source, report} = making;
  const {staging, copied, git} = await making.staged();
  const entries = copied.entries.filter(({path}) => path !== STATE);
  const fresh = [...copied.fresh];
  if (result.after !== undefined) {
    entries.push(writeStored(staging.version, STATE, result.after.bytes, FILE_MODE));
    fresh.push(join(staging.version, STATE));
  }
  await flush(fresh, staging.version);
  // Loaded only here, after terraform's end.
  const actor = (await import('./actor.js')).actorOf(context.env);

  let {comparison} = result;
  const {rootPath, skipped} = copied;
  const manifest = (newest: number) => {
    if (!isWanted(newest)) return undefined;
    comparison = compareWithNewest(making, result, newest);
    const facts = makeFacts(making, {...result, comparison}, {git, actor});
    return {format: FORMAT, source: source.id, rootPath, entries, skipped, facts};
  };
  const number = await keepVersion(place.layout, staging, manifest, lockNotice(report));
  return number === undefined ? undefined : {name: `v${number}`, counts: comparison.counts};
}

const STATE = `${CONFIGS}/${STATE_FILE}`;

/**
 * Commands that ran at the same time are each counted against the one that was kept before them, so that the counts of
 * all versions add up.
 */
function compareWithNewest(
  {place, newestBefore}: Purpose,
  {parsed, comparison}: Result,
  newest: number,
): Comparison {
  if (newest <= newestBefore || parsed === undefined) return comparison;
  const kept = parsedOrEmpty(stateOf(place.layout, newest));
  return kept.lineage === parsed.lineage ? compareStates(kept, parsed) : comparison;
}

/** Put together what `meta/vN.json` says. */
function makeFacts(
  {context, place, intent}: Purpose,
  {after, parsed, comparison, outcome, note, operation, endedAt, restoredFrom}: Result,
  who: Pick<Facts, 'git' | 'actor'>,
): Facts {
  const now = context.now();
  const {argv, backend, startedAt, targeted} = intent;
  const machines = parsed === undefined ? [] : machinesIn(parsed);
  return {
    timestamp: `${now.toISOString().slice(0, 19)}Z`,
    resources: comparison.counts,
    format: FORMAT,
    operation: operation ?? intent.operation,
    outcome,
    workspace: place.workspace,
    backend,
    state: after && parsed ? stateFacts(parsed, after.sha256) : null,
    changes: comparison.changes,
    // The state names the terraform that wrote it: no need to ask terraform.
    terraform: {product: 'terraform', version: parsed?.terraformVersion ?? ''},
    argv,
    ...who,
    startedAt,
    durationMs: (endedAt ?? now).getTime() - Date.parse(startedAt),
    targeted,
    note,
    ...(machines.length > 0 && {machines}),
    ...(restoredFrom !== undefined && {restoredFrom}),
    tags: [],
    pinned: false,
  };
}

function stateFacts({lineage, serial, instances}: State, sha256: string): Facts['state'] {
  return {lineage, serial, sha256, resources: instances.size};
}
