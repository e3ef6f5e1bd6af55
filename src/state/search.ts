import {leavesOf, type Leaf, type Operand} from './operand.js';
import {secretsIn, secretValues} from './sensitive.js';
import {instanceOf, rawState, readState, type RawState, type State} from './state.js';

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

/** What a search in one state found. */
export type SearchedState = Readonly<ReturnType<typeof searchState>>;

/** A sensitive text that is shorter may be part of others by chance. */
const TELLING = 8;

/** Search a state. No value is returned that is or contains a sensitive one. @throws TypeError when it is no state. */
export function searchState(bytes: Buffer, text: string) {
  const raw = rawState(bytes);
  const {instances, outputs} = readState(raw);
  const found: {hit: Omit<Hit, 'value' | 'importId'>; leaf: Leaf; id: string | undefined}[] = [];
  /** Which addresses hold which object, by its identity. */
  const holders = new Map<string, string[]>();
  for (const [address, {type, id, attributes, sensitive}] of instances) {
    const identity = id === undefined ? address : `${type}\0${id}`;
    holders.set(identity, [...(holders.get(identity) ?? []), address]);
    const leaf = bestLeaf({value: attributes, secrets: secretsIn(attributes, sensitive)}, text);
    if (leaf === undefined) continue;
    const isExactId = leaf.path === 'id' && String(leaf.value) === text;
    found.push({hit: {kind: 'resource', address, identity, attribute: leaf.path, isExactId}, leaf, id});
  }
  for (const [name, {value, isSensitive}] of outputs) {
    const address = `output.${name}`;
    holders.set(address, [address]);
    const leaf = bestLeaf({value, secrets: isSensitive ? true : undefined}, text, 'value');
    if (leaf === undefined) continue;
    const hit = {kind: 'output', address, identity: address, attribute: leaf.path, isExactId: false} as const;
    found.push({hit, leaf, id: undefined});
  }
  const isSecret = found.length === 0 ? () => true : secretTest(raw, outputs);
  return {
    holders,
    hits: found.map(({hit, leaf, id}) => ({
      ...hit,
      value: leaf.isSensitive || isSecret(String(leaf.value)) ? undefined : String(leaf.value),
      importId: id === undefined || isSecret(id) ? undefined : id,
    })),
  };
}

/** The id that is the text, another attribute that is, the id that has it in it, another attribute. */
function bestLeaf(operand: Operand, text: string, path = ''): Leaf | undefined {
  let found: Leaf | undefined;
  let best = 0;
  for (const leaf of leavesOf(operand, path)) {
    const value = String(leaf.value);
    if (!value.includes(text)) continue;
    const rank = 1 + (value === text ? 2 : 0) + (leaf.path === 'id' ? 1 : 0);
    if (rank > best) [found, best] = [leaf, rank];
  }
  return found;
}

/** Tell whether a text is, or has in it, what is secret anywhere in a state, data sources with it. */
function secretTest({resources}: RawState, outputs: State['outputs']): (text: string) => boolean {
  const instances = (resources ?? []).flatMap((resource) =>
    (resource.instances ?? []).map((instance) => instanceOf(resource, instance)),
  );
  const values = [
    ...instances.map(({attributes, sensitive}) => secretValues(attributes, sensitive)),
    ...[...outputs.values()].map(({value, isSensitive}) => secretValues(value, isSensitive || undefined)),
  ].flatMap((each) => [...each].map(String));
  const secrets = new Set(values);
  const telling = [...secrets].filter((secret) => secret.length >= TELLING);
  return (text) => secrets.has(text) || telling.some((secret) => text.includes(secret));
}
