import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {bridge, bridgeBlocks, newerSchemas, withoutKeys, type Bridge} from '../capture/bridge.js';
import {census} from '../capture/recover.js';
import {keepSnapshot} from '../capture/snapshot.js';
import {movesIn, resourcesIn, stepsOf} from '../capture/steps.js';
import {parseState, type State} from '../capture/state.js';
import {UserError} from '../errors.js';
import type {Report} from '../report/events.js';
import {createStore} from '../store/create.js';
import {FILE_MODE, makeFolder} from '../store/disk.js';
import {openSwap, refuseInHand, replacingFolder, type Swap} from '../store/journal.js';
import {readHistory, type Version} from '../store/read.js';
import {
  closeStaging,
  noteTerraform,
  openStaging,
  stageBefore,
  stagingId,
  type Intent,
} from '../store/staging.js';
import {areaOf, planReplacement, type Area, type Present, type Replacement} from '../store/replace.js';
import {NOTHING_GIVEN} from '../store/rollback-record.js';
import {resolveVersion} from '../store/resolve.js';
import {restoredRoot, writeConfiguration} from '../store/restore.js';
import {redact} from '../terraform/arguments.js';
import {isInsideStore} from '../terraform/project.js';
import {isSameState, type StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import {keptState} from './kept-state.js';
import {restoreInputs, type Restored} from './inputs.js';
import type {RollbackRequest} from './isolated.js';
import {differingOutside, keepPresent, ownerNow, presentFiles, refuseBlocked} from './restore-files.js';
import {rootTerraform, type RootTerraform} from './root-terraform.js';

/** What an in-place rollback is asked for. */
export interface InPlaceRequest extends RollbackRequest {
  readonly report: Report;
  /** Whether to go on; throws when nobody is there to say so. */
  readonly confirm: () => Promise<boolean>;
  /** Stop after the plan, and leave nothing behind. */
  readonly planOnly: boolean;
  /** Destroy what was imported since, instead of forgetting it. */
  readonly destroyImported: boolean;
  /** Also bring back files of modules outside of the root module. */
  readonly withModules: boolean;
}

/** The generated blocks, in a file no version has. */
const GENERATED = 'cloudtm_rollback_generated.tf';
const LOCK_FILE = '.terraform.lock.hcl';

/**
 * Put a version's configuration in the place of the present one and apply it against the live state, so that terraform
 * plans only the difference and nothing has to be destroyed first.
 *
 * Until terraform applies, everything can be undone, and is: when it is refused, when something fails, and by the next
 * command when this one is killed. From then on the version's files stay.
 *
 * @returns False when the user did not want it.
 * @throws UserError with the reason of a refusal, or what stands where after a failure.
 */
export async function rollBackInPlace(request: InPlaceRequest, name: string): Promise<boolean> {
  const {context, place, say, planOnly} = request;
  const {layout} = place;
  if (isInsideStore(place.root, layout.store)) throw new UserError({kind: 'inside-store', path: place.root});
  const history = readHistory(layout);
  const version = resolveVersion(history, name);
  refuseInHand(layout, census(context));
  const terraform = rootTerraform(context, place);
  const {live, wanted} = await checkStates(request, version);
  await refuseOlderTerraform(terraform, version, version.meta.terraform?.version ?? '');
  say({type: 'version-found', version: version.name, workspace: place.workspace});

  const found = bridge(wanted, live.parsed, stepsOf(layout, history, version.number));
  const newer = newerSchemas(wanted, live.parsed);
  createStore(layout);
  const folder = replacingFolder(layout, context.pid);
  let swap: Swap | undefined;
  let isApplied = false;
  let hadInit = false;
  try {
    const {areas, restored} = await prepareAreas(request, version, folder, newer.length > 0);
    const [root] = areas;
    if (root === undefined) return true;
    const between = sensible(found, root.wanted);
    await refuseOlderTerraform(terraform, version, neededFor(between, request.destroyImported));
    const outside = request.withModules ? [] : differingOutside(place, version);
    say({type: 'files-planned', version: version.name, ...root.replacement, outside});
    const {left} = root.replacement;
    if (left.length > 0) say({type: 'files-left', version: version.name, paths: left});
    if (newer.length > 0) say({type: 'lock-kept', version: version.name, types: newer});
    sayBridge(request, version, between);
    if (!planOnly) {
      const note = `the files before those of ${version.name}`;
      say({type: 'present-kept', version: await keepPresent(request, 'before-rollback', note)});
    }

    swap = openSwap(layout, ownerNow(context), folder, areas, [GENERATED, LOCK_FILE]);
    swap.carryOut();
    const blocks = bridgeBlocks(request.destroyImported ? {...between, imported: []} : between);
    if (blocks !== '') writeFileSync(join(place.root, GENERATED), blocks, {mode: FILE_MODE, flag: 'wx'});

    hadInit = true;
    const planFile = await plan(request, terraform, version, restored, folder);
    if (planOnly) return true;
    if (!(await request.confirm())) return false;
    const source = stateSource(context, place);
    if (!isSameState(await source.read(), live.bytes))
      throw new UserError({kind: 'state-changed-since', name: source.name});
    swap.settle(place.root, GENERATED);
    isApplied = true;
    const status = await apply(request, terraform, version, planFile, live.bytes);
    if (status === undefined) return true;
    isApplied = false;
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'apply', status});
  } finally {
    let isWhole = true;
    if (swap !== undefined && !isApplied) {
      const left = swap.undo();
      isWhole = left.length === 0;
      say({type: 'files-put-back', left, init: hadInit});
    } else if (swap !== undefined) {
      rmSync(join(place.root, GENERATED), {force: true});
      swap.close();
    }
    if (isWhole) removeSync(folder);
  }
}

