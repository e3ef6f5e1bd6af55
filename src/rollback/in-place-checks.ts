import {withoutKeys, type Reconciliation} from '../state/reconcile.js';
import {parseState, type State} from '../state/state.js';
import {movesIn, resourcesIn} from '../project/steps.js';
import {UserError} from '../errors.js';
import {readHistory, type Version} from '../store/read.js';
import type {StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import type {RollbackRequest} from './rollback-request.js';
import type {Terraform} from '../terraform/bound.js';
import {requireState} from '../history/version-state.js';

export interface Live {
  readonly bytes: StateBytes;
  readonly parsed: State;
}

/** The same workspace, backend and lineage, and something that is deployed. */
export async function checkStates(
  {context, place}: RollbackRequest,
  version: Version,
): Promise<{live: Live; wanted: State}> {
  const {backend, workspace} = place;
  const {meta, name} = version;
  if (meta.workspace !== undefined && meta.workspace !== workspace)
    throw new UserError({
      kind: 'other-workspace',
      version: name,
      workspace: meta.workspace,
      selected: workspace,
    });
  const type = backend.kind === 'local' ? 'local' : backend.type;
  if (meta.backend !== undefined && meta.backend !== type)
    throw new UserError({kind: 'other-backend', version: name, backend: meta.backend, present: type});
  const {parsed: wanted} = requireState(place.layout, version);
  const source = stateSource(context, place);
  const bytes = await source.read();
  if (bytes.kind === 'unreadable')
    throw new UserError({kind: 'state-unreadable', path: source.name, reason: bytes.reason});
  if (bytes.kind === 'none') throw new UserError({kind: 'nothing-deployed', version: name});
  let parsed: State;
  try {
    parsed = parseState(bytes.bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError({kind: 'state-unreadable', path: source.name, reason}, {cause: error});
  }
  if (parsed.lineage !== wanted.lineage)
    throw new UserError({kind: 'lineage-differs', version: name, name: source.name});
  const active = readHistory(place.layout).rollback;
  if (active !== '') throw new UserError({kind: 'rollback-active', version: active, resources: undefined});
  return {live: {bytes, parsed}, wanted};
}

export async function refuseOlderTerraform(
  terraform: Pick<Terraform, 'version'>,
  {name}: Version,
  wanted: string,
): Promise<void> {
  if (wanted === '') return;
  const present = await terraform.version();
  if (present !== undefined && isOlder(present, wanted))
    throw new UserError({kind: 'terraform-older', version: name, wanted, present});
}

/** Compares the numbers only: a release and its candidates count as the same. */
function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split(/[.-]/).map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The terraform that knows the blocks which are generated. */
export function neededFor({moved, imported, forgotten}: Reconciliation, destroyImported: boolean): string {
  if (imported.length > 0 && !destroyImported) return '1.7.0';
  if (forgotten.length > 0) return '1.5.0';
  return moved.length > 0 ? '1.1.0' : '';
}

/**
 * Terraform forgets whole blocks, not single instances.
 *
 * @throws UserError `imported-among-others`.
 */
export function refuseUnimported(
  version: Version,
  {imported}: Reconciliation,
  wanted: State,
  live: State,
): void {
  const blocks = new Set(imported.map(withoutKeys));
  const known = new Set([...imported, ...wanted.instances.keys()]);
  const addresses = [...live.instances.keys()].filter(
    (address) => blocks.has(withoutKeys(address)) && !known.has(address),
  );
  if (addresses.length > 0)
    throw new UserError({kind: 'imported-among-others', version: version.name, addresses});
}

/**
 * Fit a reconciliation to the version's configuration, whose root module lies in a folder. What it declares stays managed, and is
 * not to be forgotten; what it does not declare cannot be imported. Where a `moved` block of its own leads to an address,
 * terraform takes no second one: ours then leads to where that one starts.
 */
export function sensible({moved, imported, forgotten}: Reconciliation, folder: string): Reconciliation {
  const declared = resourcesIn(folder);
  const isDeclared = (address: string) => declared.has(withoutKeys(address));
  const moves = movesIn(folder);
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
