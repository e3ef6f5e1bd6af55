import type {Report, Suspicion} from '../events/run.js';
import {stateOf} from '../history/version-state.js';
import {compareStates} from '../state/compare.js';
import {lineageOf, parsedOrEmpty, parsedOrReason} from '../state/state.js';
import type {Layout} from '../store/layout.js';
import {readManifest} from '../store/manifest.js';
import {currentState, type CurrentState} from '../store/read.js';
import type {StateBytes} from '../terraform/state-file.js';
import type {StateSource} from '../terraform/state-source.js';

/** The state that was deployed last from here, as the store knows it. */
export interface Deployed extends Pick<CurrentState, 'status' | 'lineage'> {
  /** Whether the state that is found is to be that one. Both are asked only where they decide. */
  readonly isExpected: () => boolean;
  readonly state: () => StateBytes;
}

/**
 * What is wrong with a state that is found where another one was deployed from: with it terraform would create everything
 * anew beside what exists. Pure.
 *
 * @returns undefined when nothing is wrong, or nothing can be said.
 */
export function suspect(
  found: StateBytes,
  {status, lineage, isExpected, state}: Deployed,
): Suspicion | undefined {
  if (found.kind === 'unreadable' || !status || lineage === undefined) return undefined;
  const suspicion = suspicionOf(found, lineage);
  if (suspicion?.kind === 'foreign' && holdsTheSame(state(), found)) return undefined;
  return suspicion && isExpected() ? suspicion : undefined;
}

/** The same, asked of a store, and reported. */
export function reportSuspicion(
  report: Report,
  layout: Layout,
  source: StateSource,
  found: StateBytes,
): void {
  const good = currentState(layout);
  if (good === undefined) return;
  const isExpected = () => isContinuedBy(source, layout, good.number);
  const suspicion = suspect(found, {...good, isExpected, state: () => stateOf(layout, good.number)});
  if (suspicion) report({type: 'state-suspect', name: source.name, suspicion, good});
}

/** Whether a version's history goes on in what is found there: under `-state` every file has a state of its own. */
export function isContinuedBy(source: StateSource, layout: Layout, version: number): boolean {
  return source.isRemote || readManifest(layout, version)?.source === source.id;
}

/**
 * Whether a state holds exactly the resources that were kept last: terraform 1.11.4 gives a state another lineage when it
 * migrates it to an empty http backend.
 */
export function holdsTheSame(kept: StateBytes, found: StateBytes): boolean {
  const now = parsedOrEmpty(found);
  return now.instances.size > 0 && compareStates(parsedOrEmpty(kept), now).changes.length === 0;
}

function suspicionOf(found: StateBytes, expected: string): Suspicion | undefined {
  if (found.kind !== 'some') return {kind: 'gone'};
  // Of a large state its head and its end are enough.
  if (lineageOf(found) === expected && found.bytes.subarray(-64).toString().trimEnd().endsWith('}'))
    return undefined;
  const parsed = parsedOrReason(found.bytes);
  if ('reason' in parsed) return {kind: 'damaged', reason: parsed.reason};
  return parsed.lineage === expected ? undefined : {kind: 'foreign'};
}
