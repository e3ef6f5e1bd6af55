import type {StateBytes} from '../terraform/state-file.js';

/** What cloudtm reads from a state (format version 4, terraform's `statefile` package). */
export interface State {
  readonly lineage: string;
  readonly serial: number;
  readonly terraformVersion: string;
  /** Managed resource instances by address; data sources are left out. */
  readonly instances: ReadonlyMap<string, Instance>;
  /** Those of the root module. */
  readonly outputs: ReadonlyMap<string, {readonly value: unknown; readonly isSensitive: boolean}>;
  /** Whether it holds nothing at all: no resource, no data source, no output. */
  readonly isEmpty: boolean;
}

export interface Instance {
  readonly type: string;
  /** The `id` attribute; undefined where the type has none. */
  readonly id: string | undefined;
  readonly attributes: unknown;
  /** Of the provider that wrote it. */
  readonly schemaVersion: number;
  /** The paths in the attributes that terraform marked as sensitive, in its own form; see sensitive.ts. */
  readonly sensitive: unknown;
  /** `tainted`, or empty. */
  readonly status: string;
  /** Whether it is replaced by making the new one first; terraform hands that on to what it depends on. */
  readonly createBeforeDestroy: boolean;
  /** An object that was replaced and could not be destroyed yet. */
  readonly deposed: boolean;
}

/** No state at all, before the first apply. */
export const EMPTY_STATE = readState({});

/** A state as terraform writes it, as far as it is read here. */
export interface RawState {
  version?: unknown;
  lineage?: unknown;
  serial?: unknown;
  terraform_version?: unknown;
  resources?: RawResource[];
  outputs?: Record<string, {value?: unknown; sensitive?: unknown} | null>;
}

/** A resource as terraform writes it. */
export interface RawResource {
  mode: string;
  module?: string;
  type: string;
  name: string;
  instances?: RawInstance[];
}

/** An instance of a resource as terraform writes it. */
export interface RawInstance {
  index_key?: string | number;
  schema_version?: number;
  status?: string;
  create_before_destroy?: boolean;
  deposed?: string;
  attributes?: Record<string, unknown> | null;
  /** Of terraform before 0.12: names like `tags.Name`. */
  attributes_flat?: Record<string, string>;
  /** Paths to the values that must not be shown. */
  sensitive_attributes?: unknown;
}

/** Read a state. @throws TypeError when it is none of format 4, without repeating the bytes: they may be secret. */
export function parseState(bytes: Buffer | string): State {
  return readState(rawState(bytes));
}

/** The same where the bytes may be anything; `reason` says why they are no state. */
export function parsedOrReason(bytes: Buffer): State | {readonly reason: string} {
  try {
    return parseState(bytes);
  } catch (error) {
    return {reason: (error as TypeError).message};
  }
}

/** The state in these bytes; undefined where there is none or it is damaged. */
export function parsedOrUndefined(state: StateBytes): State | undefined {
  const parsed = state.kind === 'some' ? parsedOrReason(state.bytes) : {reason: state.kind};
  return 'reason' in parsed ? undefined : parsed;
}

/** The same with an empty state where there is none or it is damaged. */
export function parsedOrEmpty(state: StateBytes): State {
  return parsedOrUndefined(state) ?? EMPTY_STATE;
}

/** How many managed resources a state holds; 0 where there is none, undefined where it cannot be read. */
export function countIn(state: StateBytes): number | undefined {
  return state.kind === 'none' ? 0 : parsedOrUndefined(state)?.instances.size;
}

/** A state as it is written; nothing but its format version is checked. @throws TypeError as `parseState` does. */
export function rawState(bytes: Buffer | string): RawState {
  let raw: unknown;
  try {
    raw = JSON.parse(bytes.toString());
  } catch {
    throw new TypeError('not JSON');
  }
  const {version} = (raw ?? {}) as RawState;
  if (version === 4) return raw as RawState;
  const isOther = typeof version === 'number';
  throw new TypeError(isOther ? `state format version ${version} is not supported` : 'not a state');
}

/** What cloudtm reads of a state as it is written. @throws TypeError as `parseState` does. */
export function readState(raw: RawState): State {
  const {lineage, serial, terraform_version: version} = raw;
  try {
    const resources = raw.resources ?? [];
    const managed = resources.filter(({mode}) => mode === 'managed');
    const outputs = Object.entries(raw.outputs ?? {});
    return {
      lineage: typeof lineage === 'string' ? lineage : '',
      serial: typeof serial === 'number' ? serial : 0,
      terraformVersion: typeof version === 'string' ? version : '',
      instances: new Map(
        managed.flatMap((resource) =>
          (resource.instances ?? []).map((instance) => [
            addressOf(resource, instance),
            instanceOf(resource, instance),
          ]),
        ),
      ),
      outputs: new Map(
        outputs.map(([name, output]) => [name, {value: output?.value, isSensitive: isSensitive(output)}]),
      ),
      isEmpty: resources.length === 0 && outputs.length === 0,
    };
  } catch {
    throw new TypeError('not a state');
  }
}

/** An instance as cloudtm reads it. */
export function instanceOf({type}: RawResource, instance: RawInstance): Instance {
  const {attributes, attributes_flat: flat, sensitive_attributes: marks} = instance;
  const id = (attributes ?? flat)?.id;
  const hasMarks = Array.isArray(marks) ? marks.length > 0 : marks !== undefined && marks !== null;
  return {
    type,
    id: typeof id === 'string' ? id : undefined,
    attributes: attributes ?? flat ?? {},
    schemaVersion: instance.schema_version ?? 0,
    // Names like `tags.Name` have no steps that a mark could lie on.
    sensitive: attributes ? marks : hasMarks || undefined,
    status: instance.status ?? '',
    createBeforeDestroy: instance.create_before_destroy === true,
    deposed: instance.deposed !== undefined,
  };
}

/** Whether the value of an output must not be shown. */
export function isSensitive(output: {sensitive?: unknown} | null): boolean {
  return output?.sensitive !== undefined && output.sensitive !== false;
}

/** The lineage of a state that is there; terraform writes it among the first fields, so that a large state need not be read for it. */
export function lineageOf(state: StateBytes): string | undefined {
  if (state.kind !== 'some') return undefined;
  const head = state.bytes.subarray(0, 2_000).toString();
  return /^\s*\{[^{[]*"lineage":\s*"([^"\\]*)"/.exec(head)?.[1] ?? parsedOrUndefined(state)?.lineage;
}

/** The address as terraform writes it: `module.a["x"].aws_instance.web[0]`. */
function addressOf(resource: RawResource, instance: RawInstance): string {
  const module = resource.module === undefined ? '' : `${resource.module}.`;
  const key = instance.index_key === undefined ? '' : `[${JSON.stringify(instance.index_key)}]`;
  const deposed = instance.deposed === undefined ? '' : ` (deposed object ${instance.deposed})`;
  return `${module}${resource.type}.${resource.name}${key}${deposed}`;
}

/**
 * The same state with another serial. It is not written anew, since numbers may be larger than JavaScript's; terraform
 * writes the serial before anything that holds a brace.
 */
export function withSerial(bytes: Buffer, serial: number): Buffer {
  const text = bytes.toString();
  const found = /^\s*\{[^{[]*?"serial":\s*(\d+)/.exec(text);
  if (found?.[1] === undefined) return bytes;
  const end = found[0].length;
  return Buffer.from(`${text.slice(0, end - found[1].length)}${serial}${text.slice(end).trimEnd()}\n`);
}
