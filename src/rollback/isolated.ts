import {existsSync} from 'node:fs';
import {removeSync} from 'fs-extra/esm';
import type {Place} from '../capture/place.js';
import {countInFolder, countResources} from '../capture/resources.js';
import type {Context} from '../context.js';
import {codeOf, UserError} from '../errors.js';
import type {RollbackEvent} from '../report/rollback-events.js';
import {createStore} from '../store/create.js';
import {writeJson} from '../store/disk.js';
import {readHistory, type History, type Version} from '../store/read.js';
import {resolveVersion} from '../store/resolve.js';
import {writeConfiguration} from '../store/restore.js';
import {statusOf} from '../terraform/exit.js';
import {rollbackTerraform} from './rollback-terraform.js';

type Say = (event: RollbackEvent) => void;

/** What `rollback.json` and the rollback's folder say at the moment. */
export interface RollbackStatus {
  /** Empty while no rollback is active. */
  readonly version: string;
  readonly path: string;
  /** Managed resources in the folder's state; undefined when that cannot be read. */
  readonly resources: number | undefined;
}

/** Tell whether a rollback is active, and what it holds. */
export function rollbackStatus(place: Place): RollbackStatus {
  return {
    version: readHistory(place.layout).rollback,
    path: place.layout.rollbackFolder,
    resources: countInFolder(place.layout.rollbackFolder),
  };
}

/**
 * Deploy a version on its own: its configuration in a folder of its own, starting from an empty state, because everything
 * was destroyed before (the version's old state would make terraform believe that resources still exist).
 *
 * Refuses while the project's state holds resources or a rollback is active. `rollback.json` is written before the first
 * resource can exist, so that whatever interrupts it, `--del` knows what to destroy.
 *
 * @throws UserError with the reason of a refusal, or what stands where after a failure.
 */
export async function rollBackTo(context: Context, place: Place, name: string, say: Say): Promise<void> {
  const {layout} = place;
  const folder = layout.rollbackFolder;
  if (place.backend.kind === 'remote') throw new UserError({kind: 'rollback-state-shared', path: folder});
  const history = readHistory(layout);
  const version = resolveVersion(history, name);
  refuseLiveResources(place, place.backend.statePath, history, say);
  refuseActive(history, folder, say);
  const terraform = await rollbackTerraform(context, place);
  say({type: 'version-found', version: version.name});

  prepareFolder(place, version, say);
  say({type: 'running', command: 'terraform init'});
  const init = statusOf(await terraform.run(['init']));
  if (init !== 0)
    throw new UserError({kind: 'rollback-init-failed', version: version.name, path: folder, status: init});
  // An interrupt while init was about to end: whoever pressed it does not want what comes next.
  if (terraform.wasInterrupted()) throw new UserError({kind: 'rollback-interrupted', version: version.name});
  if (terraform.statePath() === undefined) throw new UserError({kind: 'rollback-state-shared', path: folder});
  say({type: 'initialized'});

  record(place, version.name);
  say({type: 'recorded', version: version.name});
  say({type: 'running', command: 'terraform apply --auto-approve'});
  const apply = statusOf(await terraform.run(['apply', '--auto-approve']));
  const resources = countInFolder(folder);
  if (apply !== 0) {
    throw new UserError({
      kind: 'rollback-apply-failed',
      version: version.name,
      path: folder,
      status: apply,
      resources,
      workspace: place.workspace,
    });
  }
  say({type: 'deployed', version: version.name, path: folder, resources: resources ?? 0});
}

/**
 * Destroy what the active rollback deployed, remove its folder and forget it. Also clears the folder of a rollback that
 * never came to deploy anything. A folder whose state still holds resources is never removed.
 *
 * @throws UserError `no-rollback`, `rollback-folder-gone`, `rollback-destroy-failed`.
 */
export async function deleteRollback(context: Context, place: Place, say: Say): Promise<void> {
  const {layout} = place;
  const folder = layout.rollbackFolder;
  const version = readHistory(layout).rollback;
  if (!existsSync(folder)) {
    if (version === '') throw new UserError({kind: 'no-rollback'});
    throw new UserError({kind: 'rollback-folder-gone', version, path: folder, record: layout.rollback});
  }
  const before = countInFolder(folder);
  say({type: 'active', version, path: folder, resources: before});
  // When one is recorded terraform may be at work in there, and its lock is the only one who knows.
  if (version !== '' || before !== 0) await destroy(context, place, version, say);
  removeSync(folder);
  say({type: 'folder-removed', path: folder});
  record(place, '');
  say({type: 'ended', version});
}

async function destroy(context: Context, place: Place, version: string, say: Say): Promise<void> {
  const folder = place.layout.rollbackFolder;
  const terraform = await rollbackTerraform(context, place);
  if (terraform.statePath() === undefined) throw new UserError({kind: 'rollback-state-shared', path: folder});
  say({type: 'running', command: 'terraform destroy --auto-approve'});
  const status = statusOf(await terraform.run(['destroy', '--auto-approve']));
  const resources = countInFolder(folder);
  if (status !== 0 || resources !== 0) {
    throw new UserError({kind: 'rollback-destroy-failed', version, path: folder, status, resources});
  }
  say({type: 'destroyed', version});
}

function refuseLiveResources(place: Place, statePath: string, history: History, say: Say): void {
  const count = countResources(statePath);
  const unreadable = (reason: string) => new UserError({kind: 'state-unreadable', path: statePath, reason});
  if (count === undefined) throw unreadable('it is empty or no state');
  if (count > 0) throw new UserError({kind: 'resources-exist', count, workspace: place.workspace});
  // Lost, not emptied by a destroy: what it named still exists.
  if (history.current?.status === true && !existsSync(statePath)) throw unreadable('it is gone');
  say({type: 'state-empty', path: statePath});
}

function refuseActive(history: History, folder: string, say: Say): void {
  const resources = countInFolder(folder);
  if (history.rollback !== '')
    throw new UserError({kind: 'rollback-active', version: history.rollback, resources});
  if (resources !== 0) throw new UserError({kind: 'rollback-folder-live', path: folder, resources});
  say({type: 'none-active'});
}

function prepareFolder({layout}: Place, version: Version, say: Say): void {
  const folder = layout.rollbackFolder;
  try {
    createStore(layout);
    if (existsSync(folder)) say({type: 'leftover-removed', path: folder});
    writeConfiguration(layout, version, folder);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      {
        kind: 'store-unwritable',
        path: folder,
        code: codeOf(error),
        needed: `to copy ${version.name} into it`,
      },
      {cause: error},
    );
  }
  say({type: 'copied', version: version.name, path: folder});
}

function record({layout}: Place, version: string): void {
  try {
    writeJson(layout.rollback, {rollback: version});
  } catch (error) {
    throw new UserError(
      {kind: 'rollback-unrecorded', path: layout.rollback, code: codeOf(error)},
      {cause: error},
    );
  }
}
