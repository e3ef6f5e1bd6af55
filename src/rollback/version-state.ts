import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {parseState, type State} from '../state/state.js';
import {UserError} from '../errors.js';
import {CONFIGS, STATE_FILE, type Layout} from '../store/layout.js';
import {readManifest, type Version} from '../store/read.js';
import {readStateFile} from '../terraform/state-file.js';

/**
 * The state a version holds, if it is what was kept.
 *
 * @throws UserError `version-without-state`, `version-damaged`.
 */
export function stateOfVersion(layout: Layout, version: Version): {bytes: Buffer; parsed: State} {
  const path = `${CONFIGS}/${STATE_FILE}`;
  const read = readStateFile(join(layout.version(version.number), path));
  const damaged = (reason: string) => new UserError({kind: 'version-damaged', version: version.name, reason});
  if (read.kind !== 'some') {
    if (version.meta.state === null)
      throw new UserError({kind: 'version-without-state', version: version.name});
    throw damaged('its state is missing');
  }
  const entry = readManifest(layout, version.number)?.entries.find((each) => each.path === path);
  const sha256 = createHash('sha256').update(read.bytes).digest('hex');
  if (entry !== undefined && 'sha256' in entry && entry.sha256 !== sha256)
    throw damaged('its state is not what was kept');
  try {
    return {bytes: read.bytes, parsed: parseState(read.bytes)};
  } catch {
    throw damaged('its state is damaged');
  }
}
