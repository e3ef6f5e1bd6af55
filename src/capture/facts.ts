import {FORMAT} from '../store/layout.js';
import type {Actor, Facts, Outcome} from '../store/version.js';
import type {Comparison} from '../state/compare.js';
import {machinesIn} from './machines.js';
import type {State} from '../state/state.js';

/** What a version's facts are made from. */
export interface Gathered {
  readonly operation: string;
  readonly outcome: Outcome;
  readonly workspace: string;
  readonly backend: string;
  readonly state: {readonly parsed: State; readonly sha256: string} | undefined;
  readonly comparison: Comparison;
  readonly argv: readonly string[];
  readonly actor: Actor;
  readonly git: Facts['git'];
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly now: Date;
  readonly targeted: boolean;
  readonly note: string;
  readonly restoredFrom?: string | undefined;
}

/** Put together what `meta/vN.json` says. */
export function makeFacts(gathered: Gathered): Facts {
  const {state, comparison} = gathered;
  const machines = state === undefined ? [] : machinesIn(state.parsed);
  return {
    timestamp: `${gathered.now.toISOString().slice(0, 19)}Z`,
    resources: comparison.counts,
    format: FORMAT,
    operation: gathered.operation,
    outcome: gathered.outcome,
    workspace: gathered.workspace,
    backend: gathered.backend,
    state:
      state === undefined
        ? null
        : {
            lineage: state.parsed.lineage,
            serial: state.parsed.serial,
            sha256: state.sha256,
            resources: state.parsed.instances.size,
          },
    changes: comparison.changes,
    // The state names the terraform that wrote it, so nobody has to be asked.
    terraform: {product: 'terraform', version: state?.parsed.terraformVersion ?? ''},
    argv: gathered.argv,
    actor: gathered.actor,
    git: gathered.git,
    startedAt: gathered.startedAt.toISOString(),
    durationMs: gathered.endedAt.getTime() - gathered.startedAt.getTime(),
    targeted: gathered.targeted,
    note: gathered.note,
    ...(machines.length === 0 ? {} : {machines}),
    ...(gathered.restoredFrom === undefined ? {} : {restoredFrom: gathered.restoredFrom}),
    tags: [],
    pinned: false,
  };
}
