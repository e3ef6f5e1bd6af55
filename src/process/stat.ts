import {readFileSync} from 'node:fs';

/** What Linux tells of a process in `/proc/PID/stat`, see proc(5). */
export interface ProcessStat {
  readonly name: string;
  /** One letter; `Z` and `X` have ended, and wait for their parent to take notice. */
  readonly state: string;
  readonly parent: number;
  /** When it was started, in ticks of 10 ms since the machine was. */
  readonly started: number;
}

/** Undefined where there is no /proc, and for a process that does not exist. */
export function statOf(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything; behind it stand the fields from the third on.
    const end = stat.lastIndexOf(')');
    const [state = '', parent, ...fields] = stat.slice(end + 2).split(' ');
    const name = stat.slice(stat.indexOf('(') + 1, end);
    return {name, state, parent: Number(parent), started: Number(fields[17])};
  } catch {
    return undefined;
  }
}
