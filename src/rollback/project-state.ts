import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {keepSnapshot, type SnapshotRequest} from '../capture/snapshot.js';
import {UserError} from '../errors.js';
import {createStore} from '../store/create.js';
import {FILE_MODE, makeFolder} from '../store/disk.js';
import {refuseInHand, replacingFolder} from '../store/journal.js';
import {STATE_FILE} from '../store/layout.js';
import {bindTerraform} from '../terraform/bound.js';
import {isSameState, type StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import type {RestoreRequest} from './request.js';

type Project = Pick<RestoreRequest, 'context' | 'place'>;

/**
 * Have a folder in the store while files of the project are replaced: for the files to write, and for copies of those
 * that go. It is left where files could not be put back, so that the next command can do it.
 *
 * @param body Gets the path; whoever writes there first makes the folder.
 * @throws UserError `files-in-hand` while another command replaces files; what `body` throws.
 */
export async function withReplacingFolder<T>(
  {context, place: {layout}}: Project,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  createStore(layout);
  refuseInHand(layout, context);
  const folder = replacingFolder(layout, context.pid);
  try {
    return await body(folder);
  } finally {
    if (!existsSync(layout.journal)) removeSync(folder);
  }
}

/**
 * Keep the files of the project and its state in a version.
 *
 * @param state Read just now; by default it is read here.
 * @throws what keeps a version from being made.
 */
export async function keepProject(
  {context, place, report}: Pick<RestoreRequest, 'context' | 'place' | 'report'>,
  what: Omit<SnapshotRequest, 'context' | 'place' | 'state'>,
  state?: StateBytes,
): ReturnType<typeof keepSnapshot> {
  const bytes = state ?? (await stateSource(context, place).read());
  return keepSnapshot({context, place, state: bytes.kind === 'some' ? bytes : undefined, ...what}, report);
}

/** The state of the project now; undefined where it still is as it was. */
export async function changedSince(
  {context, place}: Project,
  before: StateBytes,
): Promise<StateBytes | undefined> {
  const now = await stateSource(context, place).read();
  return isSameState(now, before) ? undefined : now;
}

/** What the user has agreed to was shown for this state. @throws UserError `state-changed-since`. */
export async function refuseChanged(project: Project, before: StateBytes): Promise<void> {
  const {name} = stateSource(project.context, project.place);
  if ((await changedSince(project, before)) !== undefined)
    throw new UserError({kind: 'state-changed-since', name});
}

/**
 * Have terraform write these bytes as the project's state.
 *
 * @param force Over another lineage too, and over a higher serial.
 * @throws UserError `state-push-failed`.
 */
export async function pushBytes(
  {context, place, version}: Pick<RestoreRequest, 'context' | 'place' | 'version'>,
  bytes: Buffer,
  force: boolean,
): Promise<void> {
  const folder = replacingFolder(place.layout, context.pid);
  const file = join(folder, STATE_FILE);
  try {
    makeFolder(folder);
    writeFileSync(file, bytes, {mode: FILE_MODE});
    const status = await bindTerraform(context, place.root).pushState(file, force);
    if (status !== 0) throw new UserError({kind: 'state-push-failed', version: version.name, status});
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
