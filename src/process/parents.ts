import {readFileSync} from 'node:fs';

/** What `sh -c` may be. */
const SHELLS = /^(?:ash|bash|busybox|dash|ksh|mksh|sh|zsh)$/;

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
export function watchParents(parent: () => number, read: typeof statOf = statOf): () => boolean {
  const first = parent();
  const shell = read(first);
  const isShell = shell !== undefined && SHELLS.test(shell.name);
  return () => parent() !== first || (isShell && read(first)?.parent !== shell.parent);
}

/** Linux only, see proc(5): behind the name in parentheses, which may hold anything, stand state and parent. */
export function statOf(pid: number): {name: string; parent: string} | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, name = '', parent = ''] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
    return {name, parent};
  } catch {
    return undefined;
  }
}
