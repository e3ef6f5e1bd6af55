import {existsSync} from 'node:fs';
import {UserError} from '../errors.js';
import {noteGiven, refuseUnusable} from '../inputs/overrides.js';
import {restoreInputs, type Restored} from '../inputs/restore.js';
import {withRollbackLock} from '../store/pid-lock.js';
import {readHistory, resolveVersion, type Version} from '../store/read.js';
import {readRollbackRecord, type RollbackRecord} from '../store/rollback-record.js';
import {sayDiskSnapshots} from './disk-snapshots.js';
import {
  foreignState,
  otherWorkspace,
  projectInUse,
  refuse,
  rollbackInUse,
  sharedStateInUse,
} from './refusals.js';
import type {RollbackRequest} from './request.js';
import {countPresent, prepareFolder, requireRoot, writeRecord} from './rollback-folder.js';
import {
  forgetBackend,
  replaceBackend,
  rollbackTerraform,
  shareBackend,
  type FolderTerraform,
} from './rollback-terraform.js';
import {projectState, unwrittenState} from './state-facts.js';

/** A rollback while it is made: whom to speak with, and what runs where. */
interface Deployment {
  readonly request: RollbackRequest;
  readonly version: Version;
  /** The root module's copy. */
  readonly root: string;
  readonly terraform: FolderTerraform;
}

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

/** Go on with a rollback whose apply did not end well. */
async function resume(request: RollbackRequest, version: Version, record: RollbackRecord): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const root = requireRoot(layout, version.name);
  say({type: 'resumed', version: version.name, path: root});
  const deployment = {request, version, root, terraform: rollbackTerraform(context, place, root)};
  const restored = await valuesFor(deployment, record);
  await init(deployment, []);
  const {rollback, current} = readHistory(layout);
  if (!deployment.terraform.hasOwnState())
    refuse(foreignState({version: rollback, sameBackend: record.sameBackend, root}, current));
  say({type: 'initialized'});
  await apply(deployment, restored, record);
}

/** Copy the version, initialize the copy and apply it. */
async function deploy(request: RollbackRequest, version: Version, sameBackend: boolean): Promise<void> {
  const {context, place, say} = request;
  const {layout, workspace} = place;
  const {root, record} = prepareFolder(request, version, sameBackend);
  const terraform = rollbackTerraform(context, place, root);
  const deployment = {request, version, root, terraform};
  const restored = await valuesFor(deployment, record);
  await initialize(deployment, sameBackend);
  const isShared = !terraform.hasOwnState();
  if (isShared) {
    const copy = {sameBackend, isLocal: terraform.backend() === 'local', folder: layout.rollbackFolder};
    const path = `the version's backend`;
    const resources = await terraform.countResources();
    const state = {path, name: path, resources, reason: 'terraform state pull', isMissing: false};
    refuse(sharedStateInUse(copy, state, workspace));
  }
  say({type: 'initialized'});
  for (const {Key, path} of terraform.modulesOutside())
    say({type: 'module-outside', version: version.name, module: Key, path});

  const begun = {...record, sameBackend: isShared, given: await noteGiven(restored.other)};
  writeRecord(layout, begun);
  say({type: 'recorded', version: version.name});
  await apply(deployment, restored, begun);
}

async function apply(
  {request, version, root, terraform}: Deployment,
  restored: Restored,
  record: RollbackRecord,
): Promise<void> {
  const {say} = request;
  const at = {version: version.name, path: root};
  say({type: 'running', command: 'terraform apply --auto-approve'});
  const status = await terraform.run(['apply', '--auto-approve', ...restored.args], restored);
  const resources = await terraform.countResources();
  if (status !== 0) throw new UserError({kind: 'rollback-apply-failed', ...at, status, resources});
  writeRecord(request.place.layout, {...record, unfinished: false});
  say({type: 'deployed', ...at, resources: resources ?? 0, sameBackend: record.sameBackend});
}

/** Initialize the copy: with a state of its own, or with the backend that the project, or else the version, uses. */
async function initialize(deployment: Deployment, sameBackend: boolean): Promise<void> {
  const {request, version, root, terraform} = deployment;
  const backend = version.meta.backend ?? 'local';
  const replace = () => {
    replaceBackend(root);
    request.say({type: 'backend-replaced', backend});
  };
  if (!sameBackend) {
    if (backend !== 'local') replace();
    await init(deployment, []);
    if (terraform.hasOwnState()) return;
    replace();
    await init(deployment, ['-reconfigure']);
    return;
  }
  shareBackend(request.place, root);
  try {
    await init(deployment, []);
  } catch (error) {
    if (terraform.wasInterrupted() || !forgetBackend(root)) throw error;
    request.say({type: 'backend-anew'});
    await init(deployment, ['-reconfigure'], ['backend-config']);
  }
}

/** @param allowed See `RunOptions`. */
async function init(
  {request, version, root, terraform}: Deployment,
  flags: readonly string[],
  allowed: readonly string[] = [],
): Promise<void> {
  request.say({type: 'running', command: ['terraform init', ...flags].join(' ')});
  const status = await terraform.run(['init', ...flags], {allowed});
  if (status !== 0)
    throw new UserError({kind: 'rollback-init-failed', version: version.name, path: root, status});
  // An interrupt while init was about to end is meant for what comes next.
  if (terraform.wasInterrupted()) throw new UserError({kind: 'rollback-interrupted', version: version.name});
}

function valuesFor({request, version, root}: Deployment, {given: before}: RollbackRecord) {
  const {layout} = request.place;
  return restoreInputs({...request, layout, version, folder: root, before, purpose: 'apply'});
}
