import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {keptConfiguration, presentConfiguration, type Configuration} from '../project/configuration.js';
import type {Place} from '../project/place.js';
import {EMPTY_STATE, lineageOf, parsedOrReason, type State} from '../state/state.js';
import {damaged, readKeptState} from '../store/kept-version.js';
import type {Layout} from '../store/layout.js';
import {readHistory, readVersion, type Version} from '../store/read.js';
import {stateBytes, type StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';

/** The state of a version, checked against its checksum: `unreadable` where it is not what was kept. */
export function stateOf(layout: Layout, number: number): StateBytes {
  const version = readVersion(layout, number);
  if ('reason' in version) return {kind: 'unreadable', reason: version.reason};
  try {
    return stateBytes(readKeptState(layout, version));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const {problem} = error;
    if (problem.kind === 'version-without-state') return {kind: 'none'};
    return {kind: 'unreadable', reason: problem.kind === 'version-damaged' ? problem.reason : problem.kind};
  }
}

/** The same for callers that cannot do without it. @throws UserError `version-without-state`, `version-damaged`. */
export function requireState(layout: Layout, version: Version): {bytes: Buffer; parsed: State} {
  const bytes = readKeptState(layout, version);
  const parsed = parsedOrReason(bytes);
  if ('reason' in parsed) throw damaged(version, 'its state is damaged');
  return {bytes, parsed};
}

/** The last state that was kept of the lineage `like` has; undefined when there is none. */
export function keptState(layout: Layout, like: StateBytes): StateBytes | undefined {
  const lineage = lineageOf(like);
  if (lineage === undefined) return undefined;
  for (const {number, meta} of readHistory(layout).versions) {
    if (meta.state?.lineage !== lineage) continue;
    const kept = stateOf(layout, number);
    if (kept.kind === 'some') return kept;
  }
  return undefined;
}

/** Something that can be compared: a version, or how the project and its state are now. */
export type Revision = Version | 'now';

/** The configuration of a revision. @throws UserError `version-damaged`. */
export async function configurationAt(place: Place, revision: Revision): Promise<Configuration> {
  return revision === 'now' ? presentConfiguration(place) : keptConfiguration(place.layout, revision);
}

/** The state of a revision. @throws UserError `state-not-comparable`, `version-without-state`, `version-damaged`. */
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
