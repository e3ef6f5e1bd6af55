import {statSync, writeFileSync} from 'node:fs';
import {UserError} from '../errors.js';
import {requireState} from '../history/version-state.js';
import type {Place} from '../project/place.js';
import {compareStates} from '../state/compare.js';
import {parsedOrEmpty, parsedOrUndefined, withSerial} from '../state/state.js';
import {readHistory} from '../store/read.js';
import {isSameState} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import {keepProject, pushBytes} from './project-state.js';
import {refuse, restoreRefusal} from './refusals.js';
import type {RestoreRequest} from './request.js';

/**
 * Bring back the state of a version, through `terraform state push` and so under terraform's own lock. The state that was
 * there is kept in a version first, also when it is damaged. Files and infrastructure stay as they are.
 *
 * The serial becomes one more than any known one: terraform refuses an older state.
 *
 * @param force Also over a state of another lineage.
 * @returns False when the user did not agree.
 * @throws UserError with the reason of a refusal, or that the push failed.
 */
export async function restoreState(request: RestoreRequest, force: boolean): Promise<boolean> {
  const {context, place, version, say, confirm} = request;
  const {name} = version;
  const {bytes, parsed: wanted} = requireState(place.layout, version);
  const source = stateSource(context, place);
  const live = await source.read();
  const present = parsedOrUndefined(live);
  const unreadable = live.kind === 'unreadable' ? live.reason : undefined;
  const facts = {name: source.name, unreadable, lineage: present?.lineage};
  refuse(restoreRefusal({name, lineage: wanted.lineage}, facts, force));
  if (live.kind === 'some' && withSerial(live.bytes, 0).equals(withSerial(bytes, 0))) {
    say({type: 'state-same', version: name, name: source.name});
    return true;
  }
  const {changes} = compareStates(parsedOrEmpty(live), wanted);
  say({type: 'state-planned', version: name, name: source.name, held: wanted.instances.size, changes});
  if (!(await confirm())) return false;
  // What is kept below must be what is replaced.
  if (!isSameState(await source.read(), live))
    throw new UserError({kind: 'state-changed-since', name: source.name});

  let before: string | undefined;
  if (live.kind === 'some') {
    const note = `the state before that of ${name}`;
    before = (await keepProject(request, {operation: 'before-restore', note}, live)).name;
    say({type: 'present-kept', version: before});
  }
  const serial = 1 + Math.max(present?.serial ?? 0, highestSerial(place, wanted.lineage));
  const damaged = live.kind === 'some' && present === undefined ? live.bytes : undefined;
  await push(request, withSerial(bytes, serial), force, damaged);
  const what = {operation: 'restore', note: `the state of ${name}`, restoredFrom: name} as const;
  const kept = await keepProject(request, what);
  say({type: 'state-restored', version: name, name: source.name, kept: kept.name, before});
  return true;
}

async function push(
  request: RestoreRequest,
  bytes: Buffer,
  force: boolean,
  damaged: Buffer | undefined,
): Promise<void> {
  const {backend} = request.place;
  const path = backend.kind === 'local' && damaged !== undefined ? backend.stateOutPath : undefined;
  try {
    // Terraform refuses to write over what it cannot read, and takes an empty file for no state. The bytes are kept in
    // a version by now; the file stays the same one, with its owner and its permissions.
    if (path !== undefined) writeFileSync(path, '');
    await pushBytes(request, request.version, bytes, force);
  } finally {
    if (path !== undefined && damaged !== undefined && sizeOf(path) === 0) writeFileSync(path, damaged);
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
