/** The steps of taking an image of a machine, told as they happen. Times in ms unless said; `file` is a log's name. */
export type MachineEvent =
  /** `before`: terraform is about to destroy the machine. */
  | {type: 'started'; noun: string; machine: string; before: boolean}
  | {type: 'named'; name: string}
  | {type: 'requested'; action: string}
  | {type: 'waiting'}
  /** Several times a second while it is waited for. */
  | {type: 'in-progress'; status: string; elapsed: number}
  | {type: 'created'; name: string}
  | {type: 'details'; name: string; id: string; sizeGb: number | null}
  | {type: 'logged'; file: string}
  /** An earlier run asked for this image; `action` is missing where it never heard of one. */
  | {type: 'resumed'; name: string; action: string; asked: string}
  /** Somebody else, or a run nobody noted here, began it. */
  | {type: 'adopted'; action: string; startedAt: string}
  /** The answer to our request was lost, and what it asked for is under way. */
  | {type: 'found-again'; action: string}
  /** Nobody has waited for an earlier run's image since `seen`, so that it does not stand for the machine as it is now. */
  | {type: 'stale'; name: string; action: string; asked: string; seen: string}
  /** It is there now, and has its log. */
  | {type: 'stale-logged'; name: string; file: string}
  /** An earlier run's image came to nothing. */
  | {type: 'earlier-failed'; name: string; action: string; words: string}
  /** `busy`: the machine is, with something else. */
  | {type: 'retrying'; words: string; busy: boolean; after: number}
  /** Who holds the machine; the file that says so. */
  | {type: 'other-process'; path: string}
  /** The machine goes without an image, because the user wants it so. */
  | {type: 'continuing-without'; machine: string};
