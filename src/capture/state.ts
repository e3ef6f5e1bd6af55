/** What cloudtm reads from a state (format version 4, terraform's `statefile` package). */
export interface State {
  readonly lineage: string;
  readonly serial: number;
  readonly terraformVersion: string;
  /** Managed resource instances by address; data sources are left out. */
  readonly instances: ReadonlyMap<string, Instance>;
  /** Whether it holds nothing at all: no resource, no data source, no output. */
  readonly isEmpty: boolean;
}

export interface Instance {
  readonly type: string;
  /** The `id` attribute; undefined where the type has none. */
  readonly id: string | undefined;
  readonly attributes: unknown;
  /** `tainted`, or empty. */
  readonly status: string;
  /** An object that was replaced and could not be destroyed yet. */
  readonly deposed: boolean;
}

/** No state at all, before the first apply. */
export const EMPTY_STATE: State = {
  lineage: '',
  serial: 0,
  terraformVersion: '',
  instances: new Map(),
  isEmpty: true,
};

/** A state as terraform writes it, so far as it is looked at. */
export interface RawState {
  version?: unknown;
  lineage?: unknown;
  serial?: unknown;
  terraform_version?: unknown;
  resources?: RawResource[];
  outputs?: Record<string, {value?: unknown; sensitive?: unknown}>;
}

export interface RawResource {
  mode: string;
  module?: string;
  type: string;
  name: string;
  instances?: RawInstance[];
}

export interface RawInstance {
  index_key?: string | number;
  status?: string;
  deposed?: string;
  attributes?: Record<string, unknown> | null;
  attributes_flat?: Record<string, string>;
  /** Paths to the values that must not be shown. */
  sensitive_attributes?: unknown;
}

/**
 * Read a state.
 *
 * @throws SyntaxError or TypeError when the bytes are no state of format version 4.
 */
export function parseState(bytes: Buffer | string): State {
  const raw = rawState(bytes);
  const instances = new Map<string, Instance>();
  for (const resource of raw.resources ?? []) {
    if (resource.mode !== 'managed') continue;
    for (const instance of resource.instances ?? []) {
      const attributes = instance.attributes ?? instance.attributes_flat ?? {};
      const id = attributes.id;
      instances.set(addressOf(resource, instance), {
        type: resource.type,
        id: typeof id === 'string' ? id : undefined,
        attributes,
        status: instance.status ?? '',
        deposed: instance.deposed !== undefined,
      });
    }
  }
  return {
    lineage: typeof raw.lineage === 'string' ? raw.lineage : '',
    serial: typeof raw.serial === 'number' ? raw.serial : 0,
    terraformVersion: typeof raw.terraform_version === 'string' ? raw.terraform_version : '',
    instances,
    isEmpty: (raw.resources ?? []).length === 0 && Object.keys(raw.outputs ?? {}).length === 0,
  };
}

/**
 * A state as it is written; nothing but its format version is checked.
 *
 * @throws SyntaxError or TypeError when the bytes are no state of format version 4.
 */
export function rawState(bytes: Buffer | string): RawState {
  const raw = JSON.parse(bytes.toString()) as RawState | null;
  if (raw?.version !== 4)
    throw new TypeError(`state format version ${String(raw?.version)} is not supported`);
  return raw;
}

/** The lineage alone; terraform writes it among the first fields, so that a large state need not be read for it. */
export function lineageOf(bytes: Buffer): string | undefined {
  const head = /^\s*\{[^{[]*"lineage":\s*"([^"\\]*)"/.exec(bytes.subarray(0, 2_000).toString())?.[1];
  if (head !== undefined) return head;
  try {
    return parseState(bytes).lineage;
  } catch {
    return undefined;
  }
}

/** The address as terraform writes it: `module.a["x"].aws_instance.web[0]`. */
export function addressOf(resource: RawResource, instance: RawInstance): string {
  const module = resource.module === undefined ? '' : `${resource.module}.`;
  const key = instance.index_key === undefined ? '' : `[${JSON.stringify(instance.index_key)}]`;
  const deposed = instance.deposed === undefined ? '' : ` (deposed object ${instance.deposed})`;
  return `${module}${resource.type}.${resource.name}${key}${deposed}`;
}
