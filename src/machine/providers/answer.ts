import * as v from 'valibot';
import {ProviderFailure} from '../provider.js';
import {AMOUNT, issueText} from '../schema.js';

/** A text; empty if it is missing or null. */
export const OPTIONAL_TEXT = v.nullish(v.string(), '');
/** In GB; undefined if it is missing or null. */
export const OPTIONAL_SIZE = v.pipe(
  v.nullish(AMOUNT),
  v.transform((size) => size ?? undefined),
);
/** A time in ISO 8601 with its zone, without which it could be any moment of a day. */
export const TIME = v.pipe(
  v.string(),
  v.regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/,
    'Invalid time: Expected ISO 8601 with its zone',
  ),
  v.check((time) => !Number.isNaN(Date.parse(time)), 'Invalid time: Expected a date that exists'),
);

/**
 * What a provider's program printed, as the data it should be. Fields that are not in the schema are ignored; no output
 * is undefined.
 *
 * @throws ProviderFailure `unclear` that names what is wrong.
 */
export function readAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  program: string,
  output: string,
): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = output.trim() === '' ? undefined : JSON.parse(output);
  } catch (cause) {
    throw new ProviderFailure('unclear', `${program} did not answer in JSON`, {cause});
  }
  const read = v.safeParse(schema, value);
  if (read.success) return read.output;
  throw new ProviderFailure('unclear', `${program} gave an unexpected answer: ${issueText(read.issues)}`);
}

/** An order: what started last comes first. */
export function latestFirst(a: {readonly startedAt: string}, b: {readonly startedAt: string}): number {
  return Date.parse(b.startedAt) - Date.parse(a.startedAt);
}
