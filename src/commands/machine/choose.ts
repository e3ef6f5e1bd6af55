import {nearest} from '../../cli/command.js';
import {MachineError} from '../../machine/problems.js';
import type {Listed} from '../../machine/catalog.js';

/**
 * The image a user means, by id or name.
 *
 * @throws MachineError `image-not-found`, `image-ambiguous`.
 */
export function chooseImage(images: readonly Listed[], name: string): Listed {
  const byId = images.filter(({id}) => id === name);
  const found = byId.length > 0 ? byId : images.filter((image) => image.name === name);
  const [first, ...others] = found;
  if (first === undefined) {
    const near = nearest(
      name,
      images.map((image) => image.name),
    );
    throw new MachineError({kind: 'image-not-found', name, near});
  }
  if (others.length > 0)
    throw new MachineError({kind: 'image-ambiguous', name, ids: found.map(({id}) => id)});
  return first;
}
