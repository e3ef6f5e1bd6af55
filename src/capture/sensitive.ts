/** Steps from an attribute down to what a mark is on; a mark covers all below. */
export type Mark = readonly string[];

/**
 * The marks of an instance (`sensitive_attributes`, terraform's statefile package). What is not understood makes the mark
 * wider, up to the whole instance: rather hide too much.
 */
export function marksOf(recorded: unknown): Mark[] {
  if (recorded === undefined || recorded === null) return [];
  if (!Array.isArray(recorded)) return [[]];
  return recorded.map((path: unknown) => {
    const mark: string[] = [];
    for (const step of Array.isArray(path) ? (path as unknown[]) : []) {
      const name = nameOf(step);
      if (name === undefined) break;
      mark.push(name);
    }
    return mark;
  });
}

/** A text or a number in a state, and where it is. */
export interface Leaf {
  /** `tags.Name`, `ports[0]`. */
  readonly path: string;
  readonly value: string;
  readonly isSensitive: boolean;
}

/** Visit every text and number below a value, with the marks that lie on the way. */
export function visitLeaves(
  value: unknown,
  marks: readonly Mark[],
  visit: (leaf: Leaf) => void,
  path = '',
): void {
  if (typeof value === 'string' || typeof value === 'number') {
    visit({path, value: String(value), isSensitive: marks.some((mark) => mark.length === 0)});
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    // Elements of a set are marked by their value, which is no place in the list that stands for the set here.
    const known = marks.map((mark) => (/^[0-9]+$/.test(mark[0] ?? '') ? mark : []));
    value.forEach((element: unknown, at) => {
      visitLeaves(element, below(known, String(at)), visit, `${path}[${at}]`);
    });
    return;
  }
  if (isDynamic(value)) {
    // The marks know nothing of this box around a value whose type the schema leaves open.
    visitLeaves(value.value, [...marks, ...below(marks, 'value')], visit, path);
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    visitLeaves(inner, below(marks, name), visit, joined(path, name));
  }
}

function below(marks: readonly Mark[], step: string): Mark[] {
  return marks.filter((mark) => mark.length === 0 || mark[0] === step).map((mark) => mark.slice(1));
}

/** `{"value": …, "type": "string"}`: the type is one of cty's. */
function isDynamic(value: object): value is {value: unknown; type: unknown} {
  const names = Object.keys(value);
  if (names.length !== 2 || !('value' in value) || !('type' in value)) return false;
  const {type} = value;
  return (
    (typeof type === 'string' && ['string', 'number', 'bool', 'dynamic'].includes(type)) ||
    (Array.isArray(type) && ['list', 'set', 'map', 'object', 'tuple'].includes(type[0] as string))
  );
}

function joined(path: string, name: string): string {
  if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** The name or index of a step; undefined for one that is neither, as into a set of objects. */
function nameOf(step: unknown): string | undefined {
  const {type, value} = (step ?? {}) as {type?: unknown; value?: unknown};
  if (type === 'get_attr' && typeof value === 'string') return value;
  if (type !== 'index') return undefined;
  const key = (value as {value?: unknown} | null)?.value;
  return typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
}
