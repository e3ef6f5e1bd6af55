import {costOf} from './monthly-cost.js';
import {newestFirst, type LoggedDiskSnapshot} from './disk-snapshot-log.js';
import {ProviderFailure, type DiskSnapshot, type MachineProvider} from './provider.js';

/** How many images a provider is asked about at once: each takes a program of its own. */
const AT_ONCE = 4;

/**
 * What the provider says of an image that has a log, or of one that has none. `unknown`: nobody could ask it.
 */
export type Presence = 'present' | 'missing' | 'not logged' | 'unknown';

/** An image as the logs and its provider together know it. */
export interface CatalogEntry {
  readonly presence: Presence;
  readonly provider: string;
  readonly id: string;
  readonly name: string;
  /** The machine it was made from; empty where nobody knows. */
  readonly machine: {readonly id: string; readonly name: string};
  /** When it was completed, or made where only the provider knows of it; ISO 8601. */
  readonly completed: string;
  /** In GB; null where nobody says. */
  readonly sizeGb: number | null;
  /** In US dollars, with the rate of today; null where no rate is known. */
  readonly monthlyCost: number | null;
  /** None where it is not logged; several where somebody copied its log. */
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
      const own = byImage(logs.filter((log) => log.provider === provider.name));
      try {
        return {images: await joined(own, provider, rate(provider.name))};
      } catch (error) {
        if (!(error instanceof ProviderFailure)) throw error;
        const images = own.map((each) => listed(each, 'unknown', undefined, rate(provider.name)));
        return {images, unasked: {provider, failure: error}};
      }
    }),
  );
  return {
    entries: parts.flatMap(({images}) => images).sort(newestFirst),
    unasked: parts.flatMap(({unasked}) => unasked ?? []),
  };
}

/** The logs of an image, of which there is at least one. */
type Logs = readonly [LoggedDiskSnapshot, ...LoggedDiskSnapshot[]];

function byImage(logs: readonly LoggedDiskSnapshot[]): readonly Logs[] {
  const found = new Map<string, Logs>();
  for (const log of logs) found.set(log.image.id, [...(found.get(log.image.id) ?? []), log]);
  return [...found.values()];
}

async function joined(
  logged: readonly Logs[],
  provider: MachineProvider,
  rate: number | undefined,
): Promise<CatalogEntry[]> {
  const found = await provider.diskSnapshots();
  const byId = new Map(found.map((image) => [image.id, image]));
  const known = new Set(logged.map(([{image}]) => image.id));
  // A list may be short without anybody saying so: what it does not have is asked for by itself.
  const unlisted = [...known].filter((id) => !byId.has(id));
  for (let at = 0; at < unlisted.length; at += AT_ONCE) {
    const asked = unlisted.slice(at, at + AT_ONCE).map((id) => provider.diskSnapshot(id));
    for (const image of await Promise.all(asked)) if (image !== undefined) byId.set(image.id, image);
  }
  const own = logged.map((logs) => {
    const image = byId.get(logs[0].image.id);
    // A log may come from anybody; of whose disk it is, its provider knows.
    if (image !== undefined && !['', logs[0].machine.id].includes(image.machineId))
      return unlogged(image, provider.name, rate);
    return listed(logs, image === undefined ? 'missing' : 'present', image, rate);
  });
  const others = found.filter(({id}) => !known.has(id)).map((image) => unlogged(image, provider.name, rate));
  return [...own, ...others];
}

function listed(
  logs: Logs,
  presence: Presence,
  image: DiskSnapshot | undefined,
  rate: number | undefined,
): CatalogEntry {
  const [log] = logs;
  const sizeGb = image?.sizeGb ?? log.image.sizeGb;
  return {
    presence,
    provider: log.provider,
    id: log.image.id,
    name: image === undefined || image.name === '' ? log.image.name : image.name,
    machine: {id: log.machine.id, name: log.machine.name},
    completed: log.completed,
    sizeGb,
    monthlyCost: presence === 'missing' ? null : costOf(sizeGb, rate),
    logs,
  };
}

function unlogged(image: DiskSnapshot, provider: string, rate: number | undefined): CatalogEntry {
  return {
    presence: 'not logged',
    provider,
    id: image.id,
    name: image.name,
    machine: {id: image.machineId, name: ''},
    completed: image.createdAt,
    sizeGb: image.sizeGb ?? null,
    monthlyCost: costOf(image.sizeGb, rate),
    logs: [],
  };
}
