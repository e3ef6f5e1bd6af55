/** Where secrets lie in a JSON value: all of it is one, or parts of it by name (of a list, by the number as text). */
export type Secrets = true | ReadonlyMap<string, Secrets>;

/** The values that are secret, to know them again where they are not marked. */
export type SecretValues = ReadonlySet<unknown>;

type Tree = Map<string, Tree | true>;

/**
 * The values that a resource's marks (`sensitive_attributes` in a state: a list of paths, each a list of
 * `{"type": "get_attr", "value": NAME}` and `{"type": "index", "value": {"value": KEY, "type": …}}`) call sensitive.
 */
export function secretValues(attributes: unknown, marks: unknown): Set<unknown> {
  const values = new Set<unknown>();
  const collect = (value: unknown, where: Secrets | undefined): void => {
    if (where === undefined) return;
    // The type beside a value is no secret.
    if (where === true && isTyped(value)) collect(value.value, true);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value))
        collect(part, where === true ? true : where.get(name));
    } else if (where === true && isTelling(value)) values.add(value);
  };
  collect(attributes, marked(attributes, marks));
  return values;
}

/**
 * Where secrets lie in a resource's attributes: what is marked, and what has the same value as something that is.
 * `terraform_data` keeps its sensitive `input` a second time, as `output`, without a mark (terraform 1.11).
 *
 * A mark that leads nowhere counts for what it comes nearest to: too much is hidden rather than too little.
 *
 * @param known Values that are secret besides, such as those of the same resource in another state.
 */
export function secretsIn(
  attributes: unknown,
  marks: unknown,
  known: SecretValues = secretValues(attributes, marks),
): Secrets | undefined {
  const spread = (value: unknown, where: Secrets | undefined): Secrets | undefined => {
    if (where === true || known.has(value)) return true;
    if (typeof value !== 'object' || value === null) return undefined;
    const parts: Tree = new Map();
    for (const [name, part] of Object.entries(value)) {
      const inside = spread(part, where?.get(name));
      if (inside !== undefined) parts.set(name, inside as Tree | true);
    }
    return parts.size === 0 ? undefined : parts;
  };
  const where = marked(attributes, marks);
  return where === undefined && known.size === 0 ? undefined : spread(attributes, where);
}

/** `true`, `null` and the empty text say nothing: to hide them everywhere would hide what is no secret. */
function isTelling(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}

function marked(attributes: unknown, marks: unknown): Secrets | undefined {
  if (marks === undefined || marks === null) return undefined;
  if (!Array.isArray(marks)) return true;
  const tree: Tree = new Map();
  for (const path of marks) {
    const steps = Array.isArray(path) ? path.map(stepOf) : [undefined];
    for (const names of placesOf(attributes, steps)) {
      if (names.length === 0) return true;
      plant(tree, names);
    }
  }
  return tree.size === 0 ? undefined : tree;
}

/** The name or index a step leads to; undefined for what has not terraform's form. */
function stepOf(step: unknown): string | undefined {
  const {value} = (step ?? {}) as {value?: unknown};
  const key: unknown =
    typeof value === 'object' && value !== null ? (value as {value?: unknown}).value : value;
  return typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
}

/**
 * Where a path leads, one way or more; where it ends early, that far.
 *
 * @param isInside Whether the way went through a value with its type: there are none in one another.
 */
function placesOf(value: unknown, steps: readonly (string | undefined)[], isInside = false): string[][] {
  const [step, ...rest] = steps;
  if (step === undefined) return [[]];
  const ways: string[][] = [];
  const direct = partOf(value, step);
  if (direct !== undefined) ways.push(...placesOf(direct.part, rest, isInside).map((way) => [step, ...way]));
  // An attribute of any type is kept together with its type, and the path does not say so.
  const inside = !isInside && isTyped(value) ? partOf(value.value, step) : undefined;
  if (inside !== undefined)
    ways.push(...placesOf(inside.part, rest, true).map((way) => ['value', step, ...way]));
  return ways.length === 0 ? [[]] : ways;
}

function partOf(value: unknown, name: string): {part: unknown} | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return {part: (value as Record<string, unknown>)[name]};
}

/** Whether a value is kept as terraform keeps one whose type the schema leaves open: `{"value": …, "type": …}`. */
export function isTyped(value: unknown): value is {value: unknown; type: unknown} {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  if (names.length !== 2 || !names.includes('value') || !names.includes('type')) return false;
  const {type} = value as {type: unknown};
  if (Array.isArray(type)) return /^(list|set|map|tuple|object)$/.test(String(type[0]));
  return typeof type === 'string' && /^(string|number|bool|dynamic)$/.test(type);
}

function plant(tree: Tree, names: readonly string[]): void {
  let at = tree;
  for (const [index, name] of names.entries()) {
    const next = at.get(name);
    if (next === true) return;
    if (index === names.length - 1) at.set(name, true);
    else if (next !== undefined) at = next;
    else {
      const made: Tree = new Map();
      at.set(name, made);
      at = made;
    }
  }
}
