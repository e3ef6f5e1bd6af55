import {secretsIn, type Secrets} from './sensitive.js';

/** What stands in the place of a secret, in terraform's words. */
export const MASK = '(sensitive value)';

interface RawInstance {
  attributes?: unknown;
  attributes_flat?: unknown;
  sensitive_attributes?: unknown;
}

/**
 * A state with its secrets masked, apart from that byte for byte as it was kept: sensitive attributes and outputs, and
 * `private`, where providers put down what nobody is to read.
 *
 * The text is not written anew from the parsed values, since that would change numbers with more digits than a double has.
 *
 * @throws SyntaxError or TypeError when the text is no state of format version 4: then nobody knows what is secret.
 */
export function maskState(text: string): string {
  const parts: string[] = [];
  let written = 0;
  for (const [start, end] of spansOf(text, secretsInState(JSON.parse(text)))) {
    parts.push(text.slice(written, start), JSON.stringify(MASK));
    written = end;
  }
  return [...parts, text.slice(written)].join('');
}

function secretsInState(state: unknown): Secrets {
  const {version, outputs, resources} = (state ?? {}) as {
    version?: unknown;
    outputs?: Record<string, {sensitive?: unknown} | null>;
    resources?: ({instances?: (RawInstance | null)[]} | null)[];
  };
  if (version !== 4) throw new TypeError(`state format version ${String(version)} is not supported`);
  return parts({
    outputs: parts(
      Object.entries(outputs ?? {}).map(([name, output]): [string, Secrets | undefined] => {
        const isOpen = output?.sensitive === undefined || output.sensitive === false;
        return [name, isOpen ? undefined : parts({value: true})];
      }),
    ),
    resources: list(resources, (resource) => parts({instances: list(resource?.instances, instanceSecrets)})),
  });
}

function instanceSecrets(instance: RawInstance | null): Secrets {
  const {attributes, attributes_flat: flat, sensitive_attributes: marks} = instance ?? {};
  return parts({
    attributes: secretsIn(attributes, marks),
    // Names of another form, to which the marks do not lead.
    attributes_flat: secretsIn(flat, marks) === undefined ? undefined : true,
    private: true,
  });
}

function list<T>(values: readonly T[] | undefined, secrets: (value: T) => Secrets): Secrets {
  return parts((values ?? []).map((value, index): [string, Secrets] => [String(index), secrets(value)]));
}

function parts(
  of: Readonly<Record<string, Secrets | undefined>> | readonly (readonly [string, Secrets | undefined])[],
): Secrets {
  const entries = (Array.isArray(of) ? of : Object.entries(of)) as readonly [string, Secrets | undefined][];
  return new Map(entries.filter((entry): entry is [string, Secrets] => entry[1] !== undefined));
}

/** Where in valid JSON the values stand that are all secret; begin and end. */
function spansOf(text: string, secrets: Secrets): [number, number][] {
  const spans: [number, number][] = [];
  const blank = /[\s,:]*/y;
  const scalar = /[^\s,:\]}]+/y;
  const bracket = /["{}[\]]/g;
  const match = (pattern: RegExp, at: number): number => {
    pattern.lastIndex = at;
    pattern.test(text);
    return pattern.lastIndex;
  };

  // No pattern: one that repeats for each letter fails on texts of some megabytes.
  const endOfText = (start: number): number => {
    for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
      let before = end;
      while (text[before - 1] === '\\') before -= 1;
      if ((end - before) % 2 === 0) return end + 1;
    }
  };

  const skip = (start: number): number => {
    if (text[start] === '"') return endOfText(start);
    if (text[start] !== '{' && text[start] !== '[') return match(scalar, start);
    let at = start;
    for (let depth = 0; ;) {
      at = match(bracket, at);
      const found = text[at - 1];
      if (found === '"') at = endOfText(at - 1);
      else depth += found === '{' || found === '[' ? 1 : -1;
      if (depth === 0) return at;
    }
  };

  const walk = (start: number, where: Secrets | undefined): number => {
    const open = text[start];
    if (where === true && !text.startsWith('null', start)) spans.push([start, skip(start)]);
    if (where === undefined || where === true || (open !== '{' && open !== '[')) return skip(start);
    let at = match(blank, start + 1);
    for (let index = 0; text[at] !== '}' && text[at] !== ']'; index += 1) {
      let name = String(index);
      if (open === '{') {
        const end = endOfText(at);
        name = JSON.parse(text.slice(at, end)) as string;
        at = match(blank, end);
      }
      at = match(blank, walk(at, where.get(name)));
    }
    return at + 1;
  };

  walk(match(blank, 0), secrets);
  return spans;
}
