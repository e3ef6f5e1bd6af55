import {statOf, type ProcessStat} from './stat.js';

/** What `sh -c` may be. */
const SHELLS = /^(?:ash|bash|busybox|dash|ksh|mksh|sh|zsh)$/;

type ReadStat = (pid: number) => Pick<ProcessStat, 'name' | 'parent'> | undefined;

/**
 * Notice when the program that started us has ended.
 *
 * Whether its number still exists says little: in a container without an init nobody may take notice of its end. But who
 * loses their parent gets another one. Between a program and us may be the shell of its `sh -c`, which goes on (Debian's
 * and busybox's do, bash becomes us): where there is a /proc its parent is watched too. Of a terraform that is our
 * parent itself nothing more is watched: it goes on when the shim in front of it is killed.
 *
 * @param parent Our own parent at this moment.
 */
export function watchParents(parent: () => number, read: ReadStat = statOf): () => boolean {
  const first = parent();
  const shell = read(first);
  const isShell = shell !== undefined && SHELLS.test(shell.name);
  return () => parent() !== first || (isShell && read(first)?.parent !== shell.parent);
}
