import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {reconcile, reconciliationBlocks, newerSchemas, type Reconciliation} from '../state/reconcile.js';
import {refuseStateElsewhere} from '../project/place.js';
import {stepsOf} from '../project/steps.js';
import {UserError} from '../errors.js';
import {createStore} from '../store/create.js';
import {FILE_MODE, makeFolder} from '../store/disk.js';
import {openTransaction, refuseInHand, replacingFolder, type FileTransaction} from '../store/journal.js';
import type {Place} from '../project/place.js';
import {keptFiles} from '../store/kept-version.js';
import {readManifest} from '../store/manifest.js';
import {readHistory, resolveVersion, versionNumbers, type Version} from '../store/read.js';
import {
  changesetOf,
  planReplacement,
  type Changeset,
  type Present,
  type Replacement,
} from '../store/replace.js';
import {NOTHING_GIVEN} from '../store/rollback-record.js';
import {writeConfiguration} from '../store/restore.js';
import {isInsideStore} from '../terraform/project.js';
import {isSameState} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import {restoreInputs, type Restored} from '../inputs/restore.js';
import {differingOutside, hashOf, keepPresent, presentFiles, refuseBlocked} from './restore-files.js';
import {checkStates, neededFor, refuseOlderTerraform, refuseUnimported, sensible} from './in-place-checks.js';
import type {InPlaceRequest} from './in-place-request.js';
import {applyInPlace, GENERATED, planInPlace} from './in-place-run.js';
import {sayDiskSnapshots} from './disk-snapshots.js';
import {bindTerraform} from '../terraform/bound.js';

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
  refuseStateElsewhere(context, place);
  const history = readHistory(layout);
  const version = resolveVersion(history, name);
  refuseInHand(layout, context);
  const terraform = bindTerraform(context, place.root);
  const {live, wanted} = await checkStates(request, version);
  await refuseOlderTerraform(terraform, version, version.meta.terraform?.version ?? '');
  say({type: 'version-found', version: version.name, workspace: place.workspace});
  sayDiskSnapshots(place, history, version, say);

  const found = reconcile(wanted, live.parsed, stepsOf(layout, history, version.number));
  const newer = newerSchemas(wanted, live.parsed);
  createStore(layout);
  const folder = replacingFolder(layout, context.pid);
  let swap: FileTransaction | undefined;
  let isApplied = false;
  let hadInit = false;
  try {
    const {areas, restored} = await prepareAreas(request, version, folder, newer.length > 0);
    const [root] = areas;
    if (root === undefined) return true;
    const fitted = sensible(found, root.wanted);
    const between = request.withoutImports ? {...fitted, forgotten: []} : fitted;
    await refuseOlderTerraform(terraform, version, neededFor(between, request.destroyImported));
    if (!request.destroyImported) refuseUnimported(version, between, wanted, live.parsed);
    if (request.withModules) refuseUnkept(version, place, areas.slice(1));
    const outside = request.withModules ? [] : differingOutside(place, version);
    say({type: 'files-planned', version: version.name, ...root.replacement, outside});
    const {left} = root.replacement;
    if (left.length > 0) say({type: 'files-left', version: version.name, paths: left});
    if (newer.length > 0) say({type: 'lock-kept', version: version.name, types: newer});
    sayReconciliation(request, version, between);
    if (!planOnly) {
      const note = `the files before those of ${version.name}`;
      say({type: 'present-kept', version: await keepPresent(request, 'before-rollback', note)});
    }

    swap = openTransaction(layout, context, folder, areas, [GENERATED, LOCK_FILE]);
    swap.carryOut();
    const blocks = reconciliationBlocks(request.destroyImported ? {...between, imported: []} : between);
    if (blocks !== '') writeFileSync(join(place.root, GENERATED), blocks, {mode: FILE_MODE, flag: 'wx'});

    hadInit = true;
    const planFile = await planInPlace(request, terraform, version, restored, folder);
    if (planOnly) return true;
    if (!(await request.confirm())) return false;
    const source = stateSource(context, place);
    if (!isSameState(await source.read(), live.bytes))
      throw new UserError({kind: 'state-changed-since', name: source.name});
    swap.settle(place.root, GENERATED);
    isApplied = true;
    const status = await applyInPlace(request, terraform, version, planFile, live.bytes, restored.env);
    if (status === undefined) return true;
    isApplied = false;
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'apply', status});
  } finally {
    let isWhole = true;
    if (swap !== undefined && !isApplied) {
      const {left, edited} = swap.undo();
      isWhole = left.length === 0;
      say({type: 'files-put-back', left, edited, init: hadInit});
    } else if (swap !== undefined) {
      rmSync(join(place.root, GENERATED), {force: true});
      swap.close();
    }
    if (isWhole) removeSync(folder);
  }
}

interface PlannedArea {
  readonly area: Changeset;
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
  const {rootPath} = keptFiles(layout, version);
  if (withModules && rootPath !== '') {
    // Beside the root's copy, which is an area of its own.
    const own = join(folder, 'root');
    mkdirSync(own);
    const outside = writeConfiguration(layout, version, own);
    removeSync(outside);
    const ancestor = join(place.root, ...rootPath.split('/').map(() => '..'));
    areas.push(planned(version, ancestor, own, {files: undefined, goes: []}));
  }
  return {areas, restored};
}

function planned(version: Version, live: string, wanted: string, present: Present): PlannedArea {
  const replacement = planReplacement(live, wanted, present);
  refuseBlocked(version, replacement);
  return {area: changesetOf(live, wanted, replacement), replacement, wanted};
}

function sayReconciliation(
  {say, destroyImported}: InPlaceRequest,
  {name}: Version,
  between: Reconciliation,
): void {
  const {moved, imported, forgotten} = between;
  if (moved.length > 0) say({type: 'reconciled-moved', version: name, moved});
  if (imported.length > 0)
    say({type: 'reconciled-imported', version: name, addresses: imported, destroyed: destroyImported});
  if (forgotten.length > 0)
    say({type: 'reconciled-forgotten', version: name, addresses: forgotten.map(({address}) => address)});
}

/**
 * The version made before keeps the root module and the modules it uses now; others outside may have been edited since.
 *
 * @throws UserError `modules-not-kept`.
 */
function refuseUnkept(version: Version, {layout}: Place, areas: readonly PlannedArea[]): void {
  const kept = new Set(
    versionNumbers(layout).flatMap((number) =>
      (readManifest(layout, number)?.entries ?? []).map((entry) => ('link' in entry ? '' : entry.sha256)),
    ),
  );
  const paths = areas.flatMap(({area, replacement}) =>
    [...replacement.changed, ...replacement.removed]
      .map((path) => join(area.live, path))
      .filter((path) => {
        const hash = hashOf(path);
        return hash !== undefined && !kept.has(hash);
      }),
  );
  if (paths.length > 0) throw new UserError({kind: 'modules-not-kept', version: version.name, paths});
}
