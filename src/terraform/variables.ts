import {readHcl} from './hcl.js';

/** A variable of a root module, as far as it must be known to keep its value. */
export interface Variable {
  readonly sensitive: boolean;
  readonly ephemeral: boolean;
  /** It has no default: without a value terraform asks for one. */
  readonly required: boolean;
}

/** The variables of a root module. */
export interface Declarations {
  readonly variables: ReadonlyMap<string, Variable>;
  /** Files that could not be understood. Then every variable counts as sensitive, and some may be missing. */
  readonly doubtful: readonly string[];
}

/** Whether terraform (or OpenTofu) reads a file of this name as configuration of its folder. */
export function isConfiguration(name: string): boolean {
  return /\.(tf|tofu)(\.json)?$/.test(name) && !/^\.|~$|^#.*#$/.test(name);
}

/**
 * Tell which variables the files of a root module declare. Pure, and careful in one direction: what is not certainly
 * harmless is sensitive. Of several blocks for one variable, as override files have them, the strictest counts.
 *
 * @param files Contents by name; undefined for one that could not be read.
 */
export function scanVariables(files: ReadonlyMap<string, string | undefined>): Declarations {
  const variables = new Map<string, Variable>();
  const doubtful: string[] = [];
  const declare = (name: string, found: Variable) => {
    const known = variables.get(name) ?? {sensitive: false, ephemeral: false, required: true};
    variables.set(name, {
      sensitive: known.sensitive || found.sensitive,
      ephemeral: known.ephemeral || found.ephemeral,
      required: known.required && found.required,
    });
  };
  for (const [file, text] of files) {
    try {
      if (text === undefined) throw new SyntaxError('not readable');
      if (file.endsWith('.json')) scanJson(file, text, declare);
      else scanNative(text, declare);
    } catch {
      // No HCL, more than the reader knows, or nested deeper than the stack.
      doubtful.push(file);
    }
  }
  if (doubtful.length === 0) return {variables, doubtful};
  const strict = [...variables].map(([name, variable]) => [name, {...variable, sensitive: true}] as const);
  return {variables: new Map(strict), doubtful};
}

type Declare = (name: string, variable: Variable) => void;

function scanNative(text: string, declare: Declare): void {
  for (const {type, labels, body} of readHcl(text).blocks) {
    if (type !== 'variable') continue;
    const [name] = labels;
    if (name === undefined || labels.length > 1) throw new SyntaxError('a variable without one name');
    declare(name, {
      sensitive: (body.attributes.get('sensitive') ?? 'false') !== 'false',
      ephemeral: (body.attributes.get('ephemeral') ?? 'false') !== 'false',
      required: !body.attributes.has('default'),
    });
  }
}

/** HCL's JSON form: wherever an object may stand, so may an array of objects. */
function scanJson(file: string, text: string, declare: Declare): void {
  // A name may be set twice there, which only override files make use of; JSON.parse sees the last one alone.
  if (/^(.*_)?override\.(tf|tofu)\.json$/.test(file) && /variable|\\u/.test(text))
    throw new SyntaxError('variables in an override file');
  const groups = parseObjects(text).flatMap((body) => objects(body.variable));
  for (const [name, value] of groups.flatMap((group) => Object.entries(group))) {
    if (name === '//') continue; // A comment.
    for (const body of objects(value)) {
      declare(name, {
        sensitive: (body.sensitive ?? false) !== false,
        ephemeral: (body.ephemeral ?? false) !== false,
        required: !('default' in body),
      });
    }
  }
}

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
    if (!name.endsWith('.json'))
      return new Map([...readHcl(text).attributes].map(([variable, source]) => [variable, literal(source)]));
    const values = parseObjects(text).flatMap((body) => Object.entries(body));
    return new Map(values.map(([variable, value]) => [variable, valueText(value)]));
  } catch {
    return new Map();
  }
}

/** A value of JSON as it would be given in `TF_VAR_x` or `-var`: a string is itself, all others are JSON. */
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

function parseObjects(text: string): Record<string, unknown>[] {
  return objects(JSON.parse(text.replace(/^\uFEFF/, '')));
}

/** @throws SyntaxError for what is neither an object, an array of them nor nothing. */
function objects(value: unknown): Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object') throw new SyntaxError('no object');
  return Array.isArray(value) ? value.flatMap(objects) : [value as Record<string, unknown>];
}
