import {MachineError} from '../problems.js';
import type {ImageProvider} from '../provider.js';

/**
 * What an image will be called: as the user says, or `{machine}-snapshot-{YYYYMMDD-HHMMSS}` in UTC.
 *
 * @throws MachineError `image-name-unusable` for a name the provider would refuse.
 */
export function imageNameFor(
  wanted: string,
  machine: string,
  now: Date,
  {imageNames}: Pick<ImageProvider, 'imageNames'>,
): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const automatic = `${machine}-snapshot-${time}`;
  // Nobody chose the name, so nobody can be asked to choose another one.
  const fitting = imageNames.pattern.test(automatic) ? automatic : automatic.replace(/[^\w.-]/g, '-');
  const name = wanted === '' ? fitting : wanted;
  if (!imageNames.pattern.test(name))
    throw new MachineError({kind: 'image-name-unusable', name, rule: imageNames.words});
  return name;
}