interface Live {
  readonly bytes: StateBytes;
  readonly parsed: State;
}

/** The same workspace, backend and lineage, and something that is deployed. */
async function checkStates(
  {context, place}: InPlaceRequest,
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
  const {parsed: wanted} = keptState(place.layout, version);
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

async function refuseOlderTerraform(
  terraform: RootTerraform,
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
function neededFor({moved, imported, forgotten}: Bridge, destroyImported: boolean): string {
  if (imported.length > 0 && !destroyImported) return '1.7.0';
  if (forgotten.length > 0) return '1.5.0';
  return moved.length > 0 ? '1.1.0' : '';
}

/**
 * Fit a bridge to the version's configuration, whose root module lies in a folder. What it declares stays managed, and is
 * not to be forgotten; what it does not declare cannot be imported. Where a `moved` block of its own leads to an address,
 * terraform takes no second one: ours then leads to where that one starts.
 */
function sensible({moved, imported, forgotten}: Bridge, folder: string): Bridge {
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

interface PlannedArea {
  readonly area: Area;
  readonly replacement: Replacement;
  readonly wanted: string;
}

/**
 * Find the version's files, the root module's first, and its values: whoever is asked for those is asked before anything
 * is touched.
 */
async function prepareAreas(
  request: InPlaceRequest,
  version: Version,
  folder: string,
  keepsLock: boolean,
): Promise<{areas: readonly PlannedArea[]; restored: Restored}> {
  const {context, place, given, say, ask, withModules} = request;
  const {layout} = place;
  makeFolder(folder);
  const copy = writeConfiguration(layout, version, join(folder, 'tree'));
  if (keepsLock) rmSync(join(copy, LOCK_FILE), {force: true});
  const restored = await restoreInputs({
    context,
    layout,
    version,
    folder: copy,
    given,
    before: NOTHING_GIVEN,
    purpose: 'in-place',
    say,
    ask,
  });
  const areas = [planned(version, place.root, copy, await presentFiles(place))];
  const inside = restoredRoot(layout, version, '/').slice(1);
  if (withModules && inside !== '') {
    // Beside the root's copy, which is an area of its own.
    const own = join(folder, 'root');
    mkdirSync(own);
    const outside = writeConfiguration(layout, version, own);
    removeSync(outside);
    const ancestor = join(place.root, ...inside.split('/').map(() => '..'));
    areas.push(planned(version, ancestor, own, {files: undefined, goes: []}));
  }
  return {areas, restored};
}

function planned(version: Version, live: string, wanted: string, present: Present): PlannedArea {
  const replacement = planReplacement(live, wanted, present);
  refuseBlocked(version, replacement);
  return {area: areaOf(live, wanted, replacement), replacement, wanted};
}

function sayBridge({say, destroyImported}: InPlaceRequest, {name}: Version, between: Bridge): void {
  const {moved, imported, forgotten} = between;
  if (moved.length > 0) say({type: 'bridge-moved', version: name, moved});
  if (imported.length > 0)
    say({type: 'bridge-imported', version: name, addresses: imported, destroyed: destroyImported});
  if (forgotten.length > 0)
    say({type: 'bridge-forgotten', version: name, addresses: forgotten.map(({address}) => address)});
}

/** Returns the plan's file. */
async function plan(
  {say}: InPlaceRequest,
  terraform: RootTerraform,
  version: Version,
  restored: Restored,
  folder: string,
): Promise<string> {
  say({type: 'running', command: 'terraform init', here: true});
  const init = await terraform.run(['init']);
  if (init !== 0)
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'init', status: init});
  say({type: 'running', command: 'terraform plan', here: true});
  const file = join(folder, 'plan');
  const status = await terraform.run(['plan', '-detailed-exitcode', `-out=${file}`], {restored});
  if (status !== 0 && status !== 2)
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'plan', status});
  say({type: 'will-destroy', version: version.name, ...(await terraform.plannedActions(file))});
  return file;
}

