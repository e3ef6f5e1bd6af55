import {UserError} from '../errors.js';
import type {Listed} from './catalog.js';
import {setLogAside} from './log-files.js';
import {ProviderFailure, type ImageProvider} from './provider.js';

/**
 * Delete images at their providers, one after the other, and take their logs out of sight. Of one that is gone already
 * only the log is.
 *
 * @param say Called for each that is done.
 * @throws UserError `image-not-deleted` at the first that cannot be deleted; those after it are let be.
 */
export async function removeImages(
  images: readonly Listed[],
  {providers}: {readonly providers: readonly ImageProvider[]},
  say: (image: Listed) => void,
): Promise<void> {
  for (const [deleted, image] of images.entries()) {
    const provider = providers.find(({name}) => name === image.provider);
    try {
      if (image.presence !== 'missing')
        await provider?.remove({
          ...image,
          machineId: image.machine.id,
          createdAt: image.completed,
          sizeGb: undefined,
        });
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      if (error.reason !== 'not-found') {
        const {id, name} = image;
        const left = images.length - deleted;
        throw new UserError(
          {about: 'machine', kind: 'image-not-deleted', name, id, words: error.words, deleted, left},
          {cause: error},
        );
      }
    }
    if (image.log !== undefined) setLogAside(image.log);
    say(image);
  }
}
