import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';

/** A process as `/proc` shows it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly args: readonly string[];
}

/** The living children of a process; Linux only. A zombie is not alive. */
export function childrenOf(parent: number): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent && isAlive(pid))
    .map((pid) => ({pid, args: wordsOf(pid)}));
}

function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Wait until `look` finds something, and return it. The test's own time limit ends a wait in vain. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await delay(5);
  }
}

/** Whether a process is there, zombies aside. */
export function isAlive(pid: number): boolean {
  const [state] = statOf(pid);
  return state !== undefined && state !== 'Z';
}

/** Whether a process is stopped, as after Ctrl-Z. */
export function isStopped(pid: number): boolean {
  return statOf(pid)[0] === 'T';
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

/** What stands in `/proc/PID/stat` after the command's name, which may hold anything: state, parent, … */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}
