import {secretParts, type Secrets} from './operand.js';
import {secretsIn} from './sensitive.js';
import {isSensitive, rawState, type RawInstance, type RawResource, type RawState} from './state.js';

/** What stands in the place of a secret, in terraform's words. */
export const MASK = '(sensitive value)';

/**
 * A state with its secrets masked: sensitive attributes and outputs, and `private`, where providers keep what is not meant to
 * be read. The rest stays byte for byte, since writing parsed values anew would change numbers of more digits than a double's.
 *
 * @throws TypeError when the text is no state of format version 4: then it is not known what is secret.
 */
export function maskState(text: string): string {
  const parts: string[] = [];
  let written = 0;
  for (const [start, end] of spansOf(text, secretsInState(rawState(text)))) {
    parts.push(text.slice(written, start), JSON.stringify(MASK));
    written = end;
  }
  return [...parts, text.slice(written)].join('');
}

function secretsInState({outputs, resources}: RawState): Secrets {
  const valueOf = (output: Parameters<typeof isSensitive>[0]) =>
    isSensitive(output) ? new Map([['value', true]] as const) : undefined;
  const instancesOf = (resource: RawResource | null) =>
    new Map([['instances', secretParts(resource?.instances, instanceSecrets)]]);
  return new Map([
    ['outputs', secretParts(outputs, valueOf)],
    ['resources', secretParts(resources, instancesOf)],
  ]);
}

function instanceSecrets(instance: RawInstance | null): Secrets {
  const {attributes, attributes_flat: flat, sensitive_attributes: marks} = instance ?? {};
  const secrets = {
    attributes: secretsIn(attributes, marks),
    // Names of another form, to which the marks do not lead.
    attributes_flat: secretsIn(flat, marks) === undefined ? undefined : true,
    private: true,
  } as const;
  return secretParts<Secrets | undefined>(secrets, (each) => each);
}

/** Where in valid JSON the values stand that are all secret; begin and end. */
function spansOf(text: string, secrets: Secrets): [number, number][] {
  const spans: [number, number][] = [];
  const token = /["{}[\]]|[^\s,:{}[\]"]+/g;
  let start = 0;
  const next = (): string => {
    const [found = ''] = token.exec(text) ?? [];
    start = token.lastIndex - found.length;
    if (found === '"') token.lastIndex = endOfText(text, start);
    return found;
  };
  const walk = (open: string, where: Secrets | undefined): void => {
    const from = start;
    if (open === '{' || open === '[') {
      let found = next();
      for (let index = 0; found !== '}' && found !== ']'; index += 1, found = next()) {
        const name = open === '{' ? (JSON.parse(text.slice(start, token.lastIndex)) as string) : `${index}`;
        walk(open === '{' ? next() : found, where === true ? undefined : where?.get(name));
      }
    }
    if (where === true && open !== 'null') spans.push([from, token.lastIndex]);
  };
  walk(next(), secrets);
  return spans;
}

/** No pattern: one that repeats for each letter fails on texts of some megabytes. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before -= 1;
    if ((end - before) % 2 === 0) return end + 1;
  }
}
