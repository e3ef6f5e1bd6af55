import {rmSync} from 'node:fs';
import {intentOf} from '../../capture/making.js';
import {UserError} from '../../errors.js';
import {ownerOf, startHeartbeat} from '../../store/lease.js';
import {declaredIn} from '../../project/root-variables.js';
import {closeStaging, noteTerraform, openStaging, stageBefore, stagingId} from '../../store/staging.js';
import {bindTerraform} from '../../terraform/bound.js';
import {wasInterrupted} from '../../terraform/signals.js';
import {isSameState} from '../../terraform/state-file.js';
import {stateSource} from '../../terraform/state-source.js';
import type {Prepared} from './facts.js';
import {keepProject} from '../project-state.js';
import type {InPlaceRequest} from '../request.js';

/**
 * Apply a plan and keep what came out, also when we are killed meanwhile: the next command then finds what was meant.
 *
 * @param generated The file with generated blocks, which no version keeps.
 * @returns The status of an apply that failed before it changed anything.
 * @throws UserError `in-place-half-done`; what keeps a version from being made.
 */
export async function applyInPlace(
  request: InPlaceRequest,
  prepared: Prepared,
  planFile: string,
  generated: string,
): Promise<number | undefined> {
  const {context, place, say} = request;
  const {version, liveBytes: before, restored} = prepared;
  const {staging, intent, close} = await openIntent(request, prepared);
  try {
    say({type: 'running', command: 'terraform apply', here: true});
    const status = await bindTerraform(context, place.root).run(['apply', planFile], {
      env: withoutPlanned(restored.env, place.root),
      onStart: (pid) => {
        noteTerraform(staging, intent, ownerOf(pid, context.now()));
      },
    });
    rmSync(generated, {force: true});
    const after = await stateSource(context, place).read();
    if (status !== 0 && isSameState(before, after)) return status;
    const failure = wasInterrupted(context.signals().received) ? 'interrupted' : 'failed';
    const {name: kept, counts} = await keepProject(
      request,
      {
        operation: 'rollback',
        note: `back to ${version.name}`,
        restoredFrom: version.name,
        inputsOf: version.number,
        outcome: status === 0 ? 'succeeded' : failure,
      },
      after,
    );
    if (status !== 0) throw new UserError({kind: 'in-place-half-done', version: version.name, kept, status});
    say({type: 'rolled-back', version: version.name, kept, counts});
    return undefined;
  } finally {
    close();
  }
}

/** Put on disk what is meant, as the intercepted commands do. */
async function openIntent({context, place}: InPlaceRequest, {liveBytes: before}: Prepared) {
  const sha256 = before.kind === 'some' ? before.sha256 : null;
  const intent = intentOf(context, place, 'rollback', {before: sha256});
  const staging = openStaging(place.layout, stagingId(context.now(), context.pid), intent);
  const stopHeartbeat = startHeartbeat(() => staging.intent, context.now);
  const close = () => {
    stopHeartbeat();
    closeStaging(staging);
  };
  try {
    if (before.kind === 'some') await stageBefore(staging, before.bytes);
  } catch (error) {
    close();
    throw error;
  }
  return {staging, intent, close};
}

/** A plan has the values: terraform warns of another one in the environment, and shows both in clear. */
function withoutPlanned(env: Readonly<NodeJS.ProcessEnv>, root: string): NodeJS.ProcessEnv {
  const {variables} = declaredIn(root);
  const isPlanned = (name: string) =>
    name.startsWith('TF_VAR_') && variables.get(name.slice('TF_VAR_'.length))?.ephemeral !== true;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isPlanned(name)));
}
