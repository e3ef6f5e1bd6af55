import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {restoreInputs} from '../../inputs/restore.js';
import {declaredIn, movesIn, resourcesIn, stepsUnchecked} from '../../project/root-module.js';
import {newerSchemas, reconcile, reconciliationBlocks} from '../../state/reconcile.js';
import {EMPTY_STATE, parsedOrReason, type State} from '../../state/state.js';
import {readHistory, type Version} from '../../store/read.js';
import {writeConfiguration} from '../../store/restore.js';
import {bindTerraform} from '../../terraform/bound.js';
import {stateSource} from '../../terraform/state-source.js';
import {
  plannedChangeset,
  differingOutside,
  planOutside,
  planRootFiles,
  sayFiles,
  unkeptFiles,
} from '../project-files.js';
import type {InPlaceRequest} from '../request.js';
import {fitToConfiguration} from './checks.js';

/**
 * Read what is there before anything is prepared.
 *
 * @returns What decides about a refusal, and the live state: as it was read, and what it holds, which is nothing where it
 *   cannot be read.
 */
export async function gatherPresent({context, place}: InPlaceRequest) {
  const {layout, root, workspace, backend} = place;
  const source = stateSource(context, place);
  const [before, terraform] = await Promise.all([source.read(), bindTerraform(context, root).version()]);
  const state = before.kind === 'none' ? EMPTY_STATE : before;
  const parsed = 'bytes' in state ? parsedOrReason(state.bytes) : state;
  const unreadable = 'reason' in parsed ? parsed.reason : undefined;
  const live = 'reason' in parsed ? EMPTY_STATE : parsed;
  const now = {
    workspace,
    backend: backend.kind === 'local' ? 'local' : backend.type,
    terraform,
    state: {name: source.name, isMissing: before.kind === 'none', unreadable, lineage: live.lineage},
    rollback: readHistory(layout).rollback,
  };
  return {now, before, live};
}

/** What is known of an in-place rollback, and what was prepared for it. */
export type Prepared = Awaited<ReturnType<typeof prepare>>;

/**
 * Find the version's files and values, and what terraform cannot know of what happened since. Questions are asked now: no
 * file of the project is touched.
 *
 * @param present Of `gatherPresent`, and the version's state.
 * @param folder See `withReplacingFolder`.
 * @throws UserError `version-damaged`; what `restoreInputs` throws.
 */
export async function prepare(
  request: InPlaceRequest,
  version: Version,
  present: Awaited<ReturnType<typeof gatherPresent>> & {readonly wanted: State},
  folder: string,
) {
  const {place, withModules, destroyImported, withoutImports} = request;
  const {layout} = place;
  const {wanted, live} = present;
  // Types whose objects were written by a newer provider than the version's.
  const newer = newerSchemas(wanted, live);
  const copy = writeConfiguration(layout, version, join(folder, 'tree'));
  if (newer.length > 0) rmSync(join(copy, '.terraform.lock.hcl'), {force: true});
  const inputs = {...request, layout, version, folder: copy, before: {vars: [], varFiles: []}};
  const restored = await restoreInputs({...inputs, purpose: 'in-place'});
  const root = plannedChangeset(place.root, copy, await planRootFiles(place, copy));
  const outside = withModules ? planOutside(place, version, join(folder, 'root')) : [];
  const areas = [root, ...outside];
  const found = reconcile(wanted, live, stepsUnchecked(layout, readHistory(layout), version.number));
  const fitted = fitToConfiguration(found, resourcesIn(copy), movesIn(copy));
  const reconciliation = withoutImports ? {...fitted, forgotten: []} : fitted;
  return {
    ...present,
    version,
    restored,
    areas,
    blocked: areas.flatMap(({replacement}) => replacement.blocked),
    unkept: unkeptFiles(place, outside),
    reconciliation,
    /** It in terraform's language; empty when there is nothing to reconcile. */
    blocks: reconciliationBlocks(destroyImported ? {...reconciliation, imported: []} : reconciliation),
    newer,
    root: root.replacement,
  };
}

/** Say what is about to be replaced. */
export function sayPrepared({place, say, destroyImported, withModules}: InPlaceRequest, all: Prepared): void {
  const {newer, reconciliation} = all;
  const {moved, imported, forgotten} = reconciliation;
  const version = all.version.name;
  sayFiles(say, all.version, all.root, withModules ? [] : differingOutside(place, all.version));
  if (newer.length > 0) say({type: 'lock-kept', version, types: newer});
  if (moved.length > 0) say({type: 'reconciled-moved', version, moved});
  if (imported.length > 0)
    say({type: 'reconciled-imported', version, addresses: imported, destroyed: destroyImported});
  if (forgotten.length > 0)
    say({type: 'reconciled-forgotten', version, addresses: forgotten.map(({address}) => address)});
}

/** A plan holds the values: where the environment sets others, terraform warns and shows both in clear. */
export function withoutPlanned({env}: Prepared['restored'], root: string): NodeJS.ProcessEnv {
  const {variables} = declaredIn(root);
  const isPlanned = (name: string) =>
    name.startsWith('TF_VAR_') && variables.get(name.slice('TF_VAR_'.length))?.ephemeral !== true;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isPlanned(name)));
}
