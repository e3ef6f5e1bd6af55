import {costOf} from './monthly-cost.js';
import {ProviderFailure, type Image, type ImageProvider} from './provider.js';
import type {LoggedImage} from './image-log.js';

/**
 * What the provider says of an image that has a log, or of one that has none. `unknown`: nobody could ask it.
 */
export type Presence = 'present' | 'missing' | 'not logged' | 'unknown';

/** An image as the logs and its provider together know it. */
export interface Listed {
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
  readonly log: LoggedImage | undefined;
}

/** A provider that could not be asked, and why. */
export interface Unasked {
  readonly provider: ImageProvider;
  readonly failure: ProviderFailure;
}

export interface Catalog {
  /** Newest first. */
  readonly images: readonly Listed[];
  readonly unasked: readonly Unasked[];
}

/** Join what the logs say with what their providers have. */
export async function makeCatalog(
  logs: readonly LoggedImage[],
  providers: readonly ImageProvider[],
  rate: (provider: string) => number | undefined,
): Promise<Catalog> {
  const parts = await Promise.all(
    providers.map(async (provider) => {
      const own = logs.filter((log) => log.provider === provider.name);
      try {
        return {images: await joined(own, provider, rate(provider.name))};
      } catch (error) {
        if (!(error instanceof ProviderFailure)) throw error;
        const images = own.map((log) => listed(log, 'unknown', undefined, rate(provider.name)));
        return {images, unasked: {provider, failure: error}};
      }
    }),
  );
  return {
    images: parts
      .flatMap(({images}) => images)
      .sort((a, b) => Date.parse(b.completed) - Date.parse(a.completed)),
    unasked: parts.flatMap(({unasked}) => unasked ?? []),
  };
}

async function joined(
  logs: readonly LoggedImage[],
  provider: ImageProvider,
  rate: number | undefined,
): Promise<Listed[]> {
  const found = await provider.images();
  const byId = new Map(found.map((image) => [image.id, image]));
  const logged = await Promise.all(
    logs.map(async (log) => {
      // A list may be short without anybody saying so: what it does not have is asked for by itself.
      const image = byId.get(log.image.id) ?? (await provider.image(log.image.id));
      return listed(log, image === undefined ? 'missing' : 'present', image, rate);
    }),
  );
  const known = new Set(logs.map(({image}) => image.id));
  const others = found.filter(({id}) => !known.has(id)).map((image) => unlogged(image, provider.name, rate));
  return [...logged, ...others];
}

function listed(
  log: LoggedImage,
  presence: Presence,
  image: Image | undefined,
  rate: number | undefined,
): Listed {
  const sizeGb = image?.sizeGb ?? log.image.sizeGb;
  return {
    presence,
    provider: log.provider,
    id: log.image.id,
    name: image?.name ?? log.image.name,
    machine: {id: log.machine.id, name: log.machine.name},
    completed: log.completed,
    sizeGb,
    monthlyCost: presence === 'missing' ? null : costOf(sizeGb, rate),
    log,
  };
}

function unlogged(image: Image, provider: string, rate: number | undefined): Listed {
  return {
    presence: 'not logged',
    provider,
    id: image.id,
    name: image.name,
    machine: {id: image.machineId, name: ''},
    completed: image.createdAt,
    sizeGb: image.sizeGb ?? null,
    monthlyCost: costOf(image.sizeGb, rate),
    log: undefined,
  };
}
