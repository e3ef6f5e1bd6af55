import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Place} from '../project/place.js';
import {countIn} from '../state/count.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import type {Layout} from '../store/layout.js';
import type {History, Version} from '../store/read.js';
import {stateSource} from '../terraform/state-source.js';
import {countPresent} from './rollback-folder.js';
import type {RollbackRequest} from './rollback-request.js';
import type {FolderTerraform} from './rollback-terraform.js';
import {countResources} from './state-files.js';

export function refuseOtherWorkspace({name, meta}: Version, selected: string): void {
  if (meta.workspace !== undefined && meta.workspace !== selected)
    throw new UserError({kind: 'other-workspace', version: name, workspace: meta.workspace, selected});
}

export async function refuseLiveResources(
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
export async function refuseSharedResources(
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
export function refuseForeignState({rollback, current}: History, sameBackend: boolean, path: string): void {
  if (!sameBackend || rollback === '') throw new UserError({kind: 'rollback-state-shared', path});
  // A rollback begins when nothing is deployed, and makes no version.
  if (current?.status === true) throw new UserError({kind: 'rollback-state-used', version: current.name});
}

export async function refuseActive(
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
