import {MachineError} from './problems.js';
import type {MachineProvider, ProviderMaker, ProviderContext} from './provider.js';

/** What is known of a provider without loading its code. */
export interface ProviderFacts {
  readonly name: string;
  /** The resources that are its machines; their `id` is the machine's. */
  readonly resourceTypes: readonly string[];
  /** What it asks for an image, in US dollars a GB and month; undefined where nobody can know. */
  readonly rate: number | undefined;
  readonly load: () => Promise<ProviderMaker>;
}

/** All providers. A new one is a file beside this one, and an entry here. */
const PROVIDERS: readonly ProviderFacts[] = [
  {
    name: 'digitalocean',
    resourceTypes: ['digitalocean_droplet'],
    rate: 0.05,
    load: async () => (await import('./providers/digitalocean.js')).digitalocean,
  },
  {
    name: 'aws',
    resourceTypes: ['aws_instance'],
    rate: 0.05,
    load: async () => (await import('./providers/aws.js')).aws,
  },
  {
    name: 'command',
    resourceTypes: [],
    rate: undefined,
    load: async () => (await import('./providers/command.js')).command,
  },
];

export const PROVIDER_NAMES = PROVIDERS.map(({name}) => name);

/** The provider whose machines are resources of a type; undefined for everything else. */
export function providerOfType(type: string): string | undefined {
  return PROVIDERS.find(({resourceTypes}) => resourceTypes.includes(type))?.name;
}

/** Whether there is a provider of this name. */
export function isProvider(name: string): boolean {
  return PROVIDERS.some((each) => each.name === name);
}

/** @throws MachineError `provider-unknown`. */
export function requireProvider(name: string): ProviderFacts {
  const facts = PROVIDERS.find((each) => each.name === name);
  if (facts !== undefined) return facts;
  throw new MachineError({kind: 'provider-unknown', name, known: PROVIDER_NAMES});
}

/** @throws MachineError `provider-unknown`. */
export async function makeProvider(name: string, surroundings: ProviderContext): Promise<MachineProvider> {
  const make = await requireProvider(name).load();
  return make(surroundings);
}
