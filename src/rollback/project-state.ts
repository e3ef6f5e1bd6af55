import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {keepSnapshot, type SnapshotRequest} from '../capture/snapshot.js';
import {UserError} from '../errors.js';
import {FILE_MODE, makeFolder} from '../store/disk.js';
import {replacingFolder} from '../store/journal.js';
import {STATE_FILE} from '../store/layout.js';
import type {Version} from '../store/read.js';
import {bindTerraform} from '../terraform/bound.js';
import type {StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';
import type {RestoreRequest} from './request.js';

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

/**
 * Have terraform write these bytes as the project's state.
 *
 * @param force Over another lineage too, and over a higher serial.
 * @throws UserError `state-push-failed`.
 */
export async function pushBytes(
  {context, place}: Pick<RestoreRequest, 'context' | 'place'>,
  version: Version,
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
