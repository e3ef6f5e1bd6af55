import {existsSync} from 'node:fs';
import type {Place} from '../project/place.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {readHistory, resolveVersion, type Version} from '../store/read.js';
import {withRollbackLock} from '../store/pid-lock.js';
import {
  NOTHING_GIVEN,
  readRollbackRecord,
  type GivenRecord,
  type RollbackRecord,
} from '../store/rollback-record.js';
import {statusOf} from '../terraform/exit.js';
import {sayDiskSnapshots} from './disk-snapshots.js';
import {noteGiven, refuseUnusable} from '../inputs/overrides.js';
import {givenArguments, restoreInputs, type Restored} from '../inputs/restore.js';
import {
  refuseActive,
  refuseForeignState,
  refuseLiveResources,
  refuseOtherWorkspace,
  refuseSharedResources,
} from './refusals.js';
import {
  countPresent,
  forget,
  prepareFolder,
  recordOf,
  remove,
  rootOf,
  writeRecord,
} from './rollback-folder.js';
import type {RollbackRequest} from './rollback-request.js';
import {
  forgetBackend,
  replaceBackend,
  rollbackTerraform,
  shareBackend,
  type FolderTerraform,
} from './rollback-terraform.js';

/** What `rollback.json` and the rollback's folder say at the moment. */
export interface RollbackStatus {
  /** Empty while no rollback is active. */
  readonly version: string;
  /** The root module's copy. */
  readonly path: string;
  /** Managed resources in its state; undefined when that cannot be read. */
  readonly resources: number | undefined;
}

/** Tell whether a rollback is active, and what it holds. */
export async function rollbackStatus(context: Context, place: Place): Promise<RollbackStatus> {
  const {layout} = place;
  const version = readHistory(layout).rollback;
  return {version, path: rootOf(layout), resources: await countPresent(context, place)};
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
  const history = readHistory(layout);
  const version = resolveVersion(history, name);
  refuseUnusable(request.given);
  refuseOtherWorkspace(version, workspace);
  const recorded = readRollbackRecord(layout);
  const isResumed = history.rollback === version.name && recorded?.unfinished === true;
  if (!(isResumed && recorded.sameBackend)) await refuseLiveResources(context, place, history, say);
  await withRollbackLock(layout, context, async () => {
    if (isResumed) {
      await resume(request, version, recorded);
      return;
    }
    await refuseActive(context, place, readHistory(layout), say);
    say({type: 'version-found', version: version.name, workspace});
    sayDiskSnapshots(place, history, version, say);
    await deploy(request, version, sameBackend);
  });
}

/** Go on with a rollback that terraform did not get to the end of. */
async function resume(request: RollbackRequest, version: Version, recorded: RollbackRecord): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const root = rootOf(layout);
  if (!existsSync(root)) {
    const path = layout.rollbackFolder;
    throw new UserError({kind: 'rollback-folder-gone', version: version.name, path, record: layout.rollback});
  }
  say({type: 'resumed', version: version.name, path: root});
  const terraform = rollbackTerraform(context, place, root);
  const restored = await restore(request, version, root, 'apply', recorded.given);
  await runInit(terraform, version, root, say, []);
  if (!terraform.hasOwnState()) refuseForeignState(readHistory(layout), recorded.sameBackend, root);
  say({type: 'initialized'});
  await applyThere(request, version, terraform, restored, recorded);
}

async function deploy(request: RollbackRequest, version: Version, sameBackend: boolean): Promise<void> {
  const {context, place, say} = request;
  const {layout, workspace} = place;
  const root = prepareFolder(place, version, sameBackend, say);
  const terraform = rollbackTerraform(context, place, root);
  const restored = await restore(request, version, root, 'apply', NOTHING_GIVEN);
  if (sameBackend) shareBackend(place, root);
  else if ((version.meta.backend ?? 'local') !== 'local') replace(root, version, say);
  await initialize(terraform, version, root, say, sameBackend);
  if (!sameBackend && !terraform.hasOwnState()) {
    replace(root, version, say);
    await runInit(terraform, version, root, say, ['-reconfigure']);
  }
  if (!terraform.hasOwnState()) await refuseSharedResources(terraform, sameBackend, layout, workspace);
  say({type: 'initialized'});
  for (const {Key, path} of terraform.modulesOutside(layout.rollbackFolder))
    say({type: 'module-outside', version: version.name, module: Key, path});

  const isShared = sameBackend && !terraform.hasOwnState();
  const record = {
    ...recordOf(layout, version, root),
    sameBackend: isShared,
    unfinished: true,
    promoting: false,
    given: await noteGiven(restored.other),
  };
  writeRecord(layout, record);
  say({type: 'recorded', version: version.name});
  await applyThere(request, version, terraform, restored, record);
}

