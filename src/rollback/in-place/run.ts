import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {UserError} from '../../errors.js';
import {FILE_MODE} from '../../store/disk.js';
import {openTransaction} from '../../store/journal.js';
import {bindTerraform} from '../../terraform/bound.js';
import {readPlannedActions} from '../../terraform/saved-plan.js';
import {isSameState} from '../../terraform/state-file.js';
import {stateSource} from '../../terraform/state-source.js';
import {applyInPlace} from './apply.js';
import type {Prepared} from './facts.js';
import type {InPlaceRequest} from '../request.js';

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
  const {root, outside, blocks} = prepared;
  const generated = join(place.root, GENERATED);
  const others = [GENERATED, '.terraform.lock.hcl'];
  const transaction = openTransaction(place.layout, context, folder, [root, ...outside], others);
  let isApplied = false;
  let init = false;
  try {
    transaction.carryOut();
    if (blocks !== '') writeFileSync(generated, blocks, {mode: FILE_MODE, flag: 'wx'});
    init = true;
    const planFile = await plan(request, prepared, folder);
    if (request.planOnly) return true;
    if (!(await request.confirm())) return false;
    await refuseChanged(request, prepared);

    transaction.commit(place.root, GENERATED);
    isApplied = true;
    const status = await applyInPlace(request, prepared, planFile, generated);
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
  folder: string,
): Promise<string> {
  const {version, restored} = prepared;
  const terraform = bindTerraform(context, place.root);
  say({type: 'running', command: 'terraform init', here: true});
  const init = await terraform.run(['init']);
  if (init !== 0) throw failed(prepared, 'init', init);
  say({type: 'running', command: 'terraform plan', here: true});
  const file = join(folder, 'plan');
  const words = ['plan', '-detailed-exitcode', `-out=${file}`, ...restored.args];
  const status = await terraform.run(words, restored);
  if (status !== 0 && status !== 2) throw failed(prepared, 'plan', status);
  say({type: 'will-destroy', version: version.name, ...(await readPlannedActions(terraform, file))});
  return file;
}

/** The plan was made, and shown, against the state of then. */
async function refuseChanged({context, place}: InPlaceRequest, {liveBytes}: Prepared): Promise<void> {
  const source = stateSource(context, place);
  if (!isSameState(await source.read(), liveBytes))
    throw new UserError({kind: 'state-changed-since', name: source.name});
}

function failed({version}: Prepared, command: string, status: number): UserError {
  return new UserError({kind: 'in-place-failed', version: version.name, command, status});
}
