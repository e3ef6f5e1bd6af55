import {UserError, type Problem} from '../errors.js';

/** A state that was read. */
export interface StateFacts {
  /** For people: an absolute path, or `the backend "s3"`. */
  readonly path: string;
  /** The same, as seen from the root module. */
  readonly name: string;
  /** Managed resources; undefined when they cannot be counted, for the `reason`. */
  readonly resources: number | undefined;
  readonly reason: string;
  readonly isMissing: boolean;
}

/** @throws UserError with the problem, if there is one. */
export function refuse(problem: Problem | undefined): void {
  if (problem !== undefined) throw new UserError(problem);
}

/** Folders stand where the version has a file: what else is in them is in no version. */
export function blockedFiles(version: string, paths: readonly string[]): Problem | undefined {
  return paths.length > 0 ? {kind: 'restore-blocked', version, paths} : undefined;
}

/** A version belongs to the workspace it was made in. */
export function otherWorkspace(
  version: {readonly name: string; readonly meta: {readonly workspace?: string}},
  selected: string,
): Problem | undefined {
  const {workspace = selected} = version.meta;
  return workspace === selected
    ? undefined
    : {kind: 'other-workspace', version: version.name, workspace, selected};
}

/** Whether the state holds nothing, so that something else may be deployed in its place. */
export function stateInUse(
  {path, name, resources, reason}: StateFacts,
  workspace: string,
): Problem | undefined {
  if (resources === undefined) return {kind: 'state-unreadable', path, reason};
  return resources > 0 ? {kind: 'resources-exist', count: resources, workspace, name} : undefined;
}

/**
 * Whether nothing is deployed from the project.
 *
 * @param errored What terraform could not write to its state.
 * @param isDeployed What the store says.
 */
export function projectInUse(
  state: StateFacts,
  workspace: string,
  errored: {readonly path: string; readonly resources: number | undefined},
  isDeployed: boolean,
): Problem | undefined {
  const inUse = stateInUse(state, workspace);
  if (inUse !== undefined) return inUse;
  if (errored.resources !== 0) return {kind: 'state-unwritten', ...errored};
  // Lost, and not emptied by a destroy: its resources still exist.
  if (isDeployed && state.isMissing)
    return {kind: 'state-unreadable', path: state.path, reason: 'it is gone'};
  return undefined;
}

/** Whether there is no rollback yet. @param folder Undefined where there is none. */
export function rollbackInUse(
  active: string,
  folder: string | undefined,
  resources: number | undefined,
): Problem | undefined {
  if (active !== '') return {kind: 'rollback-active', version: active, resources};
  return folder === undefined || resources === 0
    ? undefined
    : {kind: 'rollback-folder-live', path: folder, resources};
}

/** Whether the version's own backend, which may be another one than the project's is now, holds nothing. */
export function sharedStateInUse(
  copy: {readonly sameBackend: boolean; readonly isLocal: boolean; readonly folder: string},
  state: StateFacts,
  workspace: string,
): Problem | undefined {
  // A path that leads out of the folder leads elsewhere from here than from the project.
  if (!copy.sameBackend || copy.isLocal) return {kind: 'rollback-state-shared', path: copy.folder};
  return stateInUse(state, workspace);
}

/** Only a state that this rollback began with may be emptied, and only if the project has not used it since. */
export function foreignState(
  rollback: {readonly version: string; readonly sameBackend: boolean; readonly root: string},
  current: {readonly name: string; readonly status: boolean} | undefined,
): Problem | undefined {
  if (!rollback.sameBackend || rollback.version === '')
    return {kind: 'rollback-state-shared', path: rollback.root};
  // A rollback begins when nothing is deployed, and makes no version.
  return current?.status === true ? {kind: 'rollback-state-used', version: current.name} : undefined;
}

/** What is known of a rollback that is to become the project. */
export interface PromotionFacts {
  readonly version: string;
  readonly isUnfinished: boolean;
  readonly folder: string;
  /** Files in it that differ from the version's. */
  readonly edited: readonly string[];
  readonly deployed: StateFacts;
  readonly live: StateFacts;
  readonly isHandedOver: boolean;
  readonly workspace: string;
}

/** Whether what a rollback deployed may become the project. */
export function promotionRefusal(facts: PromotionFacts): Problem | undefined {
  const {version, folder, edited, deployed} = facts;
  if (facts.isUnfinished) return {kind: 'rollback-unfinished', version};
  // What was edited in the folder, and applied from there, is in no version.
  if (edited.length > 0) return {kind: 'rollback-edited', version, path: folder, files: edited};
  if (deployed.isMissing || deployed.resources === undefined)
    return {kind: 'state-unreadable', path: deployed.path, reason: deployed.reason};
  return facts.isHandedOver ? undefined : stateInUse(facts.live, facts.workspace);
}

/**
 * Whether a version's state may take the place of the present one. A damaged state and one without a lineage may be
 * replaced.
 *
 * @param live Its lineage is undefined where it has none.
 */
export function restoreRefusal(
  version: {readonly name: string; readonly lineage: string},
  live: {
    readonly name: string;
    readonly unreadable: string | undefined;
    readonly lineage: string | undefined;
  },
  force: boolean,
): Problem | undefined {
  const {name} = live;
  if (live.unreadable !== undefined) return {kind: 'state-unreadable', path: name, reason: live.unreadable};
  const {lineage = version.lineage} = live;
  return lineage === '' || lineage === version.lineage || force
    ? undefined
    : {kind: 'lineage-differs', version: version.name, name};
}
