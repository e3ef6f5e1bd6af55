/** The steps of taking a disk snapshot, as they happen. Times in ms unless said; `file` is a log's name. */
export type MachineEvent =
  /** `before`: terraform is about to destroy the machine. */
  | {type: 'started'; noun: string; machine: string; before: boolean}
  | {type: 'named'; name: string}
  | {type: 'requested'; action: string}
  | {type: 'waiting'}
  /** Several times a second while waiting. */
  | {type: 'in-progress'; status: string; elapsed: number}
  | {type: 'created'; name: string}
  | {type: 'details'; name: string; id: string; sizeGb: number | null}
  | {type: 'logged'; file: string}
  /** An earlier run requested this one, at `asked`. */
  | {type: 'resumed'; name: string; action: string; asked: string}
  /** Others, or a run that left no note here, started it. */
  | {type: 'adopted'; action: string; startedAt: string}
  /** The answer to our request was lost, and what it requested is in progress. */
  | {type: 'found-again'; action: string}
  /** No run has waited for an earlier run's one since `seen`, so it does not represent the machine as it is now. */
  | {type: 'stale'; name: string; action: string; asked: string; seen: string}
  /** It is complete now, and has its log. */
  | {type: 'stale-logged'; name: string; file: string}
  /** An earlier run's one came to nothing. */
  | {type: 'earlier-failed'; name: string; action: string; words: string}
  /** `busy`: the machine is, with something else. */
  | {type: 'retrying'; words: string; busy: boolean; after: number}
  /** Another process holds the machine; the file that says so. */
  | {type: 'other-process'; path: string}
  /** The machine is destroyed without a disk snapshot, because the user wants it so. */
  | {type: 'continuing-without'; machine: string};
