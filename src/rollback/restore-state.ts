import {statSync, writeFileSync} from 'node:fs';
import {requireState} from '../history/version-state.js';
import {compareStates} from '../state/compare.js';
import {parsedOrEmpty, parsedOrUndefined, withSerial} from '../state/state.js';
import {readHistory} from '../store/read.js';
import {stateSource} from '../terraform/state-source.js';
import {keepProject, pushBytes, refuseChanged} from './project-state.js';
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
  await refuseChanged(request, live);

  let before: string | undefined;
  if (live.kind === 'some') {
    const note = `the state before that of ${name}`;
    before = (await keepProject(request, {operation: 'before-restore', note}, live)).name;
    say({type: 'present-kept', version: before});
  }
  const serials = readHistory(place.layout)
    .versions.filter(({meta}) => meta.state?.lineage === wanted.lineage)
    .map(({meta}) => meta.state?.serial ?? 0);
  const serial = 1 + Math.max(present?.serial ?? 0, ...serials);
  const damaged = live.kind === 'some' && present === undefined ? live.bytes : undefined;
  await push(request, withSerial(bytes, serial), force, damaged);
  const what = {operation: 'restore', note: `the state of ${name}`, restoredFrom: name} as const;
  const kept = await keepProject(request, what);
  say({type: 'state-restored', version: name, name: source.name, kept: kept.name, before});
  return true;
}

/** @param damaged What is there, where terraform cannot read it. */
async function push(request: RestoreRequest, bytes: Buffer, force: boolean, damaged?: Buffer): Promise<void> {
  const {backend} = request.place;
  if (backend.kind !== 'local' || damaged === undefined) {
    await pushBytes(request, bytes, force);
    return;
  }
  const path = backend.stateOutPath;
  try {
    // Terraform refuses to write over what it cannot read, and takes an empty file for no state. The bytes are kept in
    // a version by now; the file stays the same one, with its owner and its permissions.
    writeFileSync(path, '');
    await pushBytes(request, bytes, force);
  } finally {
    if ((statSync(path, {throwIfNoEntry: false})?.size ?? 0) === 0) writeFileSync(path, damaged);
  }
}
