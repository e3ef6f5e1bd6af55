import {UserError} from '../errors.js';
import type {Listed} from './catalog.js';

/**
 * The newest image of a machine that is there. One without a log counts where its name is one cloudtm gives: a pipeline
 * has no logs of what another one did.
 *
 * @param images Newest first.
 * @throws UserError `no-image-of-machine`.
 */
export function latestOf(images: readonly Listed[], machine: string): Listed {
  const found = images.find(
    ({presence, ...image}) =>
      (presence === 'present' && image.machine.name === machine) ||
      (presence === 'not logged' && isNamedAfter(image.name, machine)),
  );
  if (found !== undefined) return found;
  const known = [...new Set(images.map((image) => image.machine.name).filter((name) => name !== ''))];
  throw new UserError({about: 'machine', kind: 'no-image-of-machine', machine, known});
}

/** `{machine}-snapshot-{YYYYMMDD-HHMMSS}` */
function isNamedAfter(image: string, machine: string): boolean {
  const prefix = `${machine}-snapshot-`;
  return image.startsWith(prefix) && /^\d{8}-\d{6}$/.test(image.slice(prefix.length));
}
