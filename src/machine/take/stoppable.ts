import {setTimeout as delay} from 'node:timers/promises';
import {INTERRUPTING, type Context} from '../../context.js';
import {MachineError} from '../problems.js';

/** How long (ms) such a signal may go unnoticed. */
const STEP = 100;

/**
 * Let time pass (ms) until somebody wants it to end.
 *
 * @param forParent Whether the wait is for the process that started us: when that is gone, nobody waits any more. (A
 *   terraform that was killed leaves its provisioners behind.)
 * @throws MachineError `interrupted`.
 */
export function stoppable(
  context: Pick<Context, 'signals' | 'isOrphan' | 'launch'>,
  forParent: boolean,
): (time: number) => Promise<void> {
  const hold = context.signals();
  // As after nohup.
  const ignored = context.launch.ignoredSignals;
  const check = () => {
    const isLeft = forParent && context.isOrphan();
    if (isLeft || hold.received.some((signal) => INTERRUPTING.has(signal) && !ignored.includes(signal)))
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
