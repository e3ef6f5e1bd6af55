import {readFileSync, readlinkSync, utimesSync} from 'node:fs';
import {hostname} from 'node:os';
import {statOf} from '../process/parents.js';

/** Which process something in the store belongs to. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process was certainly running already; ISO 8601. */
  readonly since: string;
}

/** What telling the living from the dead needs of the outside. */
export interface Liveness {
  readonly isAlive: (pid: number) => boolean;
  readonly now: () => Date;
}

/** How often (ms) an owner shows that it lives, for commands on other hosts that share the store. */
const HEARTBEAT = 60_000;
/** On another host no process can be asked: what was not touched for this long (ms) is taken for dead. */
const SILENCE = 10 * 60_000;
/** Clocks are read in ticks and seconds; a process that took over a number started clearly later. */
const SLACK = 2_000;

/** A process of this host as an owner. */
export function ownerOf(pid: number, since: Date): Owner {
  return {host: hostId(), pid, since: since.toISOString()};
}

/** The machine, and on Linux the namespace in which process numbers mean something: a container may share the name only. */
export function hostId(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Whether an owner runs that last touched its record at `touched`; one whose pid was given away since is dead. */
export function isLive(owner: Owner, touched: Date, {isAlive, now}: Liveness): boolean {
  if (owner.host !== hostId()) return now().getTime() - touched.getTime() < SILENCE;
  if (owner.pid <= 0 || !isAlive(owner.pid)) return false;
  const stat = statOf(owner.pid);
  const boot = bootTime();
  if (stat === undefined || boot === undefined) return true;
  // In a container without an init nothing may ever take notice of its end.
  const hasEnded = stat.state === 'Z' || stat.state === 'X';
  return !hasEnded && boot + stat.started * 10 <= Date.parse(owner.since) + SLACK;
}

/** Touch a record now and then, so that other hosts take its owner for alive, until what is returned is called. */
export function startHeartbeat(path: () => string | undefined, now: () => Date): () => void {
  const timer = setInterval(() => {
    const record = path();
    try {
      if (record !== undefined) utimesSync(record, now(), now());
    } catch {
      // The store is full, read-only or gone.
    }
  }, HEARTBEAT);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** In ms since the epoch; undefined where there is no /proc. */
function bootTime(): number | undefined {
  try {
    return Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]) * 1000 || undefined;
  } catch {
    return undefined;
  }
}
