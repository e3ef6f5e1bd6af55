import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {readKeptState} from '../store/kept-version.js';
import type {Version} from '../store/read.js';
import {stateSource} from '../terraform/state-source.js';
import {keptConfiguration, presentConfiguration, type Configuration} from '../project/configuration.js';
import type {Place} from '../project/place.js';
import {EMPTY_STATE, parseState, type State} from '../state/state.js';

/** Something that can be compared: a version, or how the project and its state are now. */
export type Revision = Version | 'now';

/** The configuration of a revision. @throws UserError `version-damaged`. */
export async function configurationAt(place: Place, revision: Revision): Promise<Configuration> {
  return revision === 'now' ? presentConfiguration(place) : keptConfiguration(place.layout, revision);
}

/**
 * The state of a revision; an empty one where there is none now.
 *
 * @throws UserError `state-not-comparable`, `version-without-state`, `version-damaged`.
 */
export async function stateAt(context: Context, place: Place, revision: Revision): Promise<State> {
  if (revision !== 'now') return parsed(readKeptState(place.layout, revision), `of ${revision.name}`);
  const source = stateSource(context, place);
  const read = await source.read();
  if (read.kind === 'none') return EMPTY_STATE;
  if (read.kind === 'some') return parsed(read.bytes, source.name);
  throw new UserError({kind: 'state-not-comparable', name: source.name, reason: read.reason});
}

function parsed(bytes: Buffer, name: string): State {
  try {
    return parseState(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError({kind: 'state-not-comparable', name, reason}, {cause: error});
  }
}
