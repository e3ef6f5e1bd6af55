import {codeOf} from '../errors.js';
import {MachineError} from './problems.js';
import type {CatalogEntry} from './catalog.js';
import {setLogAside} from './log-files.js';
import {ProviderFailure, type MachineProvider} from './provider.js';

/** What became of an image that was to go. */
export interface DeletedSnapshot {
  readonly entry: CatalogEntry;
  /** Whether its provider did not have it any more. */
  readonly wasGone: boolean;
  /** Where its logs lie now. */
  readonly aside: readonly string[];
  /** Logs that could not be moved, and the system's codes. */
  readonly stuck: readonly {readonly path: string; readonly code: string}[];
}

/**
 * Delete images at their providers, one after the other, and take their logs out of sight. Of one that is gone already
 * only the log is.
 *
 * @param say Called for each that is done.
 * @throws MachineError `disk-snapshot-not-deleted` at the first that cannot be deleted; those after it are let be.
 */
export async function deleteDiskSnapshots(
  images: readonly CatalogEntry[],
  {providers}: {readonly providers: readonly MachineProvider[]},
  say: (removed: DeletedSnapshot) => void,
): Promise<void> {
  for (const [deleted, image] of images.entries()) {
    const provider = providers.find(({name}) => name === image.provider);
    let wasGone = image.presence === 'missing';
    try {
      if (!wasGone)
        await provider?.remove({
          ...image,
          machineId: image.machine.id,
          createdAt: image.completed,
          sizeGb: image.sizeGb ?? undefined,
        });
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      if (error.reason !== 'not-found') {
        const {id, name} = image;
        const left = images.length - deleted;
        throw new MachineError(
          {kind: 'disk-snapshot-not-deleted', name, id, words: error.words, deleted, left},
          {cause: error},
        );
      }
      wasGone = true;
    }
    say({entry: image, wasGone, ...putAside(image)});
  }
}

/** The image is gone whatever becomes of its logs. */
function putAside({logs}: CatalogEntry): Pick<DeletedSnapshot, 'aside' | 'stuck'> {
  const aside: string[] = [];
  const stuck: {path: string; code: string}[] = [];
  for (const log of logs) {
    try {
      aside.push(setLogAside(log));
    } catch (error) {
      // Who deleted the same at the same time has moved it.
      if (codeOf(error) !== 'ENOENT') stuck.push({path: log.path, code: codeOf(error)});
    }
  }
  return {aside, stuck};
}
