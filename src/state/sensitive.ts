import {isBox, isContainer, leavesOf, part, secretParts, type Operand, type Secrets} from './operand.js';

/** The way a mark leads from a value; `isBoxed` once it went through a box, since there are none in one another. */
interface Way {
  readonly steps: readonly (string | undefined)[];
  readonly isBoxed: boolean;
}

/**
 * The texts and numbers that a resource's marks call sensitive, without the empty text: hiding it everywhere would hide
 * what is no secret.
 *
 * @param marks `sensitive_attributes` in a state: a list of paths, each a list of `{"type": "get_attr", "value": NAME}` and
 *   `{"type": "index", "value": {"value": KEY, "type": …}}`.
 */
export function secretValues(attributes: unknown, marks: unknown): ReadonlySet<unknown> {
  const leaves = leavesOf({value: attributes, secrets: marked(attributes, marks)});
  const secret = leaves.filter(({isSensitive, value}) => isSensitive && value !== '');
  return new Set(secret.map(({value}) => value));
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
  known: ReadonlySet<unknown> = secretValues(attributes, marks),
): Secrets | undefined {
  const spread = (operand: Operand): Secrets | undefined => {
    const {value, secrets} = operand;
    if (secrets === true || known.has(value)) return true;
    if (!isContainer(value)) return undefined;
    const parts = secretParts(value as Record<string, unknown>, (_, name) => spread(part(operand, name)));
    return parts.size === 0 ? undefined : parts;
  };
  const secrets = marked(attributes, marks);
  return secrets === undefined && known.size === 0 ? undefined : spread({value: attributes, secrets});
}

/** Where secrets lie by the marks alone. */
function marked(attributes: unknown, marks: unknown): Secrets | undefined {
  if (marks === undefined || marks === null) return undefined;
  if (!Array.isArray(marks)) return true;
  if (marks.length === 0) return undefined;
  const steps = marks.map((path: unknown) => (Array.isArray(path) ? path.map(stepOf) : []));
  const ways = steps.map((each) => ({steps: each, isBoxed: false}));
  return follow(attributes, ways);
}

/** The name or index a step leads to; undefined for what has not terraform's form. */
function stepOf(step: unknown): string | undefined {
  const {value} = (step ?? {}) as {value?: unknown};
  const key: unknown = isContainer(value) ? (value as {value?: unknown}).value : value;
  return typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
}

/** Follow ways through a value; where one ends or leads nowhere, all of the value is secret. */
function follow(value: unknown, ways: readonly Way[]): Secrets {
  const below = new Map<string, Way[]>();
  const add = (name: string, way: Way) => below.set(name, [...(below.get(name) ?? []), way]);
  for (const {steps, isBoxed} of ways) {
    const [step, ...rest] = steps;
    if (step === undefined) return true;
    const isDirect = has(value, step);
    // An attribute of any type is kept together with its type, and the path does not say so.
    const isInBox = !isBoxed && isBox(value) && has(value.value, step);
    if (!isDirect && !isInBox) return true;
    if (isDirect) add(step, {steps: rest, isBoxed});
    if (isInBox) add('value', {steps, isBoxed: true});
  }
  const partOf = (name: string) => part({value, secrets: undefined}, name).value;
  return new Map([...below].map(([name, each]) => [name, follow(partOf(name), each)]));
}

function has(value: unknown, name: string): boolean {
  return isContainer(value) && Object.hasOwn(value, name);
}
