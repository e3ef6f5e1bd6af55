import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {bridge, bridgeBlocks, newerSchemas, withoutKeys, type Bridge} from '../capture/bridge.js';
import {keepSnapshot} from '../capture/snapshot.js';
import {resourcesIn, stepsOf} from '../capture/steps.js';
import {parseState, type State} from '../capture/state.js';
import {UserError} from '../errors.js';
import type {Report} from '../report/events.js';
import {createStore} from '../store/create.js';
import {FILE_MODE, makeFolder} from '../store/disk.js';
import {closeJournal, replacingFolder, writeJournal} from '../store/journal.js';
import {readHistory, type Version} from '../store/read.js';
import {carryOut, planReplacement, saveTouched, type Area, type Replacement} from '../store/replace.js';
import {NOTHING_GIVEN} from '../store/rollback-record.js';
import {resolveVersion} from '../store/resolve.js';
import {restoredRoot, writeConfiguration} from '../store/restore.js';
import {isSameState, type StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import {keptState} from './kept-state.js';
import {restoreInputs} from './inputs.js';
import type {RollbackRequest} from './isolated.js';
import {differingOutside, goingFiles, keepPresent, ownerNow, refuseBlocked} from './restore-files.js';
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
 * @throws UserError with the reason of a refusal, or what stands where after a failure.
 */
export async function rollBackInPlace(request: InPlaceRequest, name: string): Promise<void> {
  const {context, place, say} = request;
  const {layout} = place;
  const history = readHistory(layout);
  const version = resolveVersion(history, name);
  const terraform = rootTerraform(context, place);
  const {live, wanted} = await checkStates(request, version);
  await refuseOlderTerraform(terraform, version, version.meta.terraform?.version ?? '');
  say({type: 'version-found', version: version.name, workspace: place.workspace});

  const found = bridge(wanted, live.parsed, stepsOf(layout, history, version.number));
  const newer = newerSchemas(wanted, live.parsed);
  createStore(layout);
  const folder = replacingFolder(layout, context.pid);
  const undo: Area[] = [];
  let isUndone = true;
  let hadInit = false;
  try {
    const areas = plannedAreas(request, version, folder, await goingFiles(place), newer.length > 0);
    const [root] = areas;
    if (root === undefined) return;
    const between = forgettable(found, resourcesIn(root.area.wanted));
    await refuseOlderTerraform(terraform, version, neededFor(between, request.destroyImported));
    const outside = request.withModules ? [] : differingOutside(place, version);
    say({type: 'files-planned', version: version.name, ...root.replacement, outside});
    if (newer.length > 0) say({type: 'lock-kept', version: version.name, types: newer});
    sayBridge(request, version, between);
    const before = request.planOnly
      ? undefined
      : await keepPresent(request, 'before-rollback', `the files before those of ${version.name}`);
    if (before !== undefined) say({type: 'present-kept', version: before});

    for (const [at, {area, replacement}] of areas.entries())
      undo.push(saveTouched(area.live, join(folder, `before-${at}`), replacement));
    undo.push({live: place.root, wanted: join(folder, 'nothing'), removed: [GENERATED]});
    writeJournal(layout, {owner: ownerNow(context), areas: undo});
    isUndone = false;
    for (const {area} of areas) carryOut(area);
    const blocks = bridgeBlocks(request.destroyImported ? {...between, imported: []} : between);
    if (blocks !== '') writeFileSync(join(place.root, GENERATED), blocks, {mode: FILE_MODE, flag: 'wx'});

    hadInit = true;
    const planFile = await plan(request, terraform, version, root.area.wanted, folder);
    if (request.planOnly || !(await request.confirm())) return;
    // Now nothing is undone any more but the generated blocks.
    writeJournal(layout, {owner: ownerNow(context), areas: undo.slice(-1)});
    isUndone = true;
    await apply(request, terraform, version, planFile, live.bytes, () => {
      isUndone = false;
    });
  } finally {
    if (!isUndone) {
      for (const area of undo) carryOut(area);
      say({type: 'files-put-back', left: undo.flatMap(notPutBack), init: hadInit});
    }
    rmSync(join(place.root, GENERATED), {force: true});
    closeJournal(layout);
    removeSync(folder);
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

/** What the version's configuration declares stays managed, and is not to be forgotten. */
function forgettable(found: Bridge, declared: ReadonlySet<string>): Bridge {
  return {...found, imported: found.imported.filter((address) => !declared.has(withoutKeys(address)))};
}

interface PlannedArea {
  readonly area: Area;
  readonly replacement: Replacement;
}

/** The root module first. */
function plannedAreas(
  {place, withModules}: InPlaceRequest,
  version: Version,
  folder: string,
  goes: readonly string[],
  keepsLock: boolean,
): PlannedArea[] {
  const tree = join(folder, 'tree');
  makeFolder(folder);
  const copy = writeConfiguration(place.layout, version, tree);
  if (keepsLock) rmSync(join(copy, LOCK_FILE), {force: true});
  const areas = [planned(version, place.root, copy, goes)];
  const inside = restoredRoot(place.layout, version, '/').slice(1);
  if (withModules && inside !== '') {
    // Beside the root's copy, which is an area of its own.
    const own = join(folder, 'root');
    mkdirSync(own);
    const outside = writeConfiguration(place.layout, version, own);
    removeSync(outside);
    const ancestor = join(place.root, ...inside.split('/').map(() => '..'));
    areas.push(planned(version, ancestor, own, []));
  }
  return areas;
}

function planned(version: Version, live: string, wanted: string, goes: readonly string[]): PlannedArea {
  const replacement = planReplacement(live, wanted, goes);
  refuseBlocked(version, replacement);
  return {area: {live, wanted, removed: replacement.removed}, replacement};
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
  request: InPlaceRequest,
  terraform: RootTerraform,
  version: Version,
  copy: string,
  folder: string,
): Promise<string> {
  const {context, place, given, say, ask} = request;
  const restored = await restoreInputs({
    context,
    layout: place.layout,
    version,
    folder: copy,
    given,
    before: NOTHING_GIVEN,
    purpose: 'apply',
    say,
    ask,
  });
  say({type: 'running', command: 'terraform init'});
  const init = await terraform.run(['init']);
  if (init !== 0)
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'init', status: init});
  say({type: 'running', command: 'terraform plan'});
  const file = join(folder, 'plan');
  const status = await terraform.run(['plan', '-detailed-exitcode', `-out=${file}`], restored);
  if (status !== 0 && status !== 2)
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'plan', status});
  say({type: 'will-destroy', version: version.name, ...(await terraform.plannedActions(file))});
  return file;
}

async function apply(
  request: InPlaceRequest,
  terraform: RootTerraform,
  version: Version,
  planFile: string,
  before: StateBytes,
  undo: () => void,
): Promise<void> {
  const {context, place, say, report} = request;
  say({type: 'running', command: 'terraform apply'});
  const status = await terraform.run(['apply', planFile]);
  rmSync(join(place.root, GENERATED), {force: true});
  const source = stateSource(context, place);
  const after = await source.read();
  if (status !== 0 && isSameState(before, after)) {
    undo();
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'apply', status});
  }
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
}

/** Files that are not as they were saved; by their paths. */
function notPutBack({live, wanted, removed}: Area): string[] {
  const {added, changed, blocked} = planReplacement(live, wanted, []);
  const stayed = removed.filter((path) => existsSync(join(live, path)));
  return [...added, ...changed, ...blocked, ...stayed].map((path) => join(live, path));
}
