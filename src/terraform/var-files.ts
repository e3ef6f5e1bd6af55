import {readHcl} from './hcl.js';
import {objects} from './variables.js';

/** The files with values that terraform reads by itself, of those in a root module, in the order it reads them. */
export function automaticVarFiles(names: readonly string[]): string[] {
  const first = ['terraform.tfvars', 'terraform.tfvars.json'].filter((name) => names.includes(name));
  const rest = names.filter((name) => /\.auto\.tfvars(\.json)?$/.test(name) && !/^\.|~$|^#.*#$/.test(name));
  return [...first, ...rest.sort((a, b) => (a < b ? -1 : 1))];
}

/**
 * Tell which variables a file with values assigns, and which value where that is plain to see: `"text"`, `5`, `true`,
 * and everything in a JSON file.
 *
 * @param name Decides between the two forms, as for terraform: `.json` or not.
 * @returns Values as text (see `valueText`), undefined for those that would have to be evaluated; nothing at all for a
 *   file that is not understood.
 */
export function scanAssignments(name: string, text: string): ReadonlyMap<string, string | undefined> {
  try {
    if (!name.endsWith('.json')) {
      return new Map([...readHcl(text).attributes].map(([variable, source]) => [variable, literal(source)]));
    }
    const values = objects(JSON.parse(text.replace(/^\uFEFF/, ''))).flatMap((body) => Object.entries(body));
    return new Map(values.map(([variable, value]) => [variable, valueText(value)]));
  } catch {
    return new Map();
  }
}

/**
 * A value as it would be given in `TF_VAR_x` or `-var`: a string is itself, all others are JSON.
 *
 * @param value Of JSON.
 */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function literal(source: string): string | undefined {
  if (/^(true|false|-?[0-9]+(\.[0-9]+)?)$/.test(source)) return source;
  if (!/^"(?:[^"\\$%]|\\.)*"$/.test(source)) return undefined;
  try {
    return JSON.parse(source) as string; // The escapes HCL knows are JSON's.
  } catch {
    return undefined;
  }
}
