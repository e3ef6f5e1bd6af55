import {existsSync} from 'node:fs';
import {join, relative, sep} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import type {Place} from '../capture/place.js';
import {countIn, countResources} from '../capture/resources.js';
import type {Context} from '../context.js';
import {codeOf, UserError} from '../errors.js';
import type {RollbackEvent, RollbackQuestion} from '../report/rollback-events.js';
import {createStore} from '../store/create.js';
import {readHistory, type History, type Version} from '../store/read.js';
import {resolveVersion} from '../store/resolve.js';
import {writeConfiguration} from '../store/restore.js';
import {
  NO_ROLLBACK,
  readRollbackRecord,
  writeRollbackRecord,
  type RollbackRecord,
} from '../store/rollback-record.js';
import {statusOf} from '../terraform/exit.js';
import {stateSource} from '../terraform/state-source.js';
import {restoreInputs, type Restored} from './inputs.js';
import type {RestoreRequest} from './restore-request.js';
import {replaceBackend, rollbackTerraform, shareBackend, type FolderTerraform} from './rollback-terraform.js';

/** What a rollback is asked for, and whom it speaks with. */
export interface RollbackRequest {
  readonly context: Context;
  readonly place: Place;
  /** Values the user insists on. */
  readonly given: RestoreRequest['given'];
  readonly say: (event: RollbackEvent) => void;
  readonly ask: (question: RollbackQuestion) => Promise<string | undefined>;
}

/** What `rollback.json` and the rollback's folder say at the moment. */
export interface RollbackStatus {
  /** Empty while no rollback is active. */
  readonly version: string;
  readonly path: string;
  /** Managed resources in its state; undefined when that cannot be read. */
  readonly resources: number | undefined;
}

/** Tell whether a rollback is active, and what it holds. */
export async function rollbackStatus(context: Context, place: Place): Promise<RollbackStatus> {
  const {layout} = place;
  const version = readHistory(layout).rollback;
  return {version, path: layout.rollbackFolder, resources: await present(context, place).countResources()};
}

/**
 * Deploy a version on its own: its configuration in a folder of its own, starting from an empty state, because everything
 * was destroyed before (the version's old state would make terraform believe that resources still exist).
 *
 * Refuses while the project's state holds resources or a rollback is active. `rollback.json` is written before the first
 * resource can exist, so that whatever interrupts it, `--del` knows what to destroy.
 *
 * @param sameBackend Use the version's own backend. Without it the copy has a state in its folder, so that nothing done
 *   there can reach a state that others use too.
 * @throws UserError with the reason of a refusal, or what stands where after a failure.
 */
export async function rollBackTo(
  request: RollbackRequest,
  name: string,
  sameBackend: boolean,
): Promise<void> {
  const {context, place, say} = request;
  const {layout, workspace} = place;
  const folder = layout.rollbackFolder;
  const history = readHistory(layout);
  const version = resolveVersion(history, name);
  refuseOtherWorkspace(version, workspace);
  await refuseLiveResources(context, place, history, say);
  await refuseActive(context, place, history, say);
  say({type: 'version-found', version: version.name, workspace});

  const root = prepareFolder(place, version, say);
  const terraform = rollbackTerraform(context, place, root);
  const restored = await restore(request, version, root, 'apply');
  if (sameBackend) shareBackend(place, root);
  else if ((version.meta.backend ?? 'local') !== 'local') replace(root, version, say);
  await initialize(terraform, version, folder, say, []);
  if (!sameBackend && !terraform.hasOwnState()) {
    replace(root, version, say);
    await initialize(terraform, version, folder, say, ['-reconfigure']);
  }
  if (!terraform.hasOwnState()) await refuseSharedResources(terraform, sameBackend, folder, workspace);
  say({type: 'initialized'});

  const inside = relative(folder, root).split(sep).join('/');
  record(place, {rollback: version.name, folder: inside, sameBackend});
  say({type: 'recorded', version: version.name});
  say({type: 'running', command: 'terraform apply --auto-approve'});
  const apply = statusOf(await terraform.run(['apply', '--auto-approve'], restored));
  const resources = await terraform.countResources();
  if (apply !== 0) {
    throw new UserError({
      kind: 'rollback-apply-failed',
      version: version.name,
      path: root,
      status: apply,
      resources,
      workspace,
    });
  }
  say({type: 'deployed', version: version.name, path: root, resources: resources ?? 0, sameBackend});
}

/**
 * Destroy what the active rollback deployed, remove its folder and forget it. Also clears the folder of a rollback that
 * never came to deploy anything. A folder whose state still holds resources is never removed.
 *
 * @throws UserError `no-rollback`, `rollback-folder-gone`, `rollback-destroy-failed`.
 */
export async function deleteRollback(request: RollbackRequest): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const folder = layout.rollbackFolder;
  const version = readHistory(layout).rollback;
  if (!existsSync(folder)) {
    if (version === '') throw new UserError({kind: 'no-rollback'});
    throw new UserError({kind: 'rollback-folder-gone', version, path: folder, record: layout.rollback});
  }
  const before = await present(context, place).countResources();
  say({type: 'active', version, path: folder, resources: before});
  // When one is recorded terraform may be at work in there, and its lock is the only one who knows.
  if (version !== '' || before !== 0) await destroy(request, version);
  removeSync(folder);
  say({type: 'folder-removed', path: folder});
  record(place, NO_ROLLBACK);
  say({type: 'ended', version});
}