async function applyThere(
  {place, say}: RollbackRequest,
  {name}: Version,
  terraform: FolderTerraform,
  restored: Restored,
  record: RollbackRecord,
): Promise<void> {
  const {layout} = place;
  const path = rootOf(layout);
  say({type: 'running', command: 'terraform apply --auto-approve'});
  const status = statusOf(await terraform.run(['apply', '--auto-approve', ...restored.args], restored));
  const resources = await terraform.countResources();
  if (status !== 0)
    throw new UserError({kind: 'rollback-apply-failed', version: name, path, status, resources});
  writeRecord(layout, {...record, unfinished: false});
  const {sameBackend} = record;
  say({type: 'deployed', version: name, path, resources: resources ?? 0, sameBackend});
}

/**
 * Destroy what the active rollback deployed, remove its folder and forget it. Also clears the folder of a rollback that
 * never came to deploy anything. A folder whose state still holds resources is never removed.
 *
 * @throws UserError `no-rollback`, `rollback-folder-gone`, `rollback-destroy-failed`, `rollback-running`.
 */
export async function deleteRollback(request: RollbackRequest): Promise<void> {
  const {
    context,
    place: {layout},
  } = request;
  const folder = layout.rollbackFolder;
  const version = readHistory(layout).rollback;
  if (!existsSync(folder)) {
    if (version === '') throw new UserError({kind: 'no-rollback'});
    throw new UserError({kind: 'rollback-folder-gone', version, path: folder, record: layout.rollback});
  }
  refuseUnusable(request.given);
  await withRollbackLock(layout, context, async () => {
    await destroyAndRemove(request);
  });
}

async function destroyAndRemove(request: RollbackRequest): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const folder = layout.rollbackFolder;
  const version = readHistory(layout).rollback;
  const before = await countPresent(context, place);
  say({type: 'active', version, path: folder, resources: before});
  // When one is recorded terraform may be at work in there, and its lock is the only one who knows.
  if (readRollbackRecord(layout)?.promoting === true)
    throw new UserError({kind: 'rollback-promoting', version});
  if (version !== '' || before !== 0) await destroy(request);
  // In this order: a record without a folder would speak of resources that nobody can find.
  forget(layout);
  remove(folder);
  say({type: 'folder-removed', path: folder});
  say({type: 'ended', version});
}

async function destroy(request: RollbackRequest): Promise<void> {
  const {context, place, given, say} = request;
  const {layout} = place;
  const recorded = readRollbackRecord(layout);
  const name = recorded?.rollback ?? '';
  const root = rootOf(layout);
  const terraform = rollbackTerraform(context, place, root);
  if (!terraform.hasOwnState()) refuseForeignState(readHistory(layout), recorded?.sameBackend === true, root);
  const version = readHistory(layout).versions.find((each) => each.name === name);
  const restored =
    version === undefined
      ? {args: givenArguments(context, given), env: context.env}
      : await restore(request, version, root, 'destroy', recorded?.given ?? NOTHING_GIVEN);
  say({type: 'running', command: 'terraform destroy --auto-approve'});
  const status = statusOf(await terraform.run(['destroy', '--auto-approve', ...restored.args], restored));
  const resources = await countPresent(context, place);
  if (status !== 0 || resources !== 0) {
    throw new UserError({kind: 'rollback-destroy-failed', version: name, path: root, status, resources});
  }
  say({type: 'destroyed', version: name});
}

async function restore(
  {context, place, given, say, ask}: RollbackRequest,
  version: Version,
  folder: string,
  purpose: 'apply' | 'destroy',
  before: GivenRecord,
): ReturnType<typeof restoreInputs> {
  return restoreInputs({context, layout: place.layout, version, folder, given, before, purpose, say, ask});
}

/** @param isShared Whether the copy was told which backend the project uses; the version's may be another one. */
async function initialize(
  terraform: FolderTerraform,
  version: Version,
  root: string,
  say: RollbackRequest['say'],
  isShared: boolean,
): Promise<void> {
  try {
    await runInit(terraform, version, root, say, []);
  } catch (error) {
    if (!isShared || terraform.wasInterrupted() || !forgetBackend(root)) throw error;
    say({type: 'backend-anew'});
    await runInit(terraform, version, root, say, ['-reconfigure'], ['backend-config']);
  }
}

async function runInit(
  terraform: FolderTerraform,
  version: Version,
  path: string,
  say: RollbackRequest['say'],
  flags: readonly string[],
  allowed: readonly string[] = [],
): Promise<void> {
  say({type: 'running', command: ['terraform init', ...flags].join(' ')});
  const status = statusOf(await terraform.run(['init', ...flags], {allowed}));
  if (status !== 0) throw new UserError({kind: 'rollback-init-failed', version: version.name, path, status});
  // An interrupt while init was about to end: whoever pressed it does not want what comes next.
  if (terraform.wasInterrupted()) throw new UserError({kind: 'rollback-interrupted', version: version.name});
}

function replace(root: string, {meta}: Version, say: RollbackRequest['say']): void {
  replaceBackend(root);
  say({type: 'backend-replaced', backend: meta.backend ?? 'local'});
}
