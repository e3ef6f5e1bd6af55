import {refuseStateElsewhere} from '../project/place.js';
import {countIn, lineageOf, parsedOrEmpty, withSerial} from '../state/state.js';
import {withRollbackLock} from '../store/pid-lock.js';
import {stateSource} from '../terraform/state-source.js';
import {editedFiles} from './project-files.js';
import {keepProject, pushBytes} from './project-state.js';
import {promotionRefusal, refuse} from './refusals.js';
import type {PromoteRequest, RestoreRequest} from './request.js';
import {restoreFiles} from './restore-files.js';
import {endRollback, requireActive, rootOf, writeRecord} from './rollback-folder.js';
import {OVERRIDE, rollbackTerraform} from './rollback-terraform.js';
import {stateFacts} from './state-facts.js';

/**
 * Make what an isolated rollback deployed the project: its files and its state become the root module's. Nothing is
 * created or destroyed.
 *
 * From the moment the state is handed over nothing of the rollback may be destroyed any more; that is on disk before, and
 * calling this again finishes what was interrupted.
 *
 * @returns False when the user did not agree.
 * @throws UserError `no-rollback`, `rollback-unfinished`, `resources-exist`, `state-push-failed`.
 */
export async function promoteRollback(request: PromoteRequest): Promise<boolean> {
  const {context, place, say} = request;
  const {layout} = place;
  refuseStateElsewhere(context, place);
  return withRollbackLock(layout, context, async () => {
    const {version, record, facts, deployed, live} = await gather(request);
    refuse(promotionRefusal(facts));

    if (!(await replaceFiles({...request, version}))) return false;

    if (!facts.isHandedOver) {
      writeRecord(layout, {...record, promoting: true});
      // The project's state is empty: one of another lineage takes its place.
      const serial = 1 + Math.max(parsedOrEmpty(deployed).serial, parsedOrEmpty(live).serial);
      if (deployed.kind === 'some')
        await pushBytes({...request, version}, withSerial(deployed.bytes, serial), live.kind === 'some');
    }
    endRollback(place);
    const state = await stateSource(context, place).read();
    const note = `the rollback to ${version.name} became the project`;
    const what = {operation: 'promote', note, restoredFrom: version.name, inputsOf: version.number} as const;
    const kept = await keepProject(request, what, state);
    say({type: 'promoted', version: version.name, kept: kept.name, resources: countIn(state) ?? 0});
    return true;
  });
}

/** @returns Besides what decides about a refusal: the state of what was deployed, and the project's own. */
async function gather({context, place}: PromoteRequest) {
  const {layout, workspace} = place;
  const {version, record} = requireActive(layout);
  const source = stateSource(context, place);
  const live = await source.read();
  const root = rootOf(layout);
  const there = rollbackTerraform(context, place, root).source();
  const deployed = (await there?.read()) ?? {kind: 'none' as const};
  const lineage = lineageOf(live);
  const facts = {
    version: version.name,
    isUnfinished: record.unfinished,
    folder: layout.rollbackFolder,
    edited: editedFiles(layout, version, root, OVERRIDE),
    deployed: {...stateFacts(there ?? source, deployed), ...(there ? {} : {path: layout.rollbackFolder})},
    live: stateFacts(source, live),
    // With `-same-backend` the state is the project's already; otherwise it has the rollback's lineage once pushed.
    isHandedOver: record.sameBackend || (lineage !== undefined && lineage === lineageOf(deployed)),
    workspace,
  };
  return {version, record, facts, deployed, live};
}

/** Returns false when the user did not agree. */
async function replaceFiles(request: PromoteRequest & Pick<RestoreRequest, 'version'>): Promise<boolean> {
  const question = {isAsked: false};
  const confirm = () => {
    question.isAsked = true;
    return request.confirm();
  };
  const say: RestoreRequest['say'] = (event) => {
    if (event.type === 'files-planned' || event.type === 'files-left' || event.type === 'present-kept')
      request.say(event);
  };
  const isDone = await restoreFiles({...request, say, confirm}, 'before-rollback');
  // Where the files are the version's already there is still the state to be taken over.
  return isDone && (question.isAsked || (await request.confirm()));
}
