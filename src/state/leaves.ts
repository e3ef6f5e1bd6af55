import {isTyped, type Secrets} from './sensitive.js';

/** A text or a number in a state, and where it is. */
export interface Leaf {
  /** `tags.Name`, `ports[0]`. */
  readonly path: string;
  readonly value: string;
  readonly isSensitive: boolean;
}

/**
 * Visit every text and number below a value.
 *
 * @param secrets Where secrets lie in it, as `secretsIn` tells.
 */
export function visitLeaves(
  value: unknown,
  secrets: Secrets | undefined,
  visit: (leaf: Leaf) => void,
  path = '',
): void {
  const below = (name: string) => (secrets === true ? true : secrets?.get(name));
  if (typeof value === 'string' || typeof value === 'number')
    visit({path, value: String(value), isSensitive: secrets === true});
  else if (Array.isArray(value)) {
    value.forEach((element: unknown, at) => {
      visitLeaves(element, below(String(at)), visit, `${path}[${at}]`);
    });
  }
  // The box around a value whose type the schema leaves open is no step of a path.
  else if (isTyped(value)) visitLeaves(value.value, below('value'), visit, path);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value))
      visitLeaves(inner, below(name), visit, joined(path, name));
  }
}

function joined(path: string, name: string): string {
  if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
