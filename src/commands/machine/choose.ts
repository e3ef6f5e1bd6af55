import {nearest} from '../../cli/command.js';
import type {CatalogEntry} from '../../machine/catalog.js';
import {MachineError} from '../../machine/problems.js';

/**
 * The disk snapshot the user means, by id or name.
 *
 * @throws MachineError `disk-snapshot-not-found`, `disk-snapshot-ambiguous`.
 */
export function chooseDiskSnapshot(entries: readonly CatalogEntry[], name: string): CatalogEntry {
  const byId = entries.filter(({id}) => id === name);
  const found = byId.length > 0 ? byId : entries.filter((entry) => entry.name === name);
  const [first, ...others] = found;
  const names = entries.map((entry) => entry.name);
  if (first === undefined)
    throw new MachineError({kind: 'disk-snapshot-not-found', name, near: nearest(name, names)});
  if (others.length > 0)
    throw new MachineError({kind: 'disk-snapshot-ambiguous', name, ids: found.map(({id}) => id)});
  return first;
}
