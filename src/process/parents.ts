import {readFileSync} from 'node:fs';

/** What `sh -c` may be. */
const SHELLS = /^(?:ash|bash|busybox|dash|ksh|mksh|sh|zsh)$/;

type ReadStat = (pid: number) => Pick<ProcessStat, 'name' | 'parent'> | undefined;

/**
 * Notice when the program that started us has ended.
 *
 * Whether its number still exists says little: in a container without an init it may stay. But a process that loses its
 * parent gets another one. Between a program and us may be the shell of its `sh -c`, which goes on (Debian's and
 * busybox's do, bash becomes us): where there is a /proc its parent is watched too. A terraform that is our own parent
 * goes on when the shim in front of it is killed, so nothing more of it is watched.
 *
 * @param parent Our own parent at this moment.
 */
export function watchParents(parent: () => number, read: ReadStat = statOf): () => boolean {
  const first = parent();
  const shell = read(first);
  const isShell = shell !== undefined && SHELLS.test(shell.name);
  return () => parent() !== first || (isShell && read(first)?.parent !== shell.parent);
}

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
