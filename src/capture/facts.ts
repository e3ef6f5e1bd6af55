import type {Comparison} from '../state/compare.js';
import type {State} from '../state/state.js';
import {FORMAT} from '../store/layout.js';
import type {Facts, Outcome} from '../store/version.js';
import type {StateBytes} from '../terraform/state-file.js';
import {machinesIn} from './machines.js';
import type {Purpose} from './making.js';

/** What a version is made of besides what is staged. */
export interface Result {
  /** Undefined when the state could not be had. */
  readonly after: Extract<StateBytes, {kind: 'some'}> | undefined;
  /** Undefined when there are no bytes, or they are no state. */
  readonly parsed: State | undefined;
  readonly comparison: Comparison;
  readonly outcome: Outcome;
  readonly note: string;
  /** Where it is not the intent's. */
  readonly operation?: string | undefined;
  /** When the command ended; now, where it is missing. */
  readonly endedAt?: Date | undefined;
  /** The version that was brought back. */
  readonly restoredFrom?: string | undefined;
}

/** Put together what `meta/vN.json` says. */
export function makeFacts(
  {context, place, intent}: Purpose,
  {after, parsed, comparison, outcome, note, operation, endedAt, restoredFrom}: Result,
  who: Pick<Facts, 'git' | 'actor'>,
): Facts {
  const now = context.now();
  const machines = parsed === undefined ? [] : machinesIn(parsed);
  return {
    timestamp: `${now.toISOString().slice(0, 19)}Z`,
    resources: comparison.counts,
    format: FORMAT,
    operation: operation ?? intent.operation,
    outcome,
    workspace: place.workspace,
    backend: intent.backend,
    state:
      after && parsed
        ? {
            lineage: parsed.lineage,
            serial: parsed.serial,
            sha256: after.sha256,
            resources: parsed.instances.size,
          }
        : null,
    changes: comparison.changes,
    // The state names the terraform that wrote it: no need to ask terraform.
    terraform: {product: 'terraform', version: parsed?.terraformVersion ?? ''},
    argv: intent.argv,
    ...who,
    startedAt: intent.startedAt,
    durationMs: (endedAt ?? now).getTime() - Date.parse(intent.startedAt),
    targeted: intent.targeted,
    note,
    ...(machines.length === 0 ? {} : {machines}),
    ...(restoredFrom === undefined ? {} : {restoredFrom}),
    tags: [],
    pinned: false,
  };
}
