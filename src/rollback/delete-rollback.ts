import {existsSync} from 'node:fs';
import {UserError} from '../errors.js';
import {givenArguments, refuseUnusable} from '../inputs/overrides.js';
import {restoreInputs} from '../inputs/restore.js';
import {withRollbackLock} from '../store/pid-lock.js';
import {readHistory} from '../store/read.js';
import {NOTHING_GIVEN, readRollbackRecord} from '../store/rollback-record.js';
import {foreignState, refuse} from './refusals.js';
import type {RollbackRequest} from './request.js';
import {countPresent, endRollback, folderGone, rootOf} from './rollback-folder.js';
import {rollbackTerraform} from './rollback-terraform.js';

/**
 * Destroy what the active rollback deployed, remove its folder and its record. Also removes the folder of a rollback that
 * never came to deploy anything. A folder whose state still holds resources is never removed.
 *
 * @throws UserError `no-rollback`, `rollback-folder-gone`, `rollback-destroy-failed`, `rollback-running`.
 */
export async function deleteRollback(request: RollbackRequest): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const path = layout.rollbackFolder;
  const active = readHistory(layout).rollback;
  if (!existsSync(path))
    throw active === '' ? new UserError({kind: 'no-rollback'}) : folderGone(layout, active);
  refuseUnusable(request.given);
  await withRollbackLock(layout, context, async () => {
    const version = readHistory(layout).rollback;
    const resources = await countPresent(context, place);
    say({type: 'active', version, path, resources});
    // When one is recorded terraform may be running in there, and only its lock would tell.
    if (readRollbackRecord(layout)?.promoting === true)
      throw new UserError({kind: 'rollback-promoting', version});
    if (version !== '' || resources !== 0) await destroy(request);
    endRollback(place);
    say({type: 'folder-removed', path});
    say({type: 'ended', version});
  });
}

async function destroy(request: RollbackRequest): Promise<void> {
  const {context, place, given, say} = request;
  const {layout} = place;
  const root = rootOf(layout);
  const record = readRollbackRecord(layout);
  const {rollback, current, versions} = readHistory(layout);
  const terraform = rollbackTerraform(context, place, root);
  if (!terraform.hasOwnState())
    refuse(foreignState({version: rollback, sameBackend: record?.sameBackend === true, root}, current));
  const name = record?.rollback ?? '';
  const version = versions.find((each) => each.name === name);
  const before = record?.given ?? NOTHING_GIVEN;
  const restored =
    version === undefined
      ? {args: givenArguments(context, given), env: context.env}
      : await restoreInputs({...request, layout, version, folder: root, before, purpose: 'destroy'});
  say({type: 'running', command: 'terraform destroy --auto-approve'});
  const status = await terraform.run(['destroy', '--auto-approve', ...restored.args], restored);
  const resources = await countPresent(context, place);
  if (status !== 0 || resources !== 0)
    throw new UserError({kind: 'rollback-destroy-failed', version: name, path: root, status, resources});
  say({type: 'destroyed', version: name});
}
