/** How a command that changed the state ended. */
export type Outcome = 'succeeded' | 'failed' | 'interrupted';

export type ChangeAction = 'added' | 'changed' | 'replaced' | 'destroyed' | 'moved';

/** What happened to one resource instance, under its address as terraform writes it. */
export interface Change {
  readonly address: string;
  readonly action: ChangeAction;
  /** For `moved`: the address it had before. */
  readonly from?: string;
}

/** How many resources a version added, changed and destroyed; strings of digits, as the original tool wrote them. */
export interface Counts {
  readonly added: string;
  readonly changed: string;
  readonly destroyed: string;
}

/** Who ran a command, and where. */
export interface Actor {
  /** The person a CI names as the one who started its run; otherwise the user of the operating system. */
  readonly user: string;
  readonly host: string;
  /** The name of the CI, as `GitHub Actions`; missing outside of one. */
  readonly ci?: string;
  /** The address of the CI's run, where the CI gives one. */
  readonly run?: string;
}

/** A machine of which disk snapshots can be taken. */
export interface MachineFacts {
  /** The provider's name, as `machine_provider` has it. */
  readonly provider: string;
  readonly id: string;
  /** Where the module that takes its disk snapshots writes their logs, as it was configured. */
  readonly logs?: string;
}

/** What is known of a version apart from its number. Stored in its manifest, so that the one rename carries it. */
export interface Facts {
  /** When the version was made; UTC, seconds, `2025-11-26T17:36:35Z`. */
  readonly timestamp: string;
  readonly resources: Counts;
  readonly format: number;
  /** The verb that ran (`apply`, `state-rm`, …) or what cloudtm did (`recovered`). */
  readonly operation: string;
  readonly outcome: Outcome;
  readonly workspace: string;
  readonly backend: string;
  /** The state kept; `resources` counts managed instances, `sha256` is of the bytes. Null when there was none to be had. */
  readonly state: {lineage: string; serial: number; sha256: string; resources: number} | null;
  readonly changes: readonly Change[];
  readonly terraform: {product: string; version: string};
  /** The command line, values of variables and secrets of backends replaced by `(redacted)`. */
  readonly argv: readonly string[];
  readonly actor: Actor;
  readonly git: {commit: string; branch: string; dirty: boolean} | null;
  /** When terraform was started; UTC with milliseconds. */
  readonly startedAt: string;
  /** How long terraform ran, in milliseconds. */
  readonly durationMs: number;
  /** Whether `-target` or `-exclude` left parts of the configuration out on purpose. */
  readonly targeted: boolean;
  readonly note: string;
  /** The machines in its state; missing where there are none. */
  readonly machines?: readonly MachineFacts[];
  /** The version this one brought back; missing in all others. */
  readonly restoredFrom?: string;
  readonly tags: readonly string[];
  readonly pinned: boolean;
}

/** `meta/vN.json`. A store written by the original tool has the first three fields only. */
export type Meta = {
  readonly version: string;
  readonly timestamp: string;
  readonly resources: Counts;
} & Partial<Omit<Facts, 'timestamp' | 'resources'>>;

/** A regular file of a version. Paths are relative to the version's folder, with `/`. */
export interface FileEntry {
  readonly path: string;
  readonly size: number;
  /** Permission bits in the project, octal: `0644`. In the store every file is 0400. */
  readonly mode: string;
  readonly sha256: string;
  /** The name it is kept under, where that is not its own. */
  readonly stored?: string;
  /** How the file looked on disk when it was read (inode, mtime, ctime): equal again means unchanged. */
  readonly seen?: string;
  /** What was out of the ordinary, as `changed while being copied`. */
  readonly note?: string;
}

/** A symbolic link, kept as it is. */
export interface LinkEntry {
  readonly path: string;
  readonly link: string;
}

export type Entry = FileEntry | LinkEntry;

/** Something in the project that was not kept, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** `manifest.json`: everything in a version's folder, and what its `meta` file is made from. */
export interface Manifest {
  readonly format: number;
  /** Which state this is a version of: its file as seen from the root module, or the backend's type. */
  readonly source: string;
  /**
   * The root module's path from the common ancestor of it and of what lies in `outside/`, with `/`; empty when nothing
   * lies outside, missing in versions of an earlier cloudtm. `tf_configs/` laid at this path over `outside/` is the
   * tree as it was.
   */
  readonly rootPath?: string;
  readonly entries: readonly Entry[];
  readonly skipped: readonly Skipped[];
  readonly facts: Facts;
}
