import {providerOfType} from '../machine/providers.js';
import type {MachineFacts} from '../store/version.js';
import type {State} from './state.js';

/**
 * The machines in a state: resources of the types that providers say are theirs, and what the module snapshot_on_destroy
 * was given (a `terraform_data` whose input has `machine_id` and `machine_provider`).
 */
export function machinesIn({instances}: State): readonly MachineFacts[] {
  const found = new Map<string, MachineFacts>();
  for (const {type, id, attributes} of instances.values()) {
    const provider = providerOfType(type);
    const machine =
      provider !== undefined && id !== undefined && id !== ''
        ? {provider, id}
        : type === 'terraform_data'
          ? givenToModule(attributes)
          : undefined;
    if (machine === undefined) continue;
    const key = `${machine.provider} ${machine.id}`;
    found.set(key, {...found.get(key), ...machine});
  }
  return [...found.values()];
}

/** A machine of which terraform will take no image, though the module is to. */
export interface Unprotected {
  /** Of the module's resource. */
  readonly address: string;
  readonly why: 'tainted' | 'create-before-destroy';
}

/** Where terraform runs no destroy-time provisioner: for what is tainted, and for what is replaced the other way round. */
export function unprotectedIn({instances}: State): readonly Unprotected[] {
  return [...instances].flatMap(
    ([address, {type, attributes, status, createBeforeDestroy}]): Unprotected[] => {
      if (type !== 'terraform_data' || inputOf(attributes).enabled !== true) return [];
      if (givenToModule(attributes) === undefined) return [];
      if (status === 'tainted') return [{address, why: 'tainted'}];
      return createBeforeDestroy ? [{address, why: 'create-before-destroy'}] : [];
    },
  );
}

function givenToModule(attributes: unknown): MachineFacts | undefined {
  const {machine_id: id, machine_provider: provider, snapshot_directory: logs} = inputOf(attributes);
  if (typeof id !== 'string' || id === '' || typeof provider !== 'string') return undefined;
  return {provider, id, ...(typeof logs === 'string' ? {logs} : {})};
}

/** What a `terraform_data` was given; terraform writes a value of any type as `{"value": …, "type": …}`. */
function inputOf(attributes: unknown): Readonly<Record<string, unknown>> {
  const {value} = ((attributes as {input?: unknown} | null)?.input ?? {}) as {value?: unknown};
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
