import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {readKeptState} from '../store/kept-version.js';
import type {Version} from '../store/read.js';
import {stateSource} from '../terraform/state-source.js';
import {keptConfiguration, presentConfiguration, type Configuration} from '../project/configuration.js';
import type {Place} from '../project/place.js';
import {EMPTY_STATE, parsedOrReason, type State} from '../state/state.js';

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
  const source = stateSource(context, place);
  const [name, read] =
    revision === 'now'
      ? [source.name, await source.read()]
      : [`of ${revision.name}`, {kind: 'some', bytes: readKeptState(place.layout, revision)} as const];
  if (read.kind === 'none') return EMPTY_STATE;
  const state = read.kind === 'some' ? parsedOrReason(read.bytes) : read;
  if ('reason' in state) throw new UserError({kind: 'state-not-comparable', name, reason: state.reason});
  return state;
}
