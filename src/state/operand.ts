/** Where secrets lie in a JSON value: all of it is one, or parts of it by name (of a list, by the index as text). */
export type Secrets = true | ReadonlyMap<string, Secrets>;

/** A JSON value, with where secrets lie in it. */
export interface Operand {
  readonly value: unknown;
  readonly secrets: Secrets | undefined;
}

/** A text or a number in a value, and where it is. */
export interface Leaf {
  /** `tags.Name`, `ports[0]`. */
  readonly path: string;
  readonly value: string | number;
  readonly isSensitive: boolean;
}

/** What stands under a name, or an index as text; nothing where there is none. */
export function part({value, secrets}: Operand, name: string): Operand {
  const inside =
    isContainer(value) && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  return {value: inside, secrets: secrets === undefined || secrets === true ? secrets : secrets.get(name)};
}

/** The names and indexes of all operands, sorted, each once. */
export function namesOf(...operands: readonly Operand[]): string[] {
  return [...new Set(operands.flatMap(({value}) => (isContainer(value) ? Object.keys(value) : [])))].sort();
}

/** Put together where secrets lie in a list or an object from where they lie in each of its parts. */
export function secretParts<T>(
  of: Readonly<Record<string, T>> | readonly T[] | null | undefined,
  secretsIn: (part: T, name: string) => Secrets | undefined,
): ReadonlyMap<string, Secrets> {
  const parts = new Map<string, Secrets>();
  for (const [name, each] of Object.entries<T>(of ?? {})) {
    const secrets = secretsIn(each, name);
    if (secrets !== undefined) parts.set(name, secrets);
  }
  return parts;
}

/** Every text and number in a value. */
export function leavesOf(operand: Operand, path = '', leaves: Leaf[] = []): Leaf[] {
  const {value, secrets} = operand;
  if (typeof value === 'string' || typeof value === 'number')
    leaves.push({path, value, isSensitive: secrets === true});
  // The box around a value of any type is no step of a path.
  else if (isBox(value)) leavesOf(part(operand, 'value'), path, leaves);
  else if (isContainer(value)) {
    for (const name of Object.keys(value))
      leavesOf(part(operand, name), Array.isArray(value) ? `${path}[${name}]` : joined(path, name), leaves);
  }
  return leaves;
}

/** Whether a value is kept as terraform keeps one whose type the schema leaves open: `{"value": …, "type": …}`. */
export function isBox(value: unknown): value is {value: unknown; type: unknown} {
  if (!isObject(value)) return false;
  const names = Object.keys(value);
  if (names.length !== 2 || !names.includes('value') || !names.includes('type')) return false;
  const {type} = value as {type: unknown};
  if (Array.isArray(type)) return /^(list|set|map|tuple|object)$/.test(String(type[0]));
  return typeof type === 'string' && /^(string|number|bool|dynamic)$/.test(type);
}

/** Whether a value is a list or an object. */
export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function isObject(value: unknown): value is object {
  return isContainer(value) && !Array.isArray(value);
}

function joined(path: string, name: string): string {
  if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
