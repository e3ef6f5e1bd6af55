import {readFileSync} from 'node:fs';

/** Which process something in staging belongs to. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process was certainly running already; ISO 8601. */
  readonly since: string;
}

/** What telling the living from the dead needs of the outside. */
export interface Census {
  readonly host: string;
  readonly isAlive: (pid: number) => boolean;
  readonly now: () => Date;
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
export function isRunning(owner: Owner, touched: Date, census: Census): boolean {
  if (owner.host !== census.host) return census.now().getTime() - touched.getTime() < SILENCE;
  if (!census.isAlive(owner.pid)) return false;
  const started = startOf(owner.pid);
  return started === undefined || started <= Date.parse(owner.since) + SLACK;
}

/** When a process started (ms since the epoch), from Linux's /proc (see proc(5)); undefined elsewhere. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; field 22 counts from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    const ticks = fields[19];
    if (boot === undefined || ticks === undefined) return undefined;
    return (Number(boot) + Number(ticks) / 100) * 1000;
  } catch {
    return undefined;
  }
}
