import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {outcomeOf} from '../../capture/decide.js';
import {intentOf, noteStarted, openVersion} from '../../capture/making.js';
import {UserError} from '../../errors.js';
import {FILE_MODE} from '../../store/disk.js';
import {openTransaction} from '../../store/journal.js';
import {startHeartbeat} from '../../store/lease.js';
import {closeStaging, stageBefore} from '../../store/staging.js';
import {bindTerraform} from '../../terraform/bound.js';
import {readPlannedActions} from '../../terraform/saved-plan.js';
import {changedSince, keepProject, refuseChanged} from '../project-state.js';
import type {InPlaceRequest} from '../request.js';
import {withoutPlanned, type Prepared} from './prepare.js';

/** The generated blocks, in a file no version has. */
const GENERATED = 'cloudtm_rollback_generated.tf';

/**
 * Replace the files, plan, ask, and apply. The files are put back unless the apply changed something.
 *
 * @param folder For copies of what is replaced; see `withReplacingFolder`.
 * @returns False when the user did not agree.
 */
export async function replaceAndApply(
  request: InPlaceRequest,
  prepared: Prepared,
  folder: string,
): Promise<boolean> {
  const {context, place, say} = request;
  const {areas, blocks, before} = prepared;
  const generated = join(place.root, GENERATED);
  const others = [GENERATED, '.terraform.lock.hcl'];
  const transaction = openTransaction(place.layout, context, folder, areas, others);
  let isApplied = false;
  let init = false;
  try {
    transaction.carryOut();
    if (blocks !== '') writeFileSync(generated, blocks, {mode: FILE_MODE, flag: 'wx'});
    init = true;
    const planFile = await plan(request, prepared, join(folder, 'plan'));
    if (request.planOnly) return true;
    if (!(await request.confirm())) return false;
    // The plan was made, and shown, against this state.
    await refuseChanged(request, before);

    transaction.commit(place.root, GENERATED);
    isApplied = true;
    const status = await apply(request, prepared, planFile, generated);
    isApplied = status === undefined;
    if (status !== undefined) throw failed(prepared, 'apply', status);
    return true;
  } finally {
    if (isApplied) {
      rmSync(generated, {force: true});
      transaction.close();
    } else say({type: 'files-put-back', ...transaction.undo(), init});
  }
}

/** Returns the plan's file. */
async function plan(
  {context, place, say}: InPlaceRequest,
  prepared: Prepared,
  file: string,
): Promise<string> {
  const {version, restored} = prepared;
  const terraform = bindTerraform(context, place.root);
  say({type: 'running', command: 'terraform init', here: true});
  const init = await terraform.run(['init']);
  if (init !== 0) throw failed(prepared, 'init', init);
  say({type: 'running', command: 'terraform plan', here: true});
  const words = ['plan', '-detailed-exitcode', `-out=${file}`, ...restored.args];
  const status = await terraform.run(words, restored);
  if (status !== 0 && status !== 2) throw failed(prepared, 'plan', status);
  say({type: 'will-destroy', version: version.name, ...(await readPlannedActions(terraform, file))});
  return file;
}

/**
 * Apply a plan and keep what came out. What is meant is on disk before, as the intercepted commands do it: when we are
 * killed, the next command keeps what came out.
 *
 * @param generated The file with generated blocks, which no version keeps.
 * @returns The status of an apply that failed before it changed anything.
 * @throws UserError `in-place-half-done`; what keeps a version from being made.
 */
async function apply(
  request: InPlaceRequest,
  {version, before, restored}: Prepared,
  planFile: string,
  generated: string,
): Promise<number | undefined> {
  const {context, place, say} = request;
  const intent = intentOf(context, place, 'rollback', {
    before: before.kind === 'some' ? before.sha256 : null,
  });
  const staging = openVersion({context, place, intent});
  const stopHeartbeat = startHeartbeat(() => staging.intent, context.now);
  try {
    if (before.kind === 'some') await stageBefore(staging, before.bytes);
    say({type: 'running', command: 'terraform apply', here: true});
    const status = await bindTerraform(context, place.root).run(['apply', planFile], {
      env: withoutPlanned(restored, place.root),
      onStart: (pid) => {
        noteStarted({context, intent}, staging, pid);
      },
    });
    rmSync(generated, {force: true});
    const after = await changedSince(request, before);
    if (status !== 0 && after === undefined) return status;
    const what = {
      operation: 'rollback',
      note: `back to ${version.name}`,
      restoredFrom: version.name,
      inputsOf: version.number,
      outcome: outcomeOf({code: status}, context.signals().received),
    } as const;
    const {name: kept, counts} = await keepProject(request, what, after ?? before);
    if (status !== 0) throw new UserError({kind: 'in-place-half-done', version: version.name, kept, status});
    say({type: 'rolled-back', version: version.name, kept, counts});
    return undefined;
  } finally {
    stopHeartbeat();
    closeStaging(staging);
  }
}

function failed({version}: Prepared, command: string, status: number): UserError {
  return new UserError({kind: 'in-place-failed', version: version.name, command, status});
}
