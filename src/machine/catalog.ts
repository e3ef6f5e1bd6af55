import {monthlyCost, newestFirst, type LoggedDiskSnapshot} from './disk-snapshot-log.js';
import {MachineError} from './problems.js';
import {ProviderFailure, type DiskSnapshot, type MachineProvider} from './provider.js';

/** How many disk snapshots a provider is asked about at once: each needs a process of its own. */
const AT_ONCE = 4;

/** A disk snapshot as the logs and its provider together know it. */
export interface CatalogEntry {
  /** Whether its provider has it; `not logged` if only the provider does, `unknown` if that could not be asked. */
  readonly presence: 'present' | 'missing' | 'not logged' | 'unknown';
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

/** Join what the logs say with what their providers have; newest first. */
export async function makeCatalog(
  logs: readonly LoggedDiskSnapshot[],
  providers: readonly MachineProvider[],
  rate: (provider: string) => number | undefined,
): Promise<{readonly entries: readonly CatalogEntry[]; readonly unasked: readonly Unasked[]}> {
  const parts = await Promise.all(
    providers.map(async (provider) => {
      const own = logs.filter((log) => log.provider === provider.name);
      const logged = [...new Set(own.map(({image}) => image.id))];
      const found = await snapshotsOf(provider, logged).catch((failure: unknown) => {
        if (failure instanceof ProviderFailure) return failure;
        throw failure;
      });
      const known = found instanceof ProviderFailure ? undefined : found;
      const entries = [...new Set([...logged, ...(known?.keys() ?? [])])].map((id) => {
        const logsOfIt = own.filter(({image}) => image.id === id);
        return entryOf(provider.name, id, logsOfIt, known, rate(provider.name));
      });
      return {entries, unasked: found instanceof ProviderFailure ? [{provider, failure: found}] : []};
    }),
  );
  return {
    entries: parts.flatMap(({entries}) => entries).sort(newestFirst),
    unasked: parts.flatMap(({unasked}) => unasked),
  };
}

/** What a provider has, by id. @throws ProviderFailure. */
async function snapshotsOf(provider: MachineProvider, logged: readonly string[]) {
  const snapshots = new Map((await provider.diskSnapshots()).map((snapshot) => [snapshot.id, snapshot]));
  // A list may be incomplete without saying so: what is not in it is asked for by itself.
  const unlisted = logged.filter((id) => !snapshots.has(id));
  for (let at = 0; at < unlisted.length; at += AT_ONCE) {
    const asked = unlisted.slice(at, at + AT_ONCE).map((id) => provider.diskSnapshot(id));
    for (const found of await Promise.all(asked)) if (found !== undefined) snapshots.set(found.id, found);
  }
  return snapshots;
}

/** @param found What the provider has; undefined if it could not be asked. */
function entryOf(
  provider: string,
  id: string,
  logs: readonly LoggedDiskSnapshot[],
  found: ReadonlyMap<string, DiskSnapshot> | undefined,
  rate: number | undefined,
): CatalogEntry {
  const snapshot = found?.get(id);
  const {name = '', machineId = '', createdAt = '', sizeGb: size = null} = snapshot ?? {};
  const [log] = logs;
  // A log may have been written by anyone; the provider knows whose disk it is.
  if (log === undefined || !['', log.machine.id].includes(machineId))
    return {
      ...{presence: 'not logged', provider, id, name, machine: {id: machineId, name: ''}},
      ...{completed: createdAt, sizeGb: size, monthlyCost: monthlyCost(size, rate), logs: []},
    };
  const presence = found === undefined ? 'unknown' : snapshot === undefined ? 'missing' : 'present';
  const sizeGb = size ?? log.image.sizeGb;
  return {
    ...{presence, provider, id, name: name || log.image.name},
    machine: {id: log.machine.id, name: log.machine.name},
    completed: log.completed,
    sizeGb,
    monthlyCost: presence === 'missing' ? null : monthlyCost(sizeGb, rate),
    logs,
  };
}

/**
 * The first existing disk snapshot of this workspace's machine of this name. One without a log counts if its name is one
 * cloudtm gives: a pipeline has no logs of what another one did. @throws MachineError `no-disk-snapshot-of-machine`.
 */
export function latestOf(entries: readonly CatalogEntry[], machine: string, workspace: string): CatalogEntry {
  const found = entries.find(
    (entry) =>
      ['present', 'not logged'].includes(entry.presence) &&
      isOfMachine(entry, machine) &&
      (entry.logs.length === 0 || entry.logs.some((log) => log.workspace === workspace)),
  );
  if (found !== undefined) return found;
  const names = entries
    .flatMap(({logs}) => logs)
    .map((log) => `${log.machine.name}${log.workspace === workspace ? '' : ` (workspace ${log.workspace})`}`);
  const known = [...new Set(names)];
  throw new MachineError({kind: 'no-disk-snapshot-of-machine', machine, workspace, known});
}

/** Whether an entry is of the machine of this name: as its log says, or else as its own name does. */
export function isOfMachine({logs, name, machine: {name: logged}}: CatalogEntry, machine: string): boolean {
  const prefix = `${machine}-snapshot-`;
  return logs.length > 0
    ? logged === machine
    : name.startsWith(prefix) && /^\d{8}-\d{6}$/.test(name.slice(prefix.length));
}
