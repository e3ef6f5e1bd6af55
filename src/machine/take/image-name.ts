import {MachineError} from '../problems.js';
import type {MachineProvider} from '../provider.js';

/**
 * What an image will be called: as the user says, or `{machine}-snapshot-{YYYYMMDD-HHMMSS}` in UTC.
 *
 * @throws MachineError `bad-name` for a name the provider would refuse.
 */
export function snapshotNameFor(
  wanted: string,
  machine: string,
  now: Date,
  {names}: Pick<MachineProvider, 'names'>,
): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const automatic = `${machine}-snapshot-${time}`;
  // Nobody chose the name, so nobody can be asked to choose another one.
  const fitting = names.pattern.test(automatic) ? automatic : automatic.replace(/[^\w.-]/g, '-');
  const name = wanted === '' ? fitting : wanted;
  if (!names.pattern.test(name)) throw new MachineError({kind: 'bad-name', name, rule: names.words});
  return name;
}
