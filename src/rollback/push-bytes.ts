import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Place} from '../project/place.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {FILE_MODE, makeFolder} from '../store/disk.js';
import {replacingFolder} from '../store/journal.js';
import {STATE_FILE} from '../store/layout.js';
import type {Version} from '../store/read.js';
import {statusOf} from '../terraform/exit.js';
import {bindTerraform} from '../terraform/bound.js';

/**
 * Have terraform write these bytes as the project's state.
 *
 * @param force Over another lineage too, and over a higher serial.
 * @throws UserError `state-push-failed`.
 */
export async function pushBytes(
  {context, place}: {readonly context: Context; readonly place: Place},
  version: Version,
  bytes: Buffer,
  force: boolean,
): Promise<void> {
  const folder = replacingFolder(place.layout, context.pid);
  const file = join(folder, STATE_FILE);
  try {
    makeFolder(folder);
    writeFileSync(file, bytes, {mode: FILE_MODE});
    const status = statusOf(await bindTerraform(context, place.root).pushState(file, force));
    if (status !== 0) throw new UserError({kind: 'state-push-failed', version: version.name, status});
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
