import {accessSync, constants} from 'node:fs';
import {arch, platform} from 'node:os';
import {delimiter, join} from 'node:path';
import {MachineError} from './problems.js';
import type {MachineProvider, ProviderContext, ProviderFailure, System} from './provider.js';

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

/** The problem with a provider that did not do what it was asked, for good. */
export function providerProblem(
  {reason, words}: ProviderFailure,
  {name: provider, program, install, login}: MachineProvider,
  system: System,
): MachineError {
  if (reason === 'program-missing')
    return new MachineError({kind: 'provider-program-missing', provider, program, install: install(system)});
  if (reason === 'unauthenticated')
    return new MachineError({kind: 'provider-unauthenticated', provider, login, words});
  const kind = reason === 'forbidden' ? 'provider-forbidden' : 'provider-refused';
  return new MachineError({kind, provider, words});
}

/** This system, for installing a program on it. */
export function systemOf(env: Readonly<NodeJS.ProcessEnv>): System {
  return {
    platform: platform(),
    arch: arch(),
    has: (program) => (env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program))),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
