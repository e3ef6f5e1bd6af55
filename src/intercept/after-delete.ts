import {parsedOrEmpty} from '../capture/decide.js';
import {keptState} from '../history/version-state.js';
import type {Place} from '../project/place.js';
import {keepSnapshot} from '../capture/snapshot.js';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import {versionNumbers} from '../store/read.js';
import {isSameState, type StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';

/**
 * The history of a workspace that was deleted stays. What its state still held (`-force`) becomes its last version, unless
 * one holds it already.
 *
 * @param place The deleted workspace's.
 */
export async function afterDelete(
  context: Context,
  place: Place,
  before: StateBytes,
  report: Report,
): Promise<void> {
  const {layout, workspace} = place;
  const kept = keptState(layout, before);
  if (before.kind === 'some' && !parsedOrEmpty(before).isEmpty && !(kept && isSameState(kept, before))) {
    await keepSnapshot({context, place, state: before, operation: 'workspace-delete', note: ''}, report);
  }
  if (before.kind === 'unreadable')
    report({type: 'state-unreadable', path: stateSource(context, place).name, reason: before.reason});
  const versions = versionNumbers(layout).length;
  if (versions > 0) report({type: 'workspace-deleted', workspace, versions, path: layout.tree});
}
