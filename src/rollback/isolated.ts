import {existsSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import type {Place} from '../capture/place.js';
import {countBelow, countIn, countResources, statesBelow} from '../capture/resources.js';
import type {Context} from '../context.js';
import {codeOf, UserError} from '../errors.js';
import type {RollbackEvent, RollbackQuestion} from '../report/rollback-events.js';
import {createStore} from '../store/create.js';
import {readHistory, type History, type Version} from '../store/read.js';
import type {Layout} from '../store/layout.js';
import {resolveVersion} from '../store/resolve.js';
import {writeConfiguration} from '../store/restore.js';
import {withRollbackLock} from '../store/rollback-lock.js';
import {
  clearRollbackRecord,
  noteInFolder,
  NOTHING_GIVEN,
  readRollbackRecord,
  writeRollbackRecord,
  type GivenRecord,
  type RollbackRecord,
} from '../store/rollback-record.js';
import {statusOf} from '../terraform/exit.js';
import {stateSource} from '../terraform/state-source.js';
import {noteGiven, refuseUnusable} from './given-values.js';
import {givenArguments, restoreInputs, type Restored} from './inputs.js';
import type {RestoreRequest} from './restore-request.js';
import {
  forgetBackend,
  replaceBackend,
  rollbackTerraform,
  shareBackend,
  type FolderTerraform,
} from './rollback-terraform.js';

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
  const status = statusOf(await terraform.run(['apply', '--auto-approve'], restored));
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
  const status = statusOf(await terraform.run(['destroy', '--auto-approve'], restored));
  const resources = await countPresent(context, place);
  if (status !== 0 || resources !== 0) {
    throw new UserError({kind: 'rollback-destroy-failed', version: name, path: root, status, resources});
  }
  say({type: 'destroyed', version: name});
}

/**
 * The root module's copy in a rollback's folder. Where nothing is recorded any more, the place where terraform left
 * something: resources, or else its data folder.
 */
export function rootOf(layout: Layout): string {
  const top = layout.rollbackFolder;
  const recorded = readRollbackRecord(layout);
  if (recorded !== undefined) return join(top, recorded.folder);
  const live = statesBelow(top).find((path) => countResources(path) !== 0);
  return live === undefined ? top : dirname(live);
}

/** What the folder of a rollback holds, whatever is recorded of it. */
async function countPresent(context: Context, place: Place): Promise<number | undefined> {
  const {layout} = place;
  const count = await rollbackTerraform(context, place, rootOf(layout)).countResources();
  if (count === undefined || readRollbackRecord(layout) !== undefined) return count;
  const below = countBelow(layout.rollbackFolder);
  return below && Math.max(count, below);
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
  const status = statusOf(await terraform.run(['init', ...flags], undefined, allowed));
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
  const errored = join(place.root, 'errored.tfstate');
  const left = countResources(errored);
  if (left !== 0) throw new UserError({kind: 'state-unwritten', path: errored, resources: left});
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
  {rollbackFolder: path}: Layout,
  workspace: string,
): Promise<void> {
  // A path that leads out of the folder leads elsewhere from here than from the project.
  if (!sameBackend || terraform.backend() === 'local')
    throw new UserError({kind: 'rollback-state-shared', path});
  const count = await terraform.countResources();
  if (count === undefined) {
    const reason = 'terraform state pull';
    throw new UserError({kind: 'state-unreadable', path: `the version's backend`, reason});
  }
  if (count > 0)
    throw new UserError({kind: 'resources-exist', count, workspace, name: `the version's backend`});
}

/** Only a state that this rollback began with, and nobody else has used since, may be emptied. */
function refuseForeignState({rollback, current}: History, sameBackend: boolean, path: string): void {
  if (!sameBackend || rollback === '') throw new UserError({kind: 'rollback-state-shared', path});
  // A rollback begins when nothing is deployed, and makes no version.
  if (current?.status === true) throw new UserError({kind: 'rollback-state-used', version: current.name});
}

async function refuseActive(
  context: Context,
  place: Place,
  history: History,
  say: RollbackRequest['say'],
): Promise<void> {
  const resources = await countPresent(context, place);
  if (history.rollback !== '')
    throw new UserError({kind: 'rollback-active', version: history.rollback, resources});
  const path = place.layout.rollbackFolder;
  if (existsSync(path) && resources !== 0)
    throw new UserError({kind: 'rollback-folder-live', path, resources});
  say({type: 'none-active'});
}

/** Returns the root module's copy. */
function prepareFolder(
  {layout}: Place,
  version: Version,
  sameBackend: boolean,
  say: RollbackRequest['say'],
): string {
  const folder = layout.rollbackFolder;
  try {
    createStore(layout);
    if (existsSync(folder)) say({type: 'leftover-removed', path: folder});
    const root = writeConfiguration(layout, version, folder);
    noteInFolder(layout, {
      ...recordOf(layout, version, root),
      sameBackend,
      unfinished: true,
      promoting: false,
      given: NOTHING_GIVEN,
    });
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

function recordOf({rollbackFolder}: Layout, version: Version, root: string) {
  return {rollback: version.name, folder: relative(rollbackFolder, root).split(sep).join('/')};
}

/** @throws UserError `rollback-unrecorded`. */
export function writeRecord(layout: Layout, record: RollbackRecord): void {
  try {
    writeRollbackRecord(layout, record);
  } catch (error) {
    throw new UserError(
      {kind: 'rollback-unrecorded', path: layout.rollback, code: codeOf(error)},
      {cause: error},
    );
  }
}

export function forget(layout: Layout): void {
  orUnwritable(layout.rollback, 'to end the rollback', () => {
    clearRollbackRecord(layout);
  });
}

export function remove(folder: string): void {
  orUnwritable(folder, 'to remove it', () => {
    removeSync(folder);
  });
}

function orUnwritable(path: string, needed: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new UserError({kind: 'store-unwritable', path, code: codeOf(error), needed}, {cause: error});
  }
}
