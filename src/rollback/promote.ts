import {join} from 'node:path';
import {keepSnapshot} from '../capture/snapshot.js';
import {refuseStateElsewhere} from '../project/place.js';
import {countIn} from '../state/count.js';
import {parseState, withSerial} from '../state/state.js';
import {UserError} from '../errors.js';
import {listFolder, readHistory, type Version} from '../store/read.js';
import {writeConfiguration} from '../store/restore.js';
import {removeSync} from 'fs-extra/esm';
import {readRegularFile} from '../regular-file.js';
import {isConfiguration} from '../terraform/variables.js';
import type {Place} from '../project/place.js';
import {withRollbackLock} from '../store/pid-lock.js';
import {readRollbackRecord, type RollbackRecord} from '../store/rollback-record.js';
import type {StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import type {InPlaceRequest} from './in-place-request.js';
import {forget, remove, rootOf, writeRecord} from './rollback-folder.js';
import type {RollbackRequest} from './rollback-request.js';
import {restoreFiles} from './restore-files.js';
import {OVERRIDE, rollbackTerraform} from './rollback-terraform.js';
import {pushBytes} from './push-bytes.js';

type PromoteRequest = RollbackRequest & Pick<InPlaceRequest, 'report' | 'confirm'>;
type Some = Extract<StateBytes, {kind: 'some'}>;

/**
 * Make what an isolated rollback deployed the project: its files and its state become the root module's. Nothing is
 * created or destroyed.
 *
 * From the moment the state is handed over nothing of the rollback may be destroyed any more; that is on disk before, and
 * calling this again finishes what was cut off.
 *
 * @returns False when the user did not want it.
 * @throws UserError `no-rollback`, `rollback-unfinished`, `resources-exist`, `state-push-failed`.
 */
export async function promoteRollback(request: PromoteRequest): Promise<boolean> {
  const {context, place, say} = request;
  const {layout} = place;
  refuseStateElsewhere(context, place);
  return withRollbackLock(layout, context, async () => {
    const {rollback, versions} = readHistory(layout);
    const record = readRollbackRecord(layout);
    const version = versions.find(({name}) => name === rollback);
    if (rollback === '' || record === undefined || version === undefined)
      throw new UserError({kind: 'no-rollback'});
    if (record.unfinished) throw new UserError({kind: 'rollback-unfinished', version: rollback});
    refuseOtherFiles(place, version);
    const deployed = await stateThere(request);
    const live = await stateSource(context, place).read();
    if (!isHandedOver(live, deployed, record)) refuseLive(request, live);

    if (!(await replaceFiles(request, version))) return false;
    if (!isHandedOver(live, deployed, record)) {
      writeRecord(layout, {...record, promoting: true});
      await handOver(request, version, deployed, live);
    }
    forget(layout);
    remove(layout.rollbackFolder);
    const state = await stateSource(context, place).read();
    const kept = await keepSnapshot(
      {
        context,
        place,
        state: state.kind === 'some' ? state : undefined,
        operation: 'promote',
        note: `the rollback to ${version.name} became the project`,
        restoredFrom: version.name,
        inputsOf: version.number,
      },
      request.report,
    );
    say({type: 'promoted', version: version.name, kept: kept.name, resources: countIn(state) ?? 0});
    return true;
  });
}

/** What was edited in the rollback's folder, and applied from there, is in no version. */
function refuseOtherFiles({layout}: Place, version: Version): void {
  const top = layout.rollbackFolder;
  const folder = join(layout.staging, '.promoting');
  try {
    const root = writeConfiguration(layout, version, folder);
    const files = listConfiguration(rootOf(layout));
    const differing = files.filter((path) => !isSameFile(join(rootOf(layout), path), join(root, path)));
    if (differing.length > 0)
      throw new UserError({kind: 'rollback-edited', version: version.name, path: top, files: differing});
  } finally {
    removeSync(folder);
  }
}

/** The files terraform reads in a folder, but for the one we put there. */
function listConfiguration(folder: string): string[] {
  return listFolder(folder).filter((name) => isConfiguration(name) && name !== OVERRIDE);
}

function isSameFile(a: string, b: string): boolean {
  const [left, right] = [readRegularFile(a), readRegularFile(b)];
  return left.kind === 'read' && right.kind === 'read' && left.content.equals(right.content);
}

/** The state of what the rollback deployed. */
async function stateThere({context, place}: RollbackRequest): Promise<Some> {
  const source = rollbackTerraform(context, place, rootOf(place.layout)).source();
  const state = await source?.read();
  if (state?.kind === 'some') return state;
  const reason = state?.kind === 'unreadable' ? state.reason : 'it is empty';
  throw new UserError({kind: 'state-unreadable', path: source?.name ?? place.layout.rollbackFolder, reason});
}

/** With `-same-backend` the state is the project's already; otherwise it has the lineage of the rollback's once pushed. */
function isHandedOver(live: StateBytes, deployed: Some, record: RollbackRecord): boolean {
  if (record.sameBackend) return true;
  if (live.kind !== 'some') return false;
  try {
    return parseState(live.bytes).lineage === parseState(deployed.bytes).lineage;
  } catch {
    return false;
  }
}

function refuseLive({context, place}: RollbackRequest, live: StateBytes): void {
  const {name} = stateSource(context, place);
  const count = countIn(live);
  if (count === undefined) {
    const reason = live.kind === 'unreadable' ? live.reason : 'it is no state';
    throw new UserError({kind: 'state-unreadable', path: name, reason});
  }
  const {workspace} = place;
  if (count > 0) throw new UserError({kind: 'resources-exist', count, workspace, name});
}

/** Returns false when the user did not want it. */
async function replaceFiles(request: PromoteRequest, version: Version): Promise<boolean> {
  const {context, place, report} = request;
  const question = {isAsked: false};
  const isDone = await restoreFiles(
    {
      context,
      place,
      version,
      report,
      say: (event) => {
        if (event.type === 'files-planned' || event.type === 'files-left' || event.type === 'present-kept')
          request.say(event);
      },
      confirm: () => {
        question.isAsked = true;
        return request.confirm();
      },
    },
    'before-rollback',
  );
  // Where the files are the version's already there is still the state to be taken over.
  return isDone && (question.isAsked || (await request.confirm()));
}

/** The project's state is empty: one of another lineage takes its place. */
async function handOver(
  request: RollbackRequest,
  version: Version,
  deployed: Some,
  live: StateBytes,
): Promise<void> {
  const serials = [deployed, live].map((state) =>
    state.kind === 'some' ? parseState(state.bytes).serial : 0,
  );
  const bytes = withSerial(deployed.bytes, 1 + Math.max(...serials));
  await pushBytes(request, version, bytes, live.kind === 'some');
}
