import {existsSync} from 'node:fs';
import {refuseUnusable} from '../inputs/overrides.js';
import {readHistory, resolveVersion} from '../store/read.js';
import {withRollbackLock} from '../store/pid-lock.js';
import {readRollbackRecord} from '../store/rollback-record.js';
import {sayDiskSnapshots} from './disk-snapshots.js';
import {deploy, resume} from './isolated-deploy.js';
import {otherWorkspace, projectInUse, refuse, rollbackInUse} from './refusals.js';
import type {RollbackRequest} from './request.js';
import {countPresent} from './rollback-folder.js';
import {projectState, unwrittenState} from './state-facts.js';

/**
 * Deploy a version on its own: its configuration in a folder of its own, starting from an empty state, because everything
 * was destroyed before (the version's old state would make terraform believe that resources still exist).
 *
 * Refuses while the project's state holds resources or a rollback is active. `rollback.json` is written before the first
 * resource can exist, so that whatever interrupts it, `-del` knows what to destroy.
 *
 * @param sameBackend Use the version's own backend. Without it the copy has a state in its folder, so that nothing done
 *   there can reach a state that others use too.
 * @throws UserError with the reason of a refusal, or what is left after a failure.
 */
export async function rollBackTo(
  request: RollbackRequest,
  name: string,
  sameBackend: boolean,
): Promise<void> {
  const {context, place, say} = request;
  const {layout, workspace} = place;
  const history = readHistory(layout);
  const version = resolveVersion(history, name);
  refuseUnusable(request.given);
  refuse(otherWorkspace(version, workspace));
  const recorded = readRollbackRecord(layout);
  const isResumed = history.rollback === version.name && recorded?.unfinished === true;
  if (!(isResumed && recorded.sameBackend)) {
    const state = await projectState(context, place);
    const isDeployed = history.current?.status === true;
    refuse(projectInUse(state, workspace, unwrittenState(place), isDeployed));
    say({type: 'state-empty', path: state.path});
  }
  await withRollbackLock(layout, context, async () => {
    if (isResumed) {
      await resume(request, version, recorded);
      return;
    }
    const folder = existsSync(layout.rollbackFolder) ? layout.rollbackFolder : undefined;
    refuse(rollbackInUse(readHistory(layout).rollback, folder, await countPresent(context, place)));
    say({type: 'none-active'});
    say({type: 'version-found', version: version.name, workspace});
    sayDiskSnapshots(place, history, version, say);
    await deploy(request, version, sameBackend);
  });
}
