import {UserError} from '../errors.js';
import {MachineError} from '../machine/problems.js';
import {describeMachineProblem} from '../machine/words/problems.js';
import {describeProblem} from './problems.js';
import {systemWords} from './format.js';

/** Codes of what the system refuses, which is no bug: permissions, disks, paths. */
const CODES = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO', 'ENOTDIR', 'ENOENT', 'EISDIR']);

/** The message a failed command ends with. A bug shows where it happened. */
export function formatError(error: unknown, tm: string): string {
  if (error instanceof UserError) return `cloudtm: ${describeProblem(error.problem, tm)}\n`;
  if (error instanceof MachineError) return `cloudtm: ${describeMachineProblem(error.problem, tm)}\n`;
  const {code = '', path} = (error instanceof Error ? error : {}) as NodeJS.ErrnoException;
  if (path !== undefined && CODES.has(code)) return `cloudtm: ${path}: ${systemWords(code)}.\n`;
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `cloudtm: this is a bug in cloudtm, please report it with these lines:\n${trace}\n`;
}
