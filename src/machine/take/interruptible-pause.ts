import {setTimeout as delay} from 'node:timers/promises';
import {INTERRUPTING, type Context} from '../../context.js';
import {MachineError} from '../problems.js';

/** How long (ms) such a signal may go unnoticed. */
const STEP = 100;

/**
 * Make a pause (ms) that a signal ends.
 *
 * No `AbortSignal`: when Ctrl-C also ends a provider's program, the signal must be seen at once and not a turn later.
 *
 * @param forParent Whether to wait for the process that started us: once that has ended, the wait is pointless. (A
 *   terraform that is killed leaves its provisioners running.)
 * @returns The pause; it throws MachineError `interrupted`.
 */
export function interruptiblePause(
  context: Pick<Context, 'signals' | 'isOrphan' | 'launch'>,
  forParent: boolean,
): (time: number) => Promise<void> {
  const {received} = context.signals();
  // As after nohup.
  const ignored = context.launch.ignoredSignals;
  const check = () => {
    const isLeft = forParent && context.isOrphan();
    if (isLeft || received.some((signal) => INTERRUPTING.has(signal) && !ignored.includes(signal)))
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
