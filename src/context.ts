/** Where text for the user goes. Writing never throws: a terminal that went away must not end a capture. */
export interface Output {
  write(text: string | Uint8Array): void;
  readonly isTTY: boolean;
}

/** What the launcher saw before Node changed it, and gives back to terraform through us. */
export interface Launch {
  /** Absolute path of the launcher that started us; empty when Node was started directly. */
  readonly launcher: string;
  /** The name we were called by: decides how hints to the user are spelled. */
  readonly program: 'terraform' | 'cloudtm';
  /** The terraform found at installation, the last resort of a search; empty when none was recorded. */
  readonly fallback: string;
  /** Names of the signals that were ignored when we were started, as after `nohup`. Node resets them. */
  readonly ignoredSignals: readonly NodeJS.Signals[];
  /** The soft limit of open files, which Node raises for itself and its children; undefined when unknown. */
  readonly openFiles: string | undefined;
  /** File descriptors above 2 that were open when we were started, as after `-var-file=<(…)`. */
  readonly descriptors: readonly number[];
}

/** Signals that ask a program to stop. */
export const INTERRUPTING: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);

/** Whom a signal reached: everyone in our process group, us alone, or unknown. */
export type SignalScope = 'group' | 'alone' | 'unknown';

/** Tells whom a signal reached that has just arrived here; see terraform/sentinel.ts. Never rejects. */
export interface SignalScopes {
  signalScope(signal: NodeJS.Signals): Promise<SignalScope>;
}

/** Whom signals are handed on to: a `ChildProcess`, which is silent about one that has ended. */
export interface SignalTarget {
  kill(signal: NodeJS.Signals): unknown;
}

/** While held, no signal that can be caught ends this process. */
export interface SignalHold {
  /** What arrived so far, oldest first; for a caller that is between two terraform runs. */
  readonly received: readonly NodeJS.Signals[];
  /** Hand on what `target` did not get by itself, until the returned function is called. One target at a time. */
  relay(target: SignalTarget, scopes: SignalScopes): () => void;
  /** Stop holding, then raise `signal` on ourselves with its default meaning. Returns if that did not end us. */
  dieBy(signal: NodeJS.Signals): void;
}

/** All that a run of cloudtm knows of the world outside; handed in, so that a test can hand in its own. */
export interface Context {
  /** Arguments after the program name, exactly as typed. */
  readonly argv: readonly string[];
  /** The working folder as the system knows it (`PWD` may be stale); empty when it was deleted. */
  readonly cwd: string;
  /** The environment as terraform must get it: nothing of the launcher's own in it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly launch: Launch;
  readonly stdout: Output;
  readonly stderr: Output;
  /**
   * Ask the user at the terminal, whatever stdin is; `hidden` for input that is not echoed. Undefined when
   * there is no terminal, or whoever sits there does not want to answer.
   */
  readonly ask: (
    question: string,
    options: {readonly hidden: boolean; readonly cancel?: AbortSignal},
  ) => Promise<string | undefined>;
  /** Whether there is a terminal to ask at. */
  readonly hasTerminal: () => Promise<boolean>;
  /** Signals are held from the first call on: made right before terraform starts, so that none falls between. */
  readonly signals: () => SignalHold;
  /** Rejects when an uncaught error occurred: then what is waited for may never come. */
  readonly crashed: Promise<never>;
  readonly pid: number;
  readonly parentPid: number;
  /** Whether the program that started us has ended; see parents.ts. */
  readonly isOrphan: () => boolean;
  /** The Node that runs us: `v20.20.2` and the path of its program. */
  readonly node: {readonly version: string; readonly path: string};
  /** Whether a process of this number exists on this machine. */
  readonly isAlive: (pid: number) => boolean;
  readonly now: () => Date;
}
