import {UserError} from '../errors.js';
import type {ImageProvider} from './provider.js';

/**
 * What an image will be called: as the user says, or `{machine}-snapshot-{YYYYMMDD-HHMMSS}` in UTC.
 *
 * @throws UserError `image-name-unusable` for a name the provider would refuse.
 */
export function imageNameFor(
  wanted: string,
  machine: string,
  now: Date,
  {imageNames}: Pick<ImageProvider, 'imageNames'>,
): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const name = wanted === '' ? `${machine}-snapshot-${time}` : wanted;
  if (!imageNames.pattern.test(name))
    throw new UserError({about: 'machine', kind: 'image-name-unusable', name, rule: imageNames.words});
  return name;
}
