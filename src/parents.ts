import {readFileSync} from 'node:fs';

/**
 * Notice when the program that started us has ended.
 *
 * Whether its number still exists says little: in a container without an init nobody may take notice of its end. But who
 * loses their parent gets another one. Between a program and us may be the shell of its `sh -c`, which goes on (Debian's
 * and busybox's do, that of macOS becomes us): where there is a /proc its parent is watched too.
 *
 * @param parent Our own parent at this moment.
 */
export function watchParents(parent: () => number): () => boolean {
  const first = parent();
  const second = parentOf(first);
  return () => parent() !== first || parentOf(first) !== second;
}

/** Linux only, see proc(5): what stands behind the name in parentheses, which may hold anything, is state and parent. */
function parentOf(pid: number): string | undefined {
  try {
    return /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}
