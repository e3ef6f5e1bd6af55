import {isTyped, type Secrets} from './sensitive.js';

/** A JSON value on one side of a comparison, with what is secret in it. */
export interface Operand {
  readonly value: unknown;
  readonly secrets: Secrets | undefined;
}

/** No value. */
export const NOTHING: Operand = {value: undefined, secrets: undefined};

/** Both sides without the type that is kept beside a value of any type, unless it is the type that changed. */
export function withoutTypes(before: Operand, after: Operand): [Operand, Operand] {
  const sides = [before, after].filter(({value}) => !isUnset(value));
  const types = sides.map(({value}) => (isTyped(value) ? JSON.stringify(value.type) : undefined));
  const values = sides.map(({value}) => (isTyped(value) ? JSON.stringify(value.value) : undefined));
  if (types.includes(undefined)) return [before, after];
  if (types.length === 2 && types[0] !== types[1] && values[0] === values[1]) return [before, after];
  const bare = (side: Operand) => (isTyped(side.value) ? part(side, 'value') : side);
  return [bare(before), bare(after)];
}

/** What stands under a name, or an index as text; nothing where there is none. */
export function part({value, secrets}: Operand, name: string): Operand {
  const inside =
    isContainer(value) && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  return {value: inside, secrets: secrets === undefined || secrets === true ? secrets : secrets.get(name)};
}

export function partAt(side: Operand, index: number | undefined): Operand {
  return index === undefined ? NOTHING : part(side, String(index));
}

/** The names and indexes of all sides, in their order, each once. */
export function namesOf(...sides: readonly Operand[]): string[] {
  return [...new Set(sides.flatMap(({value}) => (isContainer(value) ? Object.keys(value) : [])))].sort();
}

/** Terraform takes null for not set. */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null;
}

export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function isObject(value: unknown): boolean {
  return isContainer(value) && !Array.isArray(value);
}

export function isEmpty(value: unknown): boolean {
  return isContainer(value) && Object.keys(value).length === 0;
}
