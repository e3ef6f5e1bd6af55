import {setTimeout as delay} from 'node:timers/promises';
import {INTERRUPTING, type Context} from '../../context.js';
import type {MachineEvent} from '../events.js';
import {MachineError} from '../problems.js';
import {ProviderFailure} from '../provider.js';

/** How time passes, and who hears about it. */
export interface Clock {
  readonly now: () => Date;
  /** Let time pass (ms). @throws MachineError `interrupted`. */
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

/** How long (ms) a signal may go unnoticed in a pause. */
const STEP = 100;

/**
 * Make a pause (ms) that throws MachineError `interrupted` after a signal. No `AbortSignal`: when Ctrl-C also ends a
 * provider's program, the signal must be seen at once and not a turn later.
 *
 * @param forParent Whether the end of our parent ends it too: a terraform that is killed leaves its provisioners running.
 */
export function interruptiblePause(
  context: Pick<Context, 'signals' | 'isOrphan' | 'launch'>,
  forParent: boolean,
): Clock['pause'] {
  const {received} = context.signals();
  // As after nohup.
  const ignored = context.launch.ignoredSignals;
  const check = () => {
    const isEnded = received.some((signal) => INTERRUPTING.has(signal) && !ignored.includes(signal));
    if (isEnded || (forParent && context.isOrphan()))
      throw new MachineError({kind: 'interrupted', name: '', action: ''});
  };
  return async (time) => {
    check();
    for (let left = time; left > 0; left -= STEP) {
      await delay(Math.min(left, STEP));
      check();
    }
  };
}

/** The time until which a disk snapshot must be complete. Its methods throw what `pause` throws. */
export class Deadline {
  readonly #end: number;

  constructor(
    private readonly clock: Clock,
    milliseconds: number,
  ) {
    this.#end = clock.now().getTime() + milliseconds;
  }

  /** Time left, in ms; 0 or less once it has passed. */
  get left(): number {
    return this.#end - this.clock.now().getTime();
  }

  /** Let time pass (ms), at most until the deadline. @throws OutOfTime with `words` when none is left. */
  async wait(time: number, words = ''): Promise<void> {
    const pause = Math.min(time, this.left);
    if (pause <= 0) throw new OutOfTime(words);
    await this.clock.pause(pause);
  }

  /** Ask again, after growing delays, while it fails in passing. @throws OutOfTime, `ProviderFailure`. */
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

  /** Wait before a retry, and say so. @throws OutOfTime when no time is left for it. */
  async waitAfter({words, reason}: ProviderFailure, delays: () => number): Promise<void> {
    const after = Math.min(delays(), this.left);
    if (after <= 0) throw new OutOfTime(words);
    // Ctrl-C reaches the provider's program too: then its failure is what the user wanted, and there is no retry.
    await this.clock.pause(0);
    this.clock.say({type: 'retrying', words, busy: reason === 'busy', after});
    await this.clock.pause(after);
  }
}

/** Delays (ms) without end, each twice as long as the one before, up to the longest. */
export function growingDelays(first = 2_000, longest = 30_000): () => number {
  let next = first / 2;
  return () => (next = Math.min(next * 2, longest));
}
