import {UserError} from '../errors.js';
import {lineageOf} from '../state/state.js';
import {readHistory, type Version} from '../store/read.js';
import {readRollbackRecord, type RollbackRecord} from '../store/rollback-record.js';
import type {StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import {editedFiles} from './edited-files.js';
import type {PromotionFacts} from './refusals.js';
import type {RollbackRequest} from './request.js';
import {rootOf} from './rollback-folder.js';
import {rollbackTerraform} from './rollback-terraform.js';
import {stateFacts} from './state-facts.js';

/** A rollback that is to become the project. */
export interface Promotion {
  readonly version: Version;
  readonly record: RollbackRecord;
  /** The state of what it deployed, and the project's own. */
  readonly deployed: StateBytes;
  readonly live: StateBytes;
  readonly facts: PromotionFacts;
}

/** @throws UserError `no-rollback`. */
export async function gatherPromotion({context, place}: RollbackRequest): Promise<Promotion> {
  const {layout, workspace} = place;
  const {rollback, versions} = readHistory(layout);
  const record = readRollbackRecord(layout);
  const version = versions.find(({name}) => name === rollback);
  if (rollback === '' || record === undefined || version === undefined)
    throw new UserError({kind: 'no-rollback'});
  const source = stateSource(context, place);
  const live = await source.read();
  const there = rollbackTerraform(context, place, rootOf(layout)).source();
  const deployed = (await there?.read()) ?? {kind: 'none'};
  const facts = {
    version: version.name,
    isUnfinished: record.unfinished,
    folder: layout.rollbackFolder,
    edited: editedFiles(layout, version),
    deployed: {...stateFacts(there ?? source, deployed), ...(there ? {} : {path: layout.rollbackFolder})},
    live: stateFacts(source, live),
    isHandedOver: isHandedOver(live, deployed, record),
    workspace,
  };
  return {version, record, deployed, live, facts};
}

/** With `-same-backend` the state is the project's already; otherwise it has the lineage of the rollback's once pushed. */
function isHandedOver(live: StateBytes, deployed: StateBytes, {sameBackend}: RollbackRecord): boolean {
  const [own, other] = [live, deployed].map(lineageOf);
  return sameBackend || (own !== undefined && own === other);
}
