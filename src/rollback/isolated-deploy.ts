import {UserError} from '../errors.js';
import {noteGiven} from '../inputs/overrides.js';
import {restoreInputs, type Restored} from '../inputs/restore.js';
import {readHistory, type Version} from '../store/read.js';
import {NOTHING_GIVEN, type RollbackRecord} from '../store/rollback-record.js';
import {foreignState, refuse, sharedStateInUse} from './refusals.js';
import type {RollbackRequest} from './request.js';
import {prepareFolder, recordOf, requireRoot, rootOf, writeRecord} from './rollback-folder.js';
import {
  forgetBackend,
  replaceBackend,
  rollbackTerraform,
  shareBackend,
  type FolderTerraform,
} from './rollback-terraform.js';

/** A rollback while it is made: whom to speak with, and what runs where. */
interface Deployment {
  readonly request: RollbackRequest;
  readonly version: Version;
  /** The root module's copy. */
  readonly root: string;
  readonly terraform: FolderTerraform;
}

/** Go on with a rollback whose apply did not end well. */
export async function resume(
  request: RollbackRequest,
  version: Version,
  record: RollbackRecord,
): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const root = requireRoot(layout, version.name);
  say({type: 'resumed', version: version.name, path: root});
  const deployment = {request, version, root, terraform: rollbackTerraform(context, place, root)};
  const restored = await valuesFor(deployment, record.given);
  await init(deployment, []);
  const {rollback, current} = readHistory(layout);
  if (!deployment.terraform.hasOwnState())
    refuse(foreignState({version: rollback, sameBackend: record.sameBackend, root}, current));
  say({type: 'initialized'});
  await apply(deployment, restored, record);
}

/** Copy the version, initialize the copy and apply it. */
export async function deploy(
  request: RollbackRequest,
  version: Version,
  sameBackend: boolean,
): Promise<void> {
  const {context, place, say} = request;
  const {layout, workspace} = place;
  const root = prepareFolder(place, version, sameBackend, say);
  const terraform = rollbackTerraform(context, place, root);
  const deployment = {request, version, root, terraform};
  const restored = await valuesFor(deployment, NOTHING_GIVEN);
  await initialize(deployment, sameBackend);
  const isShared = !terraform.hasOwnState();
  if (isShared) {
    const copy = {sameBackend, isLocal: terraform.backend() === 'local', folder: layout.rollbackFolder};
    const name = `the version's backend`;
    const resources = await terraform.countResources();
    const state = {path: name, name, resources, reason: 'terraform state pull', isMissing: false};
    refuse(sharedStateInUse(copy, state, workspace));
  }
  say({type: 'initialized'});
  for (const {Key, path} of terraform.modulesOutside(layout.rollbackFolder))
    say({type: 'module-outside', version: version.name, module: Key, path});

  const record = {
    ...recordOf(layout, version, root),
    sameBackend: isShared,
    unfinished: true,
    promoting: false,
    given: await noteGiven(restored.other),
  };
  writeRecord(layout, record);
  say({type: 'recorded', version: version.name});
  await apply(deployment, restored, record);
}

async function apply(
  {request, version, terraform}: Deployment,
  restored: Restored,
  record: RollbackRecord,
): Promise<void> {
  const {layout} = request.place;
  const path = rootOf(layout);
  request.say({type: 'running', command: 'terraform apply --auto-approve'});
  const status = await terraform.run(['apply', '--auto-approve', ...restored.args], restored);
  const resources = await terraform.countResources();
  if (status !== 0)
    throw new UserError({kind: 'rollback-apply-failed', version: version.name, path, status, resources});
  writeRecord(layout, {...record, unfinished: false});
  const {sameBackend} = record;
  request.say({type: 'deployed', version: version.name, path, resources: resources ?? 0, sameBackend});
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

function valuesFor(
  {request, version, root}: Deployment,
  before: RollbackRecord['given'],
): ReturnType<typeof restoreInputs> {
  const {layout} = request.place;
  return restoreInputs({...request, layout, version, folder: root, before, purpose: 'apply'});
}
