import {UserError} from '../errors.js';
import {describeProblem} from './problems.js';

/** The message with which a command ends that could not do what it was asked. A bug shows where it happened. */
export function complaint(error: unknown, tm: string): string {
  if (error instanceof UserError) return `cloudtm: ${describeProblem(error.problem, {tm})}\n`;
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `cloudtm: this is a bug in cloudtm, please report it with these lines:\n${trace}\n`;
}
