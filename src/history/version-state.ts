import {UserError} from '../errors.js';
import {lineageOf, parsedOrReason, type State} from '../state/state.js';
import {damaged, readKeptState} from '../store/kept-version.js';
import type {Layout} from '../store/layout.js';
import {readHistory, readVersion, type Version} from '../store/read.js';
import {stateBytes, type StateBytes} from '../terraform/state-file.js';

/**
 * The state of a version, checked against its checksum: `none` where the version has none, `unreadable` where it is not
 * what was kept.
 */
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
