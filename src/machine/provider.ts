/** A machine as its provider knows it. Fields the provider does not have are empty. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** The provider's name of its size: `gpu-h100x1-80gb`, `t3.micro`. */
  readonly size: string;
}

/** A disk snapshot: all of a machine's disk. Times are the provider's, ISO 8601. */
export interface DiskSnapshot {
  readonly id: string;
  readonly name: string;
  /** Empty if the provider does not say which machine it was made from. */
  readonly machineId: string;
  readonly createdAt: string;
  /** What it takes in the provider's storage, in GB; undefined if unknown. */
  readonly sizeGb?: number | undefined;
}

/** The making of a disk snapshot. Times are the provider's, ISO 8601. */
export interface Action {
  readonly id: string;
  readonly status: 'in-progress' | 'completed' | 'errored';
  readonly startedAt: string;
  /** Empty while it is in progress. */
  readonly completedAt: string;
  /** The disk snapshot it makes; undefined if the provider does not say. */
  readonly snapshotId?: string;
  /** The disk snapshot's name; undefined if the provider does not say. */
  readonly snapshotName?: string;
  /** For `errored`: the provider's own words, if it has any. */
  readonly words?: string;
}

/** An order of actions: what started last comes first. */
export function latestFirst(a: Action, b: Action): number {
  return Date.parse(b.startedAt) - Date.parse(a.startedAt);
}

/**
 * Why a provider did not do what it was asked.
 *
 * `passing` will most likely work later (rate limit, 5xx, a connection that broke, no answer in time), `busy` as soon as
 * the machine has finished something else. After both, and after `unclear` (an answer that cannot be read), a request may
 * have taken effect all the same. The others are final.
 */
export type FailureReason =
  | 'program-missing'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'refused'
  | 'busy'
  | 'passing'
  | 'unclear';

/** Thrown by providers; nothing else is. `words` are the provider's own, as far as it has any. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  constructor(
    readonly reason: FailureReason,
    readonly words: string,
    options?: ErrorOptions,
  ) {
    super(`${reason}: ${words}`, options);
  }
}

/** Undefined for what the provider does not have. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'not-found') return undefined;
    throw error;
  }
}

/** The system a program is to be installed on, as Node names it. */
export interface System {
  /** `darwin`, `linux`, … */
  readonly platform: string;
  /** `x64`, `arm64`, … */
  readonly arch: string;
  /** Whether a program is on PATH. */
  readonly has: (program: string) => boolean;
}

/**
 * All that cloudtm asks of a provider of machines; one file each in providers/.
 *
 * Every method asks the provider anew and throws `ProviderFailure`. None of them waits for a disk snapshot, retries or
 * talks to the user: that is the same for all providers and done elsewhere.
 */
export interface MachineProvider {
  /** As in `machine_provider`. */
  readonly name: string;
  /** What it calls a machine: `droplet`, `instance`. */
  readonly noun: string;
  /** The program that is asked. */
  readonly program: string;
  /** Command lines that install that program, best first, and a page about it. */
  readonly install: (system: System) => readonly string[];
  /** The command line that logs in. */
  readonly login: readonly string[];
  /** Names of disk snapshots: what it would refuse does not match; `words` say what does. */
  readonly names: {readonly pattern: RegExp; readonly words: string; readonly areUnique: boolean};
  /** Whether it can restart the machine for a consistent disk snapshot. */
  readonly canReboot: boolean;

  /** The command line that shows an action to the user. */
  look(action: Action, machineId: string): readonly string[];

  /** @throws ProviderFailure `not-found` when there is no such machine (any more). */
  machine(id: string): Promise<Machine>;
  /** Request a disk snapshot. Does not wait for it. */
  request(machine: Machine, name: string, reboot: boolean): Promise<Action>;
  action(id: string, machine: Machine): Promise<Action>;
  /**
   * What makes or made disk snapshots of this machine, newest first.
   *
   * @param name If actions have names: only those of disk snapshots that will be called so.
   */
  actions(machine: Machine, name: string): Promise<readonly Action[]>;
  /** A disk snapshot by its id; undefined if there is none. */
  diskSnapshot(id: string): Promise<DiskSnapshot | undefined>;
  /** Those of this machine, or of all machines. The list may be incomplete without saying so: absence proves nothing. */
  diskSnapshots(machineId?: string): Promise<readonly DiskSnapshot[]>;
  /** Delete a disk snapshot and all that costs money with it. */
  remove(snapshot: DiskSnapshot): Promise<void>;
}

/** What a provider is made with. */
export interface ProviderContext {
  /** The user's environment: their own login is in it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd: string;
  /** For the provider `command`: the user's own program and its first arguments. */
  readonly command: readonly string[];
}
