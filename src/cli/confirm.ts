import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {ONLY_YES} from '../report/format.js';

/**
 * Whether the user wants what was just shown. Asked at the terminal, never at a stdin that was meant for something else.
 * Ctrl-C, a terminal that goes away and a signal to end all mean no.
 *
 * @throws UserError `not-confirmed` where there is no terminal.
 */
export async function confirmed(context: Context, isApproved: boolean): Promise<boolean> {
  if (isApproved) return true;
  await requireTerminal(context, false);
  const cancelled = new AbortController();
  const target = {
    kill: () => {
      cancelled.abort();
    },
  };
  // Signals are held: without a terraform to hand them on to they are for this question.
  const stop = context.signals().relay(target, {signalScope: () => Promise.resolve('alone')});
  try {
    const answer = await context.ask(ONLY_YES, {
      hidden: false,
      cancel: cancelled.signal,
    });
    return answer?.trim() === 'yes';
  } finally {
    stop();
  }
}

/** @throws UserError `not-confirmed`: before anything takes long, or touches a file. */
export async function requireTerminal(context: Context, isApproved: boolean): Promise<void> {
  if (!isApproved && !(await context.hasTerminal())) throw new UserError({kind: 'not-confirmed'});
}
