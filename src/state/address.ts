import {distance} from 'fastest-levenshtein';

/** How many addresses are offered in place of an unknown one. */
const OFFERED = 5;

/**
 * An address as a state has it from one that was typed: in `web['a']` and `web[a]`, which is what a shell leaves of
 * `web["a"]`, the key gets its quotes.
 */
export function typedAddress(typed: string): string {
  return typed
    .trim()
    .replace(/\['([^'\]]*)'\]/g, (_, key: string) => `[${JSON.stringify(key)}]`)
    .replace(/\[([^"\]]*)\]/g, (whole, key: string) =>
      /^[0-9]+$/.test(key) ? whole : `[${JSON.stringify(key)}]`,
    );
}

/**
 * Whether `-target=TARGET` would take in the resource instance `address`: the same one, an instance of that resource, or
 * what lies in that module. A deposed object belongs to its instance.
 */
export function targets(target: string, address: string): boolean {
  if (!address.startsWith(target)) return false;
  const rest = address.slice(target.length);
  if (rest === '' || rest.startsWith(' (')) return true;
  if (rest.startsWith('[')) return true;
  // A dot ends a whole module only: `aws_instance` and `module` alone are no addresses.
  return rest.startsWith('.') && isModule(target);
}

/** The addresses that are most like this one, the nearest first. */
export function nearAddresses(target: string, known: Iterable<string>): string[] {
  const limit = Math.max(3, Math.ceil(target.length / 3));
  const name = target.split('.').at(-1) ?? target;
  return [...new Set(known)]
    .map((address) => ({
      address,
      // The right name in another module, or of another type, is nearer than its letters are.
      far: Math.min(
        distance(target, address),
        name !== '' && address.includes(`.${name}`) ? limit : Infinity,
      ),
    }))
    .filter(({far}) => far <= limit)
    .sort((a, b) => a.far - b.far || (a.address < b.address ? -1 : 1))
    .slice(0, OFFERED)
    .map(({address}) => address);
}

/** `module.a`, `module.a["x.y"].module.b[0]`. */
function isModule(target: string): boolean {
  return /^module\.[^.[\]]+(\[([0-9]+|"([^"\\]|\\.)*")\])?(\.module\.[^.[\]]+(\[([0-9]+|"([^"\\]|\\.)*")\])?)*$/.test(
    target,
  );
}
