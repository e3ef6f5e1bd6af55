import {monthlyCost, newestFirst, type LoggedDiskSnapshot} from './disk-snapshot-log.js';
import {ProviderFailure, type DiskSnapshot, type MachineProvider} from './provider.js';

/** How many disk snapshots a provider is asked about at once: each needs a process of its own. */
const AT_ONCE = 4;

/**
 * What the provider says of a disk snapshot that has a log, or of one that has none. `unknown`: it could not be asked.
 */
export type Presence = 'present' | 'missing' | 'not logged' | 'unknown';

/** A disk snapshot as the logs and its provider together know it. */
export interface CatalogEntry {
  readonly presence: Presence;
  readonly provider: string;
  readonly id: string;
  readonly name: string;
  /** The machine it was made from; empty if unknown. */
  readonly machine: {readonly id: string; readonly name: string};
  /** When it was completed, or created if only the provider knows it; ISO 8601. */
  readonly completed: string;
  /** In GB; null if unknown. */
  readonly sizeGb: number | null;
  /** In US dollars, at today's rate; null if no rate is known. */
  readonly monthlyCost: number | null;
  /** None if it is not logged; several if its log was copied. */
  readonly logs: readonly LoggedDiskSnapshot[];
}

/** A provider that could not be asked, and why. */
export interface Unasked {
  readonly provider: MachineProvider;
  readonly failure: ProviderFailure;
}

export interface Catalog {
  /** Newest first. */
  readonly entries: readonly CatalogEntry[];
  readonly unasked: readonly Unasked[];
}

/** Join what the logs say with what their providers have. */
export async function makeCatalog(
  logs: readonly LoggedDiskSnapshot[],
  providers: readonly MachineProvider[],
  rate: (provider: string) => number | undefined,
): Promise<Catalog> {
  const parts = await Promise.all(
    providers.map(async (provider) => {
      const own = byId(logs.filter((log) => log.provider === provider.name));
      let found: ReadonlyMap<string, DiskSnapshot> | undefined;
      let unasked: Unasked | undefined;
      try {
        found = await snapshotsOf(provider, [...own.keys()]);
      } catch (failure) {
        if (!(failure instanceof ProviderFailure)) throw failure;
        unasked = {provider, failure};
      }
      const ids = new Set([...own.keys(), ...(found?.keys() ?? [])]);
      const entries = [...ids].map((id) => entryOf(provider.name, id, own.get(id) ?? [], found));
      return {entries, unasked};
    }),
  );
  return {
    entries: parts
      .flatMap(({entries}) => entries)
      .map((entry) => ({...entry, monthlyCost: costOf(entry, rate(entry.provider))}))
      .sort(newestFirst),
    unasked: parts.flatMap(({unasked}) => unasked ?? []),
  };
}

function costOf({presence, sizeGb}: Unpriced, rate: number | undefined): number | null {
  return presence === 'missing' ? null : monthlyCost(sizeGb, rate);
}

function byId(logs: readonly LoggedDiskSnapshot[]): ReadonlyMap<string, readonly LoggedDiskSnapshot[]> {
  const found = new Map<string, LoggedDiskSnapshot[]>();
  for (const log of logs) found.set(log.image.id, [...(found.get(log.image.id) ?? []), log]);
  return found;
}

/** What a provider has, by id. @throws ProviderFailure. */
async function snapshotsOf(
  provider: MachineProvider,
  logged: readonly string[],
): Promise<ReadonlyMap<string, DiskSnapshot>> {
  const snapshots = new Map((await provider.diskSnapshots()).map((snapshot) => [snapshot.id, snapshot]));
  // A list may be incomplete without saying so: what is not in it is asked for by itself.
  const unlisted = logged.filter((id) => !snapshots.has(id));
  for (let at = 0; at < unlisted.length; at += AT_ONCE) {
    const asked = unlisted.slice(at, at + AT_ONCE).map((id) => provider.diskSnapshot(id));
    for (const found of await Promise.all(asked)) if (found !== undefined) snapshots.set(found.id, found);
  }
  return snapshots;
}

type Unpriced = Omit<CatalogEntry, 'monthlyCost'>;

/** @param found What the provider has; undefined if it could not be asked. */
function entryOf(
  provider: string,
  id: string,
  logs: readonly LoggedDiskSnapshot[],
  found: ReadonlyMap<string, DiskSnapshot> | undefined,
): Unpriced {
  const snapshot = found?.get(id);
  const {name = '', machineId = '', createdAt = '', sizeGb = null} = snapshot ?? {};
  const [log] = logs;
  // Anybody may have written a log; whose disk it is, the provider knows.
  if (log === undefined || !['', log.machine.id].includes(machineId)) {
    const machine = {id: machineId, name: ''};
    return {presence: 'not logged', provider, id, name, machine, completed: createdAt, sizeGb, logs: []};
  }
  return {
    presence: found === undefined ? 'unknown' : snapshot === undefined ? 'missing' : 'present',
    ...{provider, id, name: name || log.image.name},
    machine: {id: log.machine.id, name: log.machine.name},
    completed: log.completed,
    sizeGb: sizeGb ?? log.image.sizeGb,
    logs,
  };
}