async function destroy(request: RollbackRequest, name: string): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const {folder, sameBackend} = readRollbackRecord(layout);
  const root = join(layout.rollbackFolder, folder);
  const terraform = rollbackTerraform(context, place, root);
  if (!sameBackend && !terraform.hasOwnState())
    throw new UserError({kind: 'rollback-state-shared', path: layout.rollbackFolder});
  const version = readHistory(layout).versions.find((each) => each.name === name);
  const restored = version && (await restore(request, version, root, 'destroy'));
  say({type: 'running', command: 'terraform destroy --auto-approve'});
  const status = statusOf(await terraform.run(['destroy', '--auto-approve'], restored));
  const resources = await terraform.countResources();
  if (status !== 0 || resources !== 0) {
    throw new UserError({kind: 'rollback-destroy-failed', version: name, path: root, status, resources});
  }
  say({type: 'destroyed', version: name});
}

/** Terraform in the folder of a rollback that exists already. */
function present(context: Context, place: Place): FolderTerraform {
  const {folder} = readRollbackRecord(place.layout);
  return rollbackTerraform(context, place, join(place.layout.rollbackFolder, folder));
}

async function restore(
  {context, place, given, say, ask}: RollbackRequest,
  version: Version,
  folder: string,
  purpose: 'apply' | 'destroy',
): Promise<Restored> {
  return restoreInputs({context, layout: place.layout, version, folder, given, purpose, say, ask});
}

async function initialize(
  terraform: FolderTerraform,
  version: Version,
  path: string,
  say: RollbackRequest['say'],
  flags: readonly string[],
): Promise<void> {
  say({type: 'running', command: ['terraform init', ...flags].join(' ')});
  const status = statusOf(await terraform.run(['init', ...flags]));
  if (status !== 0) throw new UserError({kind: 'rollback-init-failed', version: version.name, path, status});
  // An interrupt while init was about to end: whoever pressed it does not want what comes next.
  if (terraform.wasInterrupted()) throw new UserError({kind: 'rollback-interrupted', version: version.name});
}

function replace(root: string, {meta}: Version, say: RollbackRequest['say']): void {
  replaceBackend(root);
  say({type: 'backend-replaced', backend: meta.backend ?? 'local'});
}

function refuseOtherWorkspace({name, meta}: Version, selected: string): void {
  if (meta.workspace !== undefined && meta.workspace !== selected)
    throw new UserError({kind: 'other-workspace', version: name, workspace: meta.workspace, selected});
}

async function refuseLiveResources(
  context: Context,
  place: Place,
  history: History,
  say: RollbackRequest['say'],
): Promise<void> {
  const {backend, workspace} = place;
  const source = stateSource(context, place);
  const state = backend.kind === 'local' ? undefined : await source.read();
  const path = backend.kind === 'local' ? backend.statePath : source.name;
  const count = backend.kind === 'local' ? countResources(backend.statePath) : state && countIn(state);
  if (count === undefined) {
    const reason = state?.kind === 'unreadable' ? state.reason : 'it is empty or no state';
    throw new UserError({kind: 'state-unreadable', path, reason});
  }
  const name = source.isRemote ? source.name : source.id;
  if (count > 0) throw new UserError({kind: 'resources-exist', count, workspace, name});
  // Lost, not emptied by a destroy: what it named still exists.
  const isGone = state === undefined ? !existsSync(path) : state.kind === 'none';
  if (history.current?.status === true && isGone)
    throw new UserError({kind: 'state-unreadable', path, reason: 'it is gone'});
  say({type: 'state-empty', path});
}

/** The version's own backend may be another one than the project's is now. */
async function refuseSharedResources(
  terraform: FolderTerraform,
  sameBackend: boolean,
  path: string,
  workspace: string,
): Promise<void> {
  if (!sameBackend) throw new UserError({kind: 'rollback-state-shared', path});
  const count = await terraform.countResources();
  if (count === undefined) {
    const reason = 'terraform state pull';
    throw new UserError({kind: 'state-unreadable', path: `the version's backend`, reason});
  }
  if (count > 0)
    throw new UserError({kind: 'resources-exist', count, workspace, name: `the version's backend`});
}

async function refuseActive(
  context: Context,
  place: Place,
  history: History,
  say: RollbackRequest['say'],
): Promise<void> {
  const resources = await present(context, place).countResources();
  if (history.rollback !== '')
    throw new UserError({kind: 'rollback-active', version: history.rollback, resources});
  const path = place.layout.rollbackFolder;
  if (existsSync(path) && resources !== 0)
    throw new UserError({kind: 'rollback-folder-live', path, resources});
  say({type: 'none-active'});
}

/** Returns the root module's copy. */
function prepareFolder({layout}: Place, version: Version, say: RollbackRequest['say']): string {
  const folder = layout.rollbackFolder;
  try {
    createStore(layout);
    if (existsSync(folder)) say({type: 'leftover-removed', path: folder});
    const root = writeConfiguration(layout, version, folder);
    say({type: 'copied', version: version.name, path: root});
    return root;
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
}

function record({layout}: Place, rollback: RollbackRecord): void {
  try {
    writeRollbackRecord(layout, rollback);
  } catch (error) {
    throw new UserError(
      {kind: 'rollback-unrecorded', path: layout.rollback, code: codeOf(error)},
      {cause: error},
    );
  }
}
