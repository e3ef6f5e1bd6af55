import {nearest} from '../../cli/command.js';
import {UserError} from '../../errors.js';
import type {Listed} from '../../machine/catalog.js';

/**
 * The image a user means, by id or name.
 *
 * @throws UserError `image-not-found`, `image-ambiguous`.
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
    throw new UserError({about: 'machine', kind: 'image-not-found', name, near});
  }
  if (others.length > 0)
    throw new UserError({about: 'machine', kind: 'image-ambiguous', name, ids: found.map(({id}) => id)});
  return first;
}
