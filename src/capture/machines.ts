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

function givenToModule(attributes: unknown): MachineFacts | undefined {
  // Terraform writes a value of any type as `{"value": …, "type": …}`.
  const {value} = ((attributes as {input?: unknown} | null)?.input ?? {}) as {value?: unknown};
  const {
    machine_id: id,
    machine_provider: provider,
    snapshot_directory: logs,
  } = (value ?? {}) as {
    machine_id?: unknown;
    machine_provider?: unknown;
    snapshot_directory?: unknown;
  };
  if (typeof id !== 'string' || id === '' || typeof provider !== 'string') return undefined;
  return {provider, id, ...(typeof logs === 'string' ? {logs} : {})};
}
