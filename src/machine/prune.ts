import type {CatalogEntry} from './catalog.js';
import {newestFirst} from './disk-snapshot-log.js';
import {MachineError} from './problems.js';

/** Which disk snapshots to delete; all given rules must hold. */
export interface Rules {
  /** Keep the newest of each machine. */
  readonly keepLast: number | undefined;
  /** Delete only what is older than this; ms. */
  readonly olderThan: number | undefined;
  /** Delete only names that start with this. */
  readonly prefix: string;
  /** Delete only those of this machine; empty: of all. */
  readonly machine: string;
}

/** In minutes. */
const UNITS: Readonly<Record<string, number>> = {m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60};

/**
 * Decide which disk snapshots to delete: only those with a log, since what others are for is not known, and of known age.
 * `keepLast` counts those of one machine by its name (one that comes back has another id) in one workspace, and before
 * `prefix` is considered, so that the newest of a machine is never deleted for its name.
 */
export function toPrune(entries: readonly CatalogEntry[], rules: Rules, now: Date): readonly CatalogEntry[] {
  const counts = new Map<string, number>();
  return entries
    .filter(({presence, completed}) => presence === 'present' && !Number.isNaN(Date.parse(completed)))
    .sort(newestFirst)
    .filter((entry) => {
      const machine = JSON.stringify([entry.provider, entry.logs[0]?.workspace, entry.machine.name]);
      const newer = counts.get(machine) ?? 0;
      counts.set(machine, newer + 1);
      return (
        newer >= (rules.keepLast ?? 0) &&
        now.getTime() - Date.parse(entry.completed) > (rules.olderThan ?? -Infinity) &&
        entry.name.startsWith(rules.prefix) &&
        (rules.machine === '' || entry.machine.name === rules.machine)
      );
    });
}

/** Read `30d`, `12h`, `2w`, `90m`. @returns ms. @throws MachineError `bad-value`. */
export function readAge(value: string): number {
  const [, number, unit = ''] = /^([1-9]\d{0,5})([mhdw])$/.exec(value) ?? [];
  const factor = UNITS[unit];
  if (number !== undefined && factor !== undefined) return Number(number) * factor * 60_000;
  throw new MachineError({kind: 'bad-value', name: '-older-than', value, wanted: 'age'});
}
