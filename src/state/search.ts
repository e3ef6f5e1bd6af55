import {addressOf, rawState, type RawInstance, type RawResource} from './state.js';
import {visitLeaves, type Leaf} from './leaves.js';
import {secretsIn} from './sensitive.js';

/** A resource or an output that has the text. */
export interface Hit {
  readonly kind: 'resource' | 'output';
  /** As terraform writes it; `output.NAME` for an output. */
  readonly address: string;
  /** Which object in the real world it is: type and id, or the address where there is no id. */
  readonly identity: string;
  /** The attribute that has it, the id before others; `value` for an output. */
  readonly attribute: string;
  /** Undefined where it is sensitive. */
  readonly value: string | undefined;
  readonly isExactId: boolean;
  /** What `terraform import` takes; undefined where there is none, or it is sensitive. */
  readonly importId: string | undefined;
}

/** Which addresses hold which object. */
export type Holders = ReadonlyMap<string, readonly string[]>;

/** What a search in one state found. */
export interface SearchedState {
  readonly hits: readonly Hit[];
  readonly holders: Holders;
}

/** A sensitive text that is shorter may be part of others by chance. */
const TELLING = 8;

/**
 * Search ids, attributes and outputs of a state. Sensitive values are searched and never returned, nor is any other value
 * that is, or has in it, one of them.
 *
 * @throws SyntaxError or TypeError when the bytes are no state.
 */
export function searchState(bytes: Buffer, text: string): SearchedState {
  const raw = rawState(bytes);
  const found: {hit: Hit; leaf: Leaf; id: string | undefined}[] = [];
  const holders = new Map<string, string[]>();
  for (const resource of raw.resources ?? []) {
    if (resource.mode !== 'managed') continue;
    for (const instance of resource.instances ?? []) {
      const address = addressOf(resource, instance);
      const id = idOf(instance);
      const identity = identityOf(resource, id, address);
      holders.set(identity, [...(holders.get(identity) ?? []), address]);
      const leaf = bestLeaf(instance, text);
      if (leaf === undefined) continue;
      const isExactId = leaf.path === 'id' && leaf.value === text;
      const hit = {kind: 'resource', address, identity, attribute: leaf.path, isExactId} as const;
      found.push({hit: {...hit, value: undefined, importId: undefined}, leaf, id});
    }
  }
  for (const [name, output] of Object.entries(raw.outputs ?? {})) {
    const address = `output.${name}`;
    const leaf = best(text, (visit) => {
      visitLeaves(output.value, output.sensitive === true ? true : undefined, visit, 'value');
    });
    holders.set(address, [address]);
    if (leaf === undefined) continue;
    const hit = {kind: 'output', address, identity: address, attribute: leaf.path, isExactId: false} as const;
    found.push({hit: {...hit, value: undefined, importId: undefined}, leaf, id: undefined});
  }
  const isSecret = found.length === 0 ? () => true : secretsOf(raw.resources ?? [], raw.outputs ?? {});
  return {
    holders,
    hits: found.map(({hit, leaf, id}) => ({
      ...hit,
      value: leaf.isSensitive || isSecret(leaf.value) ? undefined : leaf.value,
      importId: id === undefined || isSecret(id) ? undefined : id,
    })),
  };
}

function idOf({attributes, attributes_flat: flat}: RawInstance): string | undefined {
  const id = (attributes ?? flat)?.id;
  return typeof id === 'string' ? id : undefined;
}

function identityOf({type}: RawResource, id: string | undefined, address: string): string {
  return id === undefined ? address : `${type}\0${id}`;
}

function bestLeaf(instance: RawInstance, text: string): Leaf | undefined {
  return best(text, (visit) => {
    visitAttributes(instance, visit);
  });
}

function visitAttributes(instance: RawInstance, visit: (leaf: Leaf) => void): void {
  const {attributes, attributes_flat: flat, sensitive_attributes: marks} = instance;
  if (attributes) visitLeaves(attributes, secretsIn(attributes, marks), visit);
  // Names like `tags.Name` have no steps that a mark could lie on.
  else visitLeaves(flat ?? {}, isMarked(instance) ? true : undefined, visit);
}

function isMarked({sensitive_attributes: marks}: RawInstance): boolean {
  return Array.isArray(marks) ? marks.length > 0 : marks !== undefined && marks !== null;
}

/** The id that is the text, another attribute that is, the id that has it in it, another attribute. */
function best(text: string, visitAll: (visit: (leaf: Leaf) => void) => void): Leaf | undefined {
  let found: Leaf | undefined;
  let rank = 0;
  visitAll((leaf) => {
    if (!leaf.value.includes(text)) return;
    const is = 1 + (leaf.value === text ? 2 : 0) + (leaf.path === 'id' ? 1 : 0);
    if (is > rank) [found, rank] = [leaf, is];
  });
  return found;
}

function secretsOf(
  resources: readonly RawResource[],
  outputs: Readonly<Record<string, {value?: unknown; sensitive?: unknown}>>,
): (value: string) => boolean {
  const secrets = new Set<string>();
  const note = ({value, isSensitive}: Leaf) => {
    if (isSensitive && value !== '') secrets.add(value);
  };
  for (const resource of resources)
    for (const instance of resource.instances ?? []) if (isMarked(instance)) visitAttributes(instance, note);
  for (const output of Object.values(outputs))
    if (output.sensitive === true) visitLeaves(output.value, true, note);
  const telling = [...secrets].filter((secret) => secret.length >= TELLING);
  return (value) => secrets.has(value) || telling.some((secret) => value.includes(secret));
}
