import type {MachineEvent} from '../events.js';
import {ProviderFailure} from '../provider.js';

/** The first pause (ms) before something is tried again, and the longest. */
const FIRST = 2_000;
const LONGEST = 30_000;

/** The time somebody is willing to wait. */
export interface Patience {
  /** How much of it is left, in ms; not above 0 when it is over. */
  readonly left: () => number;
  /**
   * Let time pass (ms).
   *
   * @throws MachineError when the user does not want to wait any more.
   */
  readonly pause: (time: number) => Promise<void>;
  readonly say: (event: MachineEvent) => void;
}

/** The time is over. `words` are those of the last failure, where there was one. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
  constructor(readonly words: string) {
    super(words);
  }
}

/**
 * Ask until there is an answer: what fails in passing is asked again after pauses that grow, as long as there is time.
 *
 * @throws OutOfTime, and `ProviderFailure` for what will not pass.
 */
export async function patiently<T>(patience: Patience, ask: () => Promise<T>): Promise<T> {
  for (const pauses = growing(); ;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ProviderFailure) || error.reason !== 'passing') throw error;
      await rest(patience, pauses, error);
    }
  }
}

/** Pauses (ms) without end, each twice as long as the one before, up to the longest. */
export function growing(first = FIRST, longest = LONGEST): () => number {
  let next = first;
  return () => {
    const pause = next;
    next = Math.min(next * 2, longest);
    return pause;
  };
}

/**
 * Wait before something is tried again, and say so.
 *
 * @throws OutOfTime when no time is left for it; what `pause` throws.
 */
export async function rest(
  patience: Patience,
  pauses: () => number,
  failure: ProviderFailure,
): Promise<void> {
  const pause = Math.min(pauses(), patience.left());
  if (pause <= 0) throw new OutOfTime(failure.words);
  // Ctrl-C reaches the provider's program too: then its failure is the user's will, and nothing is tried again.
  await patience.pause(0);
  patience.say({type: 'retrying', words: failure.words, busy: failure.reason === 'busy', after: pause});
  await patience.pause(pause);
}
