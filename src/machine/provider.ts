/** A machine as its provider knows it. Fields a provider has no word for are empty. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** The provider's name of its size: `gpu-h100x1-80gb`, `t3.micro`. */
  readonly size: string;
}

/** An image of a machine's whole disk. Times are the provider's, ISO 8601. */
export interface DiskSnapshot {
  readonly id: string;
  readonly name: string;
  /** Empty where the provider does not say which machine it was made from. */
  readonly machineId: string;
  readonly createdAt: string;
  /** What it takes in the provider's storage, in GB; undefined where nobody says. */
  readonly sizeGb: number | undefined;
}

/** The making of an image. Times are the provider's, ISO 8601. */
export interface Action {
  readonly id: string;
  readonly status: 'in-progress' | 'completed' | 'errored';
  readonly startedAt: string;
  /** Empty while it is in progress. */
  readonly completedAt: string;
  /** The image it makes; undefined where the provider does not say. */
  readonly snapshotId?: string;
  /** The image's name; undefined where the provider does not say. */
  readonly snapshotName?: string;
  /** For `errored`: the provider's own words, where it has any. */
  readonly words?: string;
}

/**
 * Why a provider did not do what it was asked.
 *
 * `passing` will most likely work later (rate limit, 5xx, a connection that broke, no answer in time), `busy` as soon as
 * the machine is done with something else. After both, and after `unclear` (an answer that cannot be read), a request may
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
 * All that cloudtm asks of somebody who runs machines; one file each beside this one.
 *
 * Every function asks the provider anew and throws `ProviderFailure`. None of them waits for an image, tries again or
 * talks to the user: that is the same for all providers and stands elsewhere.
 */
export interface MachineProvider {
  /** As in `machine_provider`. */
  readonly name: string;
  /** What it calls a machine: `droplet`, `instance`. */
  readonly noun: string;
  /** The program that is asked. */
  readonly program: string;
  /** Command lines that install that program, best first; or one that only names a page. */
  readonly install: (system: System) => readonly string[];
  /** The command line that logs in. */
  readonly login: readonly string[];
  /** Names it would refuse do not match; `words` say what does. */
  readonly names: {readonly pattern: RegExp; readonly words: string; readonly areUnique: boolean};
  /** Whether it can restart the machine for a consistent image. */
  readonly canReboot: boolean;
  /** The command line with which a person looks at an action. */
  readonly look: (action: Action, machineId: string) => readonly string[];

  /** @throws ProviderFailure `not-found` when there is no such machine (any more). */
  machine(id: string): Promise<Machine>;
  /** Ask for an image. Does not wait for it. */
  request(machine: Machine, imageName: string, reboot: boolean): Promise<Action>;
  action(id: string, machine: Machine): Promise<Action>;
  /**
   * What makes or made images of this machine, newest first.
   *
   * @param imageName Where actions have names: only of images that will be called so.
   */
  actions(machine: Machine, imageName: string): Promise<readonly Action[]>;
  /** An image by its id; undefined when there is none. */
  diskSnapshot(id: string): Promise<DiskSnapshot | undefined>;
  /** Images of this machine, or of all machines. The list may be short without anybody saying so: absence proves nothing. */
  diskSnapshots(machineId?: string): Promise<readonly DiskSnapshot[]>;
  /** Delete an image and all that is paid for with it. */
  remove(image: DiskSnapshot): Promise<void>;
}

/** What a provider is made with. */
export interface ProviderContext {
  /** The user's environment: their own login is in it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd: string;
  /** For the provider `command`: the user's own program and its first arguments. */
  readonly command: readonly string[];
}

/** Each provider's file exports one of these. */
export type ProviderMaker = (surroundings: ProviderContext) => MachineProvider;
