import {nearest} from '../../cli/command.js';
import {MachineError} from '../../machine/problems.js';
import type {CatalogEntry} from '../../machine/catalog.js';

/**
 * The image a user means, by id or name.
 *
 * @throws MachineError `disk-snapshot-not-found`, `disk-snapshot-ambiguous`.
 */
export function chooseDiskSnapshot(images: readonly CatalogEntry[], name: string): CatalogEntry {
  const byId = images.filter(({id}) => id === name);
  const found = byId.length > 0 ? byId : images.filter((image) => image.name === name);
  const [first, ...others] = found;
  if (first === undefined) {
    const near = nearest(
      name,
      images.map((image) => image.name),
    );
    throw new MachineError({kind: 'disk-snapshot-not-found', name, near});
  }
  if (others.length > 0)
    throw new MachineError({kind: 'disk-snapshot-ambiguous', name, ids: found.map(({id}) => id)});
  return first;
}
