import {requireState} from '../../history/version-state.js';
import {movesIn, resourcesIn, stepsOf} from '../../project/steps.js';
import {newerSchemas, reconcile, reconciliationBlocks, type Reconciliation} from '../../state/reconcile.js';
import {EMPTY_STATE, parsedOrReason, type State} from '../../state/state.js';
import {readHistory, type Version} from '../../store/read.js';
import {bindTerraform} from '../../terraform/bound.js';
import type {StateBytes} from '../../terraform/state-file.js';
import {stateSource} from '../../terraform/state-source.js';
import {differingOutside, sayFiles} from '../project-files.js';
import type {InPlaceRequest, RollbackRequest} from '../request.js';
import {fitToConfiguration, type PlannedFacts, type PresentFacts} from './checks.js';
import {prepareFiles, unkeptFiles, type PreparedFiles} from './files.js';

/** What an in-place rollback has to know before it prepares anything. */
export interface InPlaceFacts {
  readonly now: PresentFacts;
  /** The version's state, and the live one; that is empty where there is none. */
  readonly wanted: State;
  readonly live: State;
  readonly liveBytes: StateBytes;
}

/** @throws UserError `version-without-state`, `version-damaged`. */
export async function gatherInPlace(
  {context, place}: RollbackRequest,
  version: Version,
): Promise<InPlaceFacts> {
  const {layout, root, workspace, backend} = place;
  const {parsed: wanted} = requireState(layout, version);
  const source = stateSource(context, place);
  const [liveBytes, terraform] = await Promise.all([source.read(), bindTerraform(context, root).version()]);
  const {reason, live, kind} = parse(liveBytes);
  const state = {name: source.name, kind, reason, lineage: live.lineage};
  const now = {
    workspace,
    backend: backend.kind === 'local' ? 'local' : backend.type,
    terraform,
    state,
    rollback: readHistory(layout).rollback,
  };
  return {now, wanted, live, liveBytes};
}

function parse(state: StateBytes): {kind: StateBytes['kind']; live: State; reason: string} {
  if (state.kind === 'none') return {kind: 'none', live: EMPTY_STATE, reason: ''};
  const parsed = state.kind === 'some' ? parsedOrReason(state.bytes) : state;
  if ('reason' in parsed) return {kind: 'unreadable', live: EMPTY_STATE, reason: parsed.reason};
  return {kind: 'some', live: parsed, reason: ''};
}

/** What is known of an in-place rollback, and what was prepared for it. */
export interface Prepared extends InPlaceFacts, PreparedFiles {
  readonly version: Version;
  readonly reconciliation: Reconciliation;
  /** It as text in terraform's language; empty when there is nothing to reconcile. */
  readonly blocks: string;
  /** Types whose objects were written by a newer provider than the version's. */
  readonly newer: readonly string[];
}

/** Find the version's files and values, and what terraform cannot know of what happened since. Touches no file. */
export async function prepare(
  request: InPlaceRequest,
  version: Version,
  facts: InPlaceFacts,
  folder: string,
): Promise<Prepared> {
  const {layout} = request.place;
  const {wanted, live} = facts;
  const newer = newerSchemas(wanted, live);
  const files = await prepareFiles(request, version, folder, newer.length > 0);
  const found = reconcile(wanted, live, stepsOf(layout, readHistory(layout), version.number));
  const copy = files.root.wanted;
  const fitted = fitToConfiguration(found, resourcesIn(copy), movesIn(copy));
  const reconciliation = request.withoutImports ? {...fitted, forgotten: []} : fitted;
  const written = request.destroyImported ? {...reconciliation, imported: []} : reconciliation;
  return {...facts, ...files, version, reconciliation, blocks: reconciliationBlocks(written), newer};
}

/** What decides whether it may be carried out. */
export function factsOf({place, destroyImported}: InPlaceRequest, prepared: Prepared): PlannedFacts {
  const {version, now, wanted, live, root, outside, reconciliation} = prepared;
  return {
    version: version.name,
    terraform: now.terraform,
    reconciliation,
    destroyImported,
    wanted: wanted.instances.keys(),
    live: live.instances.keys(),
    blocked: [root, ...outside].flatMap(({replacement}) => replacement.blocked),
    unkept: unkeptFiles(place, outside),
  };
}

/** Tell the user what is about to be replaced. */
export function sayPrepared({place, say, destroyImported, withModules}: InPlaceRequest, all: Prepared): void {
  const {version: of, root, newer} = all;
  const {moved, imported, forgotten} = all.reconciliation;
  const version = of.name;
  sayFiles(say, of, root.replacement, withModules ? [] : differingOutside(place, of));
  if (newer.length > 0) say({type: 'lock-kept', version, types: newer});
  if (moved.length > 0) say({type: 'reconciled-moved', version, moved});
  if (imported.length > 0)
    say({type: 'reconciled-imported', version, addresses: imported, destroyed: destroyImported});
  if (forgotten.length > 0)
    say({type: 'reconciled-forgotten', version, addresses: forgotten.map(({address}) => address)});
}
