import {statSync, writeFileSync} from 'node:fs';
import {compareStates} from '../state/compare.js';
import {parsedOrEmpty, parsedOrUndefined} from '../capture/decide.js';
import {keepSnapshot} from '../capture/snapshot.js';
import {withSerial} from '../state/state.js';
import {UserError} from '../errors.js';
import {readHistory} from '../store/read.js';
import {isSameState} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import type {Place} from '../project/place.js';
import {requireState} from '../history/version-state.js';
import type {RestoreRequest} from './restore-files.js';
import {pushBytes} from './push-bytes.js';

/**
 * Bring back the state of a version, through `terraform state push` and so under terraform's own lock. The state that was
 * there is kept in a version first, also when it is damaged. Files and infrastructure stay as they are.
 *
 * The serial becomes one more than any known one: terraform takes a state that is older for a mistake.
 *
 * @param force Also over a state of another lineage.
 * @returns False when the user did not want it.
 * @throws UserError with the reason of a refusal, or that the push failed and what stands where.
 */
export async function restoreState(request: RestoreRequest, force: boolean): Promise<boolean> {
  const {context, place, version, say, report, confirm} = request;
  const wanted = requireState(place.layout, version);
  const source = stateSource(context, place);
  const live = await source.read();
  if (live.kind === 'unreadable')
    throw new UserError({kind: 'state-unreadable', path: source.name, reason: live.reason});
  const present = parsedOrUndefined(live);
  const isDamaged = live.kind === 'some' && present === undefined;
  if (present !== undefined && present.lineage !== '' && present.lineage !== wanted.parsed.lineage && !force)
    throw new UserError({kind: 'lineage-differs', version: version.name, name: source.name});
  if (live.kind === 'some' && withSerial(live.bytes, 0).equals(withSerial(wanted.bytes, 0))) {
    say({type: 'state-same', version: version.name, name: source.name});
    return true;
  }
  const {changes} = compareStates(parsedOrEmpty(live), wanted.parsed);
  const held = wanted.parsed.instances.size;
  say({type: 'state-planned', version: version.name, name: source.name, held, changes});
  if (!(await confirm())) return false;
  // What is kept below must be what is replaced.
  if (!isSameState(await source.read(), live))
    throw new UserError({kind: 'state-changed-since', name: source.name});

  const note = `the state before that of ${version.name}`;
  const before =
    live.kind === 'some'
      ? await keepSnapshot({context, place, state: live, operation: 'before-restore', note}, report)
      : undefined;
  if (before !== undefined) say({type: 'present-kept', version: before.name});
  const serial = 1 + Math.max(present?.serial ?? 0, highestSerial(place, wanted.parsed.lineage));
  await push(request, withSerial(wanted.bytes, serial), force, isDamaged ? live.bytes : undefined);
  const after = await source.read();
  const kept = await keepSnapshot(
    {
      context,
      place,
      state: after.kind === 'some' ? after : undefined,
      operation: 'restore',
      note: `the state of ${version.name}`,
      restoredFrom: version.name,
    },
    report,
  );
  say({
    type: 'state-restored',
    version: version.name,
    name: source.name,
    kept: kept.name,
    before: before?.name,
  });
  return true;
}

async function push(
  request: RestoreRequest,
  bytes: Buffer,
  force: boolean,
  damaged: Buffer | undefined,
): Promise<void> {
  const {backend} = request.place;
  const path = backend.kind === 'local' ? backend.stateOutPath : undefined;
  try {
    // Terraform refuses to write over what it cannot read, and takes an empty file for no state. The bytes are kept in
    // a version by now; the file stays the same one, with its owner and its permissions.
    if (damaged !== undefined && path !== undefined) writeFileSync(path, '');
    await pushBytes(request, request.version, bytes, force);
  } finally {
    if (damaged !== undefined && path !== undefined && sizeOf(path) === 0) writeFileSync(path, damaged);
  }
}

function sizeOf(path: string): number {
  return statSync(path, {throwIfNoEntry: false})?.size ?? 0;
}

function highestSerial({layout}: Place, lineage: string): number {
  const serials = readHistory(layout)
    .versions.filter(({meta}) => meta.state?.lineage === lineage)
    .map(({meta}) => meta.state?.serial ?? 0);
  return Math.max(0, ...serials);
}
