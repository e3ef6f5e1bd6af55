import {MachineError} from './problems.js';
import type {CatalogEntry} from './catalog.js';
import {newestFirst} from './disk-snapshot-log.js';

/** Which images may go; where several are said, all must hold. */
export interface Rules {
  /** The newest of each machine stay. */
  readonly keepLast: number | undefined;
  /** Only what is older than this goes; ms. */
  readonly olderThan: number | undefined;
  /** Only images whose name begins so. */
  readonly prefix: string;
  /** Only those of this machine; empty: of all. */
  readonly machine: string;
}

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/**
 * Decide which images go. Only those with a log do: of the others nobody knows here what they are for.
 *
 * `keepLast` counts images that are there, of one machine by its name (a machine that comes back has another id) in one
 * workspace, and before `prefix` is looked at, so that the newest of a machine never goes because it is called otherwise.
 * What nobody knows the age of stays, and does not count.
 */
export function toPrune(images: readonly CatalogEntry[], rules: Rules, now: Date): readonly CatalogEntry[] {
  const counts = new Map<string, number>();
  return images
    .filter(({presence, completed}) => presence === 'present' && !Number.isNaN(Date.parse(completed)))
    .sort(newestFirst)
    .filter((image) => {
      const machine = JSON.stringify([image.provider, image.logs[0]?.workspace, image.machine.name]);
      const newer = counts.get(machine) ?? 0;
      counts.set(machine, newer + 1);
      return (
        (rules.keepLast === undefined || newer >= rules.keepLast) &&
        (rules.olderThan === undefined || now.getTime() - Date.parse(image.completed) > rules.olderThan) &&
        image.name.startsWith(rules.prefix) &&
        (rules.machine === '' || image.machine.name === rules.machine)
      );
    });
}

/**
 * Read `30d`, `12h`, `2w`, `90m`.
 *
 * @returns ms.
 * @throws MachineError `bad-value`.
 */
export function readAge(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,5})([mhdw])$/.exec(text) ?? [];
  const factor = UNITS[unit ?? ''];
  if (number !== undefined && factor !== undefined) return Number(number) * factor;
  throw new MachineError({
    kind: 'bad-value',
    name: '-older-than',
    value: text,
    wanted: 'a number from 1 on and m, h, d or w (minutes, hours, days, weeks): 30d',
  });
}
