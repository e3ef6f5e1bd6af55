import type {Report, Suspicion} from '../events/run.js';
import type {Layout} from '../store/layout.js';
import {stateOf} from '../history/version-state.js';
import {readManifest} from '../store/manifest.js';
import {currentState, type CurrentState} from '../store/read.js';
import type {StateBytes} from '../terraform/state-file.js';
import type {StateSource} from '../terraform/state-source.js';
import {compareStates} from '../state/compare.js';
import {parsedOrEmpty} from './decide.js';
import {lineageOf, parseState} from '../state/state.js';

/**
 * Say at once when the state that is found is not the one that was deployed from here: gone, damaged, or another one.
 * With it terraform would make everything anew beside what exists.
 */
export function suspectState(layout: Layout, source: StateSource, found: StateBytes, report: Report): void {
  if (found.kind === 'unreadable') return;
  const current = currentState(layout);
  // A store of the original tool does not tell which state its versions are of.
  if (current?.status !== true || current.lineage === undefined) return;
  const suspicion = suspicionOf(found, current.lineage);
  if (suspicion === undefined) return;
  if (suspicion.kind === 'foreign' && holdsTheSame(layout, current, found)) return;
  // Under `-state` another file may well be new.
  if (!source.isRemote && readManifest(layout, current.number)?.source !== source.id) return;
  report({type: 'state-suspect', name: source.name, suspicion, good: current});
}

/**
 * Whether a state holds exactly the resources that were kept last: terraform 1.11.4 gives a state another lineage when it
 * migrates it to an empty http backend.
 */
export function holdsTheSame(layout: Layout, {number}: CurrentState, found: StateBytes): boolean {
  const [kept, now] = [parsedOrEmpty(stateOf(layout, number)), parsedOrEmpty(found)];
  return now.instances.size > 0 && compareStates(kept, now).changes.length === 0;
}

function suspicionOf(found: StateBytes, expected: string): Suspicion | undefined {
  if (found.kind !== 'some') return {kind: 'gone'};
  const lineage = lineageOf(found.bytes);
  if (lineage === expected && found.bytes.subarray(-64).toString().trimEnd().endsWith('}')) return undefined;
  try {
    return parseState(found.bytes).lineage === expected ? undefined : {kind: 'foreign'};
  } catch (error) {
    return {kind: 'damaged', reason: error instanceof Error ? error.message : String(error)};
  }
}
