import {existsSync} from 'node:fs';
import {UserError} from '../errors.js';
import {noteGiven, refuseUnusable} from '../inputs/overrides.js';
import {restoreInputs} from '../inputs/restore.js';
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
import {countPresent, folderGone, prepareFolder, rootOf, writeRecord} from './rollback-folder.js';
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
      const root = rootOf(layout);
      if (!existsSync(root)) throw folderGone(layout, version.name);
      say({type: 'resumed', version: version.name, path: root});
      await deploy(request, version, {root, record: recorded}, true);
      return;
    }
    const folder = existsSync(layout.rollbackFolder) ? layout.rollbackFolder : undefined;
    refuse(rollbackInUse(readHistory(layout).rollback, folder, await countPresent(context, place)));
    say({type: 'none-active'});
    say({type: 'version-found', version: version.name, workspace});
    sayDiskSnapshots(place, history, version, say);
    await deploy(request, version, prepareFolder(request, version, sameBackend), false);
  });
}

/**
 * Initialize the copy of a version and apply it.
 *
 * @param isResumed Whether this rollback was begun before, and its apply did not end well.
 */
async function deploy(
  request: RollbackRequest,
  version: Version,
  {root, record: before}: ReturnType<typeof prepareFolder>,
  isResumed: boolean,
): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const terraform = rollbackTerraform(context, place, root);
  const deployment = {request, version, root, terraform};
  const inputs = {...request, layout, version, folder: root, before: before.given};
  const restored = await restoreInputs({...inputs, purpose: 'apply'});
  await (isResumed ? init(deployment, []) : initialize(deployment, before.sameBackend));
  const isShared = !terraform.hasOwnState();
  if (isShared) await refuseShared(deployment, before, isResumed);
  say({type: 'initialized'});

  let record = before;
  if (!isResumed) {
    for (const {Key, path} of terraform.modulesOutside())
      say({type: 'module-outside', version: version.name, module: Key, path});
    record = {...before, sameBackend: isShared, given: await noteGiven(restored.other)};
    writeRecord(layout, record);
    say({type: 'recorded', version: version.name});
  }
  say({type: 'running', command: 'terraform apply --auto-approve'});
  const status = await terraform.run(['apply', '--auto-approve', ...restored.args], restored);
  const resources = await terraform.countResources();
  const at = {version: version.name, path: root};
  if (status !== 0) throw new UserError({kind: 'rollback-apply-failed', ...at, status, resources});
  writeRecord(layout, {...record, unfinished: false});
  say({type: 'deployed', ...at, resources: resources ?? 0, sameBackend: record.sameBackend});
}

/** The state is not in the folder: it must be empty before, and this rollback's afterwards. */
async function refuseShared(
  {request, root, terraform}: Deployment,
  {sameBackend}: RollbackRecord,
  isResumed: boolean,
): Promise<void> {
  const {layout, workspace} = request.place;
  if (isResumed) {
    const {rollback, current} = readHistory(layout);
    refuse(foreignState({version: rollback, sameBackend, root}, current));
    return;
  }
  const copy = {sameBackend, isLocal: terraform.backend() === 'local', folder: layout.rollbackFolder};
  const path = `the version's backend`;
  const resources = await terraform.countResources();
  const state = {path, name: path, resources, reason: 'terraform state pull', isMissing: false};
  refuse(sharedStateInUse(copy, state, workspace));
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
