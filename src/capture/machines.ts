import {providerOfType} from '../machine/providers.js';
import type {MachineFacts} from '../store/version.js';
import type {State} from '../state/state.js';

/**
 * The machines in a state: resources of the types that providers say are theirs, and what the module snapshot_on_destroy
 * was given (a `terraform_data` whose input has `machine_id` and `machine_provider`).
 */
export function machinesIn({instances}: State): readonly MachineFacts[] {
  const found = new Map<string, MachineFacts>();
  for (const {type, id, attributes} of instances.values()) {
    const provider = providerOfType(type);
    const own = provider !== undefined && id !== undefined && id !== '' ? {provider, id} : undefined;
    const machine = own ?? givenToModule(type, attributes);
    if (machine === undefined) continue;
    const key = `${machine.provider} ${machine.id}`;
    found.set(key, {...found.get(key), ...machine});
  }
  return [...found.values()];
}

/** A machine that is destroyed without its disk snapshot, or cannot be destroyed, although one is wanted. */
export interface Unprotected {
  /** Of the module's resource; of the provider's name where it is about that. */
  readonly about: string;
  readonly why:
    /** Terraform runs no destroy-time provisioner for these two. */
    | 'tainted'
    | 'create-before-destroy'
    /** Its disk snapshot was taken, its destroy failed, and the module's resource is gone from the state. */
    | 'imaged-already';
}

/**
 * What is wrong in a state with machines and the module that is to take their images.
 *
 * @param imaged Ids of machines of which there are logs.
 */
export function unprotectedIn(state: State, imaged: ReadonlySet<string>): readonly Unprotected[] {
  const found = [...state.instances].flatMap(
    ([address, {type, attributes, status, createBeforeDestroy}]): Unprotected[] => {
      if (!isEnabled(type, attributes)) return [];
      if (status === 'tainted') return [{about: address, why: 'tainted'}];
      return createBeforeDestroy ? [{about: address, why: 'create-before-destroy'}] : [];
    },
  );
  const left = machinesIn(state).filter(({id, logs}) => logs === undefined && imaged.has(id));
  return [...found, ...left.map(({id}): Unprotected => ({about: id, why: 'imaged-already'}))];
}

/** The providers that are asked when machines of a state are destroyed. */
export function askedFor({instances}: State): readonly string[] {
  const enabled = [...instances.values()].filter(({type, attributes}) => isEnabled(type, attributes));
  const given = enabled.flatMap(({type, attributes}) => givenToModule(type, attributes)?.provider ?? []);
  return [...new Set(given)];
}

function isEnabled(type: string, attributes: unknown): boolean {
  return givenToModule(type, attributes) !== undefined && inputOf(attributes).enabled === true;
}

function givenToModule(type: string, attributes: unknown): MachineFacts | undefined {
  const {machine_id: id, machine_provider: provider, snapshot_directory: logs} = inputOf(attributes);
  const isMachine = type === 'terraform_data' && typeof id === 'string' && id !== '';
  if (!isMachine || typeof provider !== 'string') return undefined;
  return {provider, id, ...(typeof logs === 'string' && {logs})};
}

/** What a `terraform_data` was given; terraform writes a value of any type as `{"value": …, "type": …}`. */
function inputOf(attributes: unknown): Readonly<Record<string, unknown>> {
  const {value} = ((attributes as {input?: unknown} | null)?.input ?? {}) as {value?: unknown};
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
