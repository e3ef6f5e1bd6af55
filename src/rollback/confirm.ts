import type {Context} from '../context.js';
import {UserError} from '../errors.js';

/**
 * Whether the user wants what was just shown. Asked at the terminal, never at a stdin that was meant for something else.
 *
 * @throws UserError `not-confirmed` where nobody can be asked.
 */
export async function confirmed(context: Context, isApproved: boolean): Promise<boolean> {
  if (isApproved) return true;
  const answer = await context.ask('Only "yes" goes on: ', {hidden: false});
  if (answer === undefined) throw new UserError({kind: 'not-confirmed'});
  return answer.trim() === 'yes';
}