/**
 * Apply the plan and keep what came out, also when we are killed meanwhile: the next command then finds what was meant.
 *
 * @returns The status of an apply that failed before it changed anything.
 */
async function apply(
  request: InPlaceRequest,
  terraform: RootTerraform,
  version: Version,
  planFile: string,
  before: StateBytes,
): Promise<number | undefined> {
  const {context, place, say, report} = request;
  const {layout, backend} = place;
  const source = stateSource(context, place);
  const startedAt = context.now();
  const intent: Intent = {
    owner: ownerNow(context),
    operation: 'rollback',
    argv: redact(context.argv),
    targeted: false,
    startedAt: startedAt.toISOString(),
    backend: backend.kind === 'local' ? 'local' : backend.type,
    statePath: backend.kind === 'local' ? backend.stateOutPath : '',
    before: before.kind === 'some' ? before.sha256 : null,
  };
  const staging = openStaging(layout, stagingId(startedAt, context.pid), intent);
  try {
    if (before.kind === 'some') await stageBefore(staging, before.bytes);
    say({type: 'running', command: 'terraform apply', here: true});
    const status = await terraform.run(['apply', planFile], {
      onStart: (pid) => {
        noteTerraform(staging, intent, {...ownerNow(context), pid});
      },
    });
    rmSync(join(place.root, GENERATED), {force: true});
    const after = await source.read();
    if (status !== 0 && isSameState(before, after)) return status;
    const kept = await keepSnapshot(
      {
        context,
        place,
        state: after.kind === 'some' ? after : undefined,
        operation: 'rollback',
        note: `back to ${version.name}`,
        restoredFrom: version.name,
        inputsOf: version.number,
        outcome: status === 0 ? 'succeeded' : 'failed',
      },
      report,
    );
    if (status !== 0)
      throw new UserError({kind: 'in-place-half-done', version: version.name, kept: kept.name, status});
    say({type: 'rolled-back', version: version.name, kept: kept.name, counts: kept.counts});
    return undefined;
  } finally {
    closeStaging(staging);
  }
}
