import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {declaredIn} from '../project/root-variables.js';
import {keepSnapshot} from '../capture/snapshot.js';
import {UserError} from '../errors.js';
import {ownerOf, startHeartbeat} from '../store/lease.js';
import type {Version} from '../store/read.js';
import {
  closeStaging,
  noteTerraform,
  openStaging,
  stageBefore,
  stagingId,
  type Intent,
} from '../store/staging.js';
import type {Terraform} from '../terraform/bound.js';
import {statusOf} from '../terraform/exit.js';
import {readPlannedActions} from '../terraform/saved-plan.js';
import {wasInterrupted} from '../terraform/signals.js';
import {redact} from '../terraform/arguments.js';
import {isSameState, type StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import type {InPlaceRequest} from './in-place-request.js';
import type {Restored} from '../inputs/restore.js';

/** The generated blocks, in a file no version has. */
export const GENERATED = 'cloudtm_rollback_generated.tf';

/** Returns the plan's file. */
export async function planInPlace(
  {say}: InPlaceRequest,
  terraform: Terraform,
  version: Version,
  restored: Restored,
  folder: string,
): Promise<string> {
  say({type: 'running', command: 'terraform init', here: true});
  const init = statusOf(await terraform.run(['init']));
  if (init !== 0)
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'init', status: init});
  say({type: 'running', command: 'terraform plan', here: true});
  const file = join(folder, 'plan');
  const status = statusOf(
    await terraform.run(['plan', '-detailed-exitcode', `-out=${file}`, ...restored.args], restored),
  );
  if (status !== 0 && status !== 2)
    throw new UserError({kind: 'in-place-failed', version: version.name, command: 'plan', status});
  say({type: 'will-destroy', version: version.name, ...(await readPlannedActions(terraform, file))});
  return file;
}

/**
 * Apply the plan and keep what came out, also when we are killed meanwhile: the next command then finds what was meant.
 *
 * @returns The status of an apply that failed before it changed anything.
 */
export async function applyInPlace(
  request: InPlaceRequest,
  terraform: Terraform,
  version: Version,
  planFile: string,
  before: StateBytes,
  env: NodeJS.ProcessEnv,
): Promise<number | undefined> {
  const {context, place, say, report} = request;
  const {layout, backend} = place;
  const source = stateSource(context, place);
  const startedAt = context.now();
  const intent: Intent = {
    owner: ownerOf(context.pid, startedAt),
    operation: 'rollback',
    argv: redact(context.argv),
    targeted: false,
    startedAt: startedAt.toISOString(),
    backend: backend.kind === 'local' ? 'local' : backend.type,
    statePath: backend.kind === 'local' ? backend.stateOutPath : '',
    before: before.kind === 'some' ? before.sha256 : null,
  };
  const staging = openStaging(layout, stagingId(startedAt, context.pid), intent);
  const stopHeartbeat = startHeartbeat(() => staging.intent, context.now);
  try {
    if (before.kind === 'some') await stageBefore(staging, before.bytes);
    say({type: 'running', command: 'terraform apply', here: true});
    const status = statusOf(
      await terraform.run(['apply', planFile], {
        env: withoutPlanned(env, place.root),
        onStart: (pid) => {
          noteTerraform(staging, intent, ownerOf(pid, context.now()));
        },
      }),
    );
    rmSync(join(place.root, GENERATED), {force: true});
    const after = await source.read();
    if (status !== 0 && isSameState(before, after)) return status;
    const kept = await keepSnapshot(
      {
        context,
        place,
        state: after.kind === 'some' ? after : undefined,
        operation: 'rollback',
        note: `back to ${version.name}`,
        restoredFrom: version.name,
        inputsOf: version.number,
        outcome:
          status === 0 ? 'succeeded' : wasInterrupted(context.signals().received) ? 'interrupted' : 'failed',
      },
      report,
    );
    if (status !== 0)
      throw new UserError({kind: 'in-place-half-done', version: version.name, kept: kept.name, status});
    say({type: 'rolled-back', version: version.name, kept: kept.name, counts: kept.counts});
    return undefined;
  } finally {
    stopHeartbeat();
    closeStaging(staging);
  }
}

/** A plan has the values: terraform warns of another one in the environment, and shows both in clear. */
function withoutPlanned(env: Readonly<NodeJS.ProcessEnv>, root: string): NodeJS.ProcessEnv {
  const {variables} = declaredIn(root);
  const isPlanned = (name: string) =>
    name.startsWith('TF_VAR_') && variables.get(name.slice('TF_VAR_'.length))?.ephemeral !== true;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isPlanned(name)));
}
