import {codeOf} from '../errors.js';
import type {CatalogEntry} from './catalog.js';
import {setLogAside} from './disk-snapshot-log.js';
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
 * Delete disk snapshots at their providers, one after the other, and set their logs aside.
 *
 * @throws MachineError `disk-snapshot-not-deleted` at the first that cannot be deleted; those after it stay.
 */
export async function* deleteDiskSnapshots(
  entries: readonly CatalogEntry[],
  providers: readonly MachineProvider[],
): AsyncGenerator<DeletedSnapshot> {
  for (const [deleted, entry] of entries.entries()) {
    const {id, name, machine, completed: createdAt} = entry;
    const provider = providers.find((each) => each.name === entry.provider);
    let wasGone = entry.presence === 'missing';
    try {
      const snapshot = {...entry, machineId: machine.id, createdAt, sizeGb: entry.sizeGb ?? undefined};
      if (!wasGone) await provider?.remove(snapshot);
    } catch (cause) {
      if (!(cause instanceof ProviderFailure)) throw cause;
      const {words} = cause;
      const left = entries.length - deleted;
      if (cause.reason !== 'not-found')
        throw new MachineError({kind: 'disk-snapshot-not-deleted', name, id, words, deleted, left}, {cause});
      wasGone = true;
    }
    const aside: string[] = [];
    const stuck: {path: string; code: string}[] = [];
    for (const log of entry.logs) {
      try {
        aside.push(setLogAside(log));
      } catch (error) {
        // Another process that deletes the same at the same time has moved it.
        if (codeOf(error) !== 'ENOENT') stuck.push({path: log.path, code: codeOf(error)});
      }
    }
    yield {entry, wasGone, aside, stuck};
  }
}
