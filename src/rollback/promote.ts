import {refuseStateElsewhere} from '../project/place.js';
import {countIn, parseState, withSerial} from '../state/state.js';
import {withRollbackLock} from '../store/pid-lock.js';
import {stateSource} from '../terraform/state-source.js';
import {keepProject, pushBytes} from './project-state.js';
import {gatherPromotion, type Promotion} from './promotion-facts.js';
import {promotionRefusal, refuse} from './refusals.js';
import type {PromoteRequest} from './request.js';
import {restoreFiles} from './restore-files.js';
import {forget, remove, writeRecord} from './rollback-folder.js';

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
    const promotion = await gatherPromotion(request);
    const {version, record, facts} = promotion;
    refuse(promotionRefusal(facts));

    if (!(await replaceFiles(request, promotion))) return false;

    if (!facts.isHandedOver) {
      writeRecord(layout, {...record, promoting: true});
      await handOver(request, promotion);
    }
    forget(layout);
    remove(layout.rollbackFolder);
    const state = await stateSource(context, place).read();
    const kept = await keepProject(
      request,
      {
        operation: 'promote',
        note: `the rollback to ${version.name} became the project`,
        restoredFrom: version.name,
        inputsOf: version.number,
      },
      state,
    );
    say({type: 'promoted', version: version.name, kept: kept.name, resources: countIn(state) ?? 0});
    return true;
  });
}

/** Returns false when the user did not agree. */
async function replaceFiles(request: PromoteRequest, {version}: Promotion): Promise<boolean> {
  const {context, place, report} = request;
  const question = {isAsked: false};
  const confirm = () => {
    question.isAsked = true;
    return request.confirm();
  };
  const say: Parameters<typeof restoreFiles>[0]['say'] = (event) => {
    if (event.type === 'files-planned' || event.type === 'files-left' || event.type === 'present-kept')
      request.say(event);
  };
  const isDone = await restoreFiles({context, place, version, report, say, confirm}, 'before-rollback');
  // Where the files are the version's already there is still the state to be taken over.
  return isDone && (question.isAsked || (await request.confirm()));
}

/** The project's state is empty: one of another lineage takes its place. */
async function handOver(request: PromoteRequest, {version, deployed, live}: Promotion): Promise<void> {
  if (deployed.kind !== 'some') return;
  const serials = [deployed, live].map((state) =>
    state.kind === 'some' ? parseState(state.bytes).serial : 0,
  );
  const bytes = withSerial(deployed.bytes, 1 + Math.max(...serials));
  await pushBytes(request, version, bytes, live.kind === 'some');
}
