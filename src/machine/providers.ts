import {MachineError} from './problems.js';
import type {MachineProvider, ProviderContext} from './provider.js';

/** What is known of a provider without loading its code. */
export interface ProviderFacts {
  readonly name: string;
  /** The resource types that are its machines; their `id` is the machine's. */
  readonly resourceTypes: readonly string[];
  /** What it charges for a disk snapshot, in US dollars per GB and month; undefined if unknown. */
  readonly rate: number | undefined;
  readonly load: () => Promise<new (context: ProviderContext) => MachineProvider>;
}

/** All providers. A new one is a file in providers/ and an entry here. */
const PROVIDERS: readonly ProviderFacts[] = [
  {
    name: 'digitalocean',
    resourceTypes: ['digitalocean_droplet'],
    rate: 0.05,
    load: async () => (await import('./providers/digitalocean.js')).DigitalOcean,
  },
  {
    name: 'aws',
    resourceTypes: ['aws_instance'],
    rate: 0.05,
    load: async () => (await import('./providers/aws.js')).Aws,
  },
  {
    name: 'command',
    resourceTypes: [],
    rate: undefined,
    load: async () => (await import('./providers/command.js')).CommandProvider,
  },
];

export const PROVIDER_NAMES = PROVIDERS.map(({name}) => name);

/** The provider whose machines are resources of a type; undefined for all other types. */
export function providerOfType(type: string): string | undefined {
  return PROVIDERS.find(({resourceTypes}) => resourceTypes.includes(type))?.name;
}

/** Whether there is a provider of this name. */
export function isProvider(name: string): boolean {
  return PROVIDER_NAMES.includes(name);
}

/** @throws MachineError `provider-unknown`. */
export function requireProvider(name: string): ProviderFacts {
  const facts = PROVIDERS.find((each) => each.name === name);
  if (facts !== undefined) return facts;
  throw new MachineError({kind: 'provider-unknown', name, known: PROVIDER_NAMES});
}

/** @throws MachineError `provider-unknown`. */
export async function makeProvider(name: string, context: ProviderContext): Promise<MachineProvider> {
  const Provider = await requireProvider(name).load();
  return new Provider(context);
}
