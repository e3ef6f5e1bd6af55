import {ProviderFailure} from '../provider.js';

/** Reading answers of programs field by field. Each of these throws `ProviderFailure` `unclear` that names the field. */
type Fields = Readonly<Record<string, unknown>>;

function wrong(field: string, kind: string): ProviderFailure {
  return new ProviderFailure('unclear', `the answer's ${field} is ${kind}`);
}

/** Like JSON's null, a missing field says that there is nothing to tell. */
function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** An object. Fields nobody asks for are let be. */
export function fieldsOf(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'no object');
  return value as Fields;
}

/** An object; empty where it is missing. */
export function optionalFields(value: unknown, field: string): Fields {
  return isMissing(value) ? {} : fieldsOf(value, field);
}

/** A text that is not empty. */
export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw wrong(field, 'no text');
  if (value === '') throw wrong(field, 'empty');
  return value;
}

/** A text; empty where it is missing. */
export function optionalText(value: unknown, field: string): string {
  if (isMissing(value)) return '';
  if (typeof value !== 'string') throw wrong(field, 'no text');
  return value;
}

/** A number from 0; undefined where it is missing. */
export function optionalNumber(value: unknown, field: string): number | undefined {
  if (isMissing(value)) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw wrong(field, 'no number from 0');
  return value;
}

/** A time in ISO 8601, with its zone: a time of day somewhere is no moment. */
export function time(value: unknown, field: string): string {
  const moment = text(value, field);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(moment))
    throw wrong(field, 'no time in ISO 8601 with its zone');
  if (Number.isNaN(Date.parse(moment))) throw wrong(field, 'no time');
  return moment;
}

/** A list, each of whose elements `read` reads; its second argument names the element. */
export function list<T>(value: unknown, field: string, read: (each: unknown, field: string) => T): T[] {
  if (!Array.isArray(value)) throw wrong(field, 'no list');
  return value.map((each: unknown, index) => read(each, `${field}[${index}]`));
}

/** A list; empty where it is missing. */
export function optionalList<T>(
  value: unknown,
  field: string,
  read: (each: unknown, field: string) => T,
): T[] {
  return isMissing(value) ? [] : list(value, field, read);
}
