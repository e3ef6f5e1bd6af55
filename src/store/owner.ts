import {readFileSync, readlinkSync} from 'node:fs';
import {hostname} from 'node:os';

/** Which process something in staging belongs to. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process was certainly running already; ISO 8601. */
  readonly since: string;
}

/** What telling the living from the dead needs of the outside. */
export interface Liveness {
  readonly host: string;
  readonly isAlive: (pid: number) => boolean;
  readonly now: () => Date;
}

/** The machine, and on Linux the namespace in which process numbers mean something: a container may share the name only. */
export function hostId(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** On another host nobody can be asked: what was not touched for this long (ms) is taken for dead. */
const SILENCE = 10 * 60_000;
/** Clocks are read in ticks and seconds; a process that took over a number started clearly later. */
const SLACK = 2_000;

/**
 * Whether an owner still runs. A process number that was given to somebody else since counts as dead.
 *
 * @param touched When the owner last showed signs of life (the mtime of its record).
 */
export function isLive(owner: Owner, touched: Date, census: Liveness): boolean {
  if (owner.host !== census.host) return census.now().getTime() - touched.getTime() < SILENCE;
  if (owner.pid <= 0 || !census.isAlive(owner.pid)) return false;
  const process = linuxProcess(owner.pid);
  return process === undefined || (!process.ended && process.started <= Date.parse(owner.since) + SLACK);
}

/**
 * What Linux's /proc knows of a process (see proc(5)); undefined elsewhere.
 *
 * `started` is in ms since the epoch. `ended`: it waits for its parent to take notice, which in a container without an
 * init nobody may ever do.
 */
function linuxProcess(pid: number): {started: number; ended: boolean} | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; state and start are fields 3 and 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    const [state = '', ticks] = [fields[0], fields[19]];
    if (boot === undefined || ticks === undefined) return undefined;
    return {started: (Number(boot) + Number(ticks) / 100) * 1000, ended: state === 'Z' || state === 'X'};
  } catch {
    return undefined;
  }
}
