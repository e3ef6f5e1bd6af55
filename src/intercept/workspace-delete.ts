import {PATIENCE} from '../capture/making.js';
import {keepSnapshot} from '../capture/snapshot.js';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import {keptState} from '../history/version-state.js';
import {placeOf, type Place} from '../project/place.js';
import {parsedOrEmpty} from '../state/state.js';
import {versionNumbers} from '../store/read.js';
import {parseArguments, type Arguments} from '../terraform/arguments.js';
import {isSameState, type StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';

/** A workspace that is to be deleted, and its state where it may hold something. */
export interface Deletion {
  readonly kind: 'workspace-delete';
  readonly place: Place;
  readonly before: StateBytes;
}

/**
 * Read the state of a workspace before it is deleted. Only with `-force` terraform deletes one whose state holds something;
 * without, there is nothing to save.
 */
export async function beginDelete(
  context: Context,
  {root}: Place,
  {names, rest: [name = '']}: Arguments,
): Promise<Deletion | {kind: 'nothing'}> {
  const there = {...context, cwd: root, env: {...context.env, TF_WORKSPACE: name}};
  const place = name === '' ? undefined : placeOf(there, undefined, parseArguments([]));
  if (place === undefined) return {kind: 'nothing'};
  const source = stateSource(context, place, {workspace: name, mayBeMissing: true, seconds: PATIENCE});
  const before: StateBytes = names.has('force') ? await source.read() : {kind: 'none'};
  return {kind: 'workspace-delete', place, before};
}

/**
 * The history of a workspace that was deleted stays. What its state still held (`-force`) becomes its last version, unless
 * one holds it already.
 */
export async function afterDelete(
  context: Context,
  {place, before}: Deletion,
  report: Report,
): Promise<void> {
  const {layout, workspace} = place;
  const kept = keptState(layout, before);
  if (before.kind === 'some' && !parsedOrEmpty(before).isEmpty && !(kept && isSameState(kept, before)))
    await keepSnapshot({context, place, state: before, operation: 'workspace-delete', note: ''}, report);
  if (before.kind === 'unreadable')
    report({type: 'state-unreadable', path: stateSource(context, place).name, reason: before.reason});
  const versions = versionNumbers(layout).length;
  if (versions > 0) report({type: 'workspace-deleted', workspace, versions, path: layout.tree});
}
