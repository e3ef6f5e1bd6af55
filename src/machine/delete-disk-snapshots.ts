import {codeOf} from '../errors.js';
import type {CatalogEntry} from './catalog.js';
import {setLogAside} from './log-files.js';
import {MachineError} from './problems.js';
import {ProviderFailure, type MachineProvider} from './provider.js';

/** A disk snapshot that was to be deleted, and no longer exists. */
export interface DeletedSnapshot {
  readonly entry: CatalogEntry;
  /** Whether its provider did not have it any more. */
  readonly wasGone: boolean;
  /** Where its logs are now. */
  readonly aside: readonly string[];
  /** Logs that could not be moved, and the system's codes. */
  readonly stuck: readonly {readonly path: string; readonly code: string}[];
}

/**
 * Delete disk snapshots at their providers, one after the other, and set their logs aside. Of one that is gone already
 * only the log is.
 *
 * @param say Called for each that is done.
 * @throws MachineError `disk-snapshot-not-deleted` at the first that cannot be deleted; those after it stay.
 */
export async function deleteDiskSnapshots(
  entries: readonly CatalogEntry[],
  providers: readonly MachineProvider[],
  say: (deleted: DeletedSnapshot) => void,
): Promise<void> {
  for (const [deleted, entry] of entries.entries()) {
    const provider = providers.find(({name}) => name === entry.provider);
    let wasGone = entry.presence === 'missing';
    try {
      const {machine, completed: createdAt, sizeGb} = entry;
      const snapshot = {...entry, machineId: machine.id, createdAt, sizeGb: sizeGb ?? undefined};
      if (!wasGone) await provider?.remove(snapshot);
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      const {id, name} = entry;
      const {reason, words} = error;
      const left = entries.length - deleted;
      if (reason !== 'not-found')
        throw new MachineError(
          {kind: 'disk-snapshot-not-deleted', name, id, words, deleted, left},
          {cause: error},
        );
      wasGone = true;
    }
    say({entry, wasGone, ...setLogsAside(entry)});
  }
}

/** The disk snapshot is gone whatever becomes of its logs. */
function setLogsAside({logs}: CatalogEntry): Pick<DeletedSnapshot, 'aside' | 'stuck'> {
  const aside: string[] = [];
  const stuck: {path: string; code: string}[] = [];
  for (const log of logs) {
    try {
      aside.push(setLogAside(log));
    } catch (error) {
      // Another process that deletes the same at the same time has moved it.
      if (codeOf(error) !== 'ENOENT') stuck.push({path: log.path, code: codeOf(error)});
    }
  }
  return {aside, stuck};
}
