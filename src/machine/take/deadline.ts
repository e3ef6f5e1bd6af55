import type {MachineEvent} from '../events.js';
import {ProviderFailure} from '../provider.js';

/** How time passes, and who hears about it. */
export interface Clock {
  readonly now: () => Date;
  /**
   * Let time pass (ms).
   *
   * @throws MachineError `interrupted`.
   */
  readonly pause: (time: number) => Promise<void>;
  readonly say: (event: MachineEvent) => void;
}

/** The deadline has passed. `words` are those of the last failure, if there was one. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
  constructor(readonly words: string) {
    super(words);
  }
}

/** The time until which a disk snapshot must be complete. Its methods throw what `pause` throws. */
export class Deadline {
  readonly #clock: Clock;
  readonly #end: number;

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#end = clock.now().getTime() + milliseconds;
  }

  /** Time left, in ms; 0 or less once it has passed. */
  get left(): number {
    return this.#end - this.#clock.now().getTime();
  }

  /**
   * Let time pass (ms), at most until the deadline.
   *
   * @throws OutOfTime with `words` when none is left.
   */
  async wait(time: number, words = ''): Promise<void> {
    const pause = Math.min(time, this.left);
    if (pause <= 0) throw new OutOfTime(words);
    await this.#clock.pause(pause);
  }

  /**
   * Ask until there is an answer: what fails in passing is asked again, after growing delays.
   *
   * @throws OutOfTime, and `ProviderFailure` for every other reason.
   */
  async retry<T>(ask: () => Promise<T>): Promise<T> {
    for (const delays = growingDelays(); ;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof ProviderFailure) || error.reason !== 'passing') throw error;
        await this.waitAfter(error, delays);
      }
    }
  }

  /**
   * Wait before a retry, and say so.
   *
   * @throws OutOfTime when no time is left for it.
   */
  async waitAfter({words, reason}: ProviderFailure, delays: () => number): Promise<void> {
    const after = Math.min(delays(), this.left);
    if (after <= 0) throw new OutOfTime(words);
    // Ctrl-C reaches the provider's program too: then its failure is what the user wanted, and there is no retry.
    await this.#clock.pause(0);
    this.#clock.say({type: 'retrying', words, busy: reason === 'busy', after});
    await this.#clock.pause(after);
  }
}

/** Delays (ms) without end, each twice as long as the one before, up to the longest. */
export function growingDelays(first = 2_000, longest = 30_000): () => number {
  let next = first;
  return () => {
    const delay = next;
    next = Math.min(next * 2, longest);
    return delay;
  };
}
