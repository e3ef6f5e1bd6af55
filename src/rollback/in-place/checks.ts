import type {Problem} from '../../errors.js';
import {withoutKeys, type Reconciliation} from '../../state/reconcile.js';
import type {Meta} from '../../store/version.js';
import {blockedFiles, otherWorkspace} from '../refusals.js';

/** What is there now. */
export interface PresentFacts {
  readonly workspace: string;
  /** The backend's type. */
  readonly backend: string;
  /** Undefined where terraform does not say. */
  readonly terraform: string | undefined;
  readonly state: {
    /** For people: an absolute path, or `the backend "s3"`. */
    readonly name: string;
    readonly isMissing: boolean;
    /** Why it cannot be read. */
    readonly unreadable: string | undefined;
    readonly lineage: string;
  };
  /** The version of an isolated rollback that is active; empty for none. */
  readonly rollback: string;
}

/**
 * Whether a version can be gone back to in place, before anything is prepared for it.
 *
 * @param version Only one of the first format of the store says less of itself.
 * @param lineage Of its state.
 */
export function inPlaceRefusal(
  version: {readonly name: string; readonly meta: Pick<Meta, 'workspace' | 'backend' | 'terraform'>},
  lineage: string,
  now: PresentFacts,
): Problem | undefined {
  const {name, meta} = version;
  const {state, rollback} = now;
  const foreign = otherWorkspace(version, now.workspace);
  if (foreign !== undefined) return foreign;
  if (meta.backend !== undefined && meta.backend !== now.backend)
    return {kind: 'other-backend', version: name, backend: meta.backend, present: now.backend};
  if (state.unreadable !== undefined)
    return {kind: 'state-unreadable', path: state.name, reason: state.unreadable};
  if (state.isMissing) return {kind: 'nothing-deployed', version: name};
  if (state.lineage !== lineage) return {kind: 'lineage-differs', version: name, name: state.name};
  if (rollback !== '') return {kind: 'rollback-active', version: rollback, resources: undefined};
  return olderTerraform(name, now.terraform, meta.terraform?.version);
}

/** What an in-place rollback is about to do. */
export interface PlannedFacts {
  readonly version: {readonly name: string};
  readonly now: Pick<PresentFacts, 'terraform'>;
  readonly reconciliation: Reconciliation;
  /** The version's state, and the live one: their instances by address. */
  readonly wanted: {readonly instances: {keys(): Iterable<string>}};
  readonly live: {readonly instances: {keys(): Iterable<string>}};
  /** Folders that stand where the version has a file. */
  readonly blocked: readonly string[];
  /** Files that would be replaced and that no version keeps. */
  readonly unkept: readonly string[];
}

/** Whether what was prepared may be carried out. */
export function plannedRefusal(facts: PlannedFacts, destroyImported: boolean): Problem | undefined {
  const {reconciliation, blocked, unkept, now} = facts;
  const version = facts.version.name;
  const needed = neededFor(reconciliation, destroyImported);
  const problem = blockedFiles(version, blocked) ?? olderTerraform(version, now.terraform, needed);
  if (problem !== undefined) return problem;
  const addresses = destroyImported ? [] : importedAmong(facts);
  if (addresses.length > 0) return {kind: 'imported-among-others', version, addresses};
  return unkept.length > 0 ? {kind: 'modules-not-kept', version, paths: unkept} : undefined;
}

/** Terraform removes whole blocks from the state, not single instances: others that stand in such a block. */
function importedAmong({reconciliation: {imported}, wanted, live}: PlannedFacts): string[] {
  const blocks = new Set(imported.map(withoutKeys));
  const known = new Set([...imported, ...wanted.instances.keys()]);
  return [...live.instances.keys()].filter(
    (address) => blocks.has(withoutKeys(address)) && !known.has(address),
  );
}

/** The oldest terraform that knows the blocks which are generated. */
function neededFor(
  {moved, imported, forgotten}: Reconciliation,
  destroyImported: boolean,
): string | undefined {
  if (imported.length > 0 && !destroyImported) return '1.7.0';
  if (forgotten.length > 0) return '1.5.0';
  return moved.length > 0 ? '1.1.0' : undefined;
}

/** Compares the numbers only: a release and its candidates count as the same. */
function olderTerraform(version: string, present = '', wanted = ''): Problem | undefined {
  if (present === '' || wanted === '') return undefined;
  const [left, right] = [present, wanted].map((text) => text.split(/[.-]/).map(Number));
  const differences = [0, 1, 2].map((at) => (left?.[at] ?? 0) - (right?.[at] ?? 0));
  const isOlder = (differences.find((difference) => difference !== 0) ?? 0) < 0;
  return isOlder ? {kind: 'terraform-older', version, wanted, present} : undefined;
}

/**
 * Fit a reconciliation to the version's configuration. What that declares stays managed, and is not removed from the state;
 * what it does not declare cannot be imported. Where a `moved` block of its own leads to an address terraform takes no
 * second one: ours then leads to where that one starts.
 *
 * @param declared Resources of its root module: `aws_instance.web`.
 * @param moves Where its `moved` blocks lead to, and where each starts.
 */
export function fitToConfiguration(
  {moved, imported, forgotten}: Reconciliation,
  declared: ReadonlySet<string>,
  moves: ReadonlyMap<string, string>,
): Reconciliation {
  const isDeclared = (address: string) => declared.has(withoutKeys(address));
  const start = (address: string, seen: readonly string[] = []): string => {
    const from = moves.get(address);
    return from === undefined || seen.includes(from) ? address : start(from, [...seen, address]);
  };
  return {
    moved: moved.map(({from, to}) => ({from, to: start(to)})).filter(({from, to}) => from !== to),
    imported: imported.filter((address) => !isDeclared(address)),
    forgotten: forgotten.filter(({address}) => address.startsWith('module.') || isDeclared(address)),
  };
}
