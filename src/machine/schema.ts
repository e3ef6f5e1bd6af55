import * as v from 'valibot';

/** An object; `v.object` alone also accepts a list. */
export const RECORD = v.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Invalid type: Expected an object',
);

/** An object with these fields; others are ignored. */
export const recordOf = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(RECORD, v.object(entries));

/** A text that is not empty. */
export const TEXT = v.pipe(v.string(), v.nonEmpty('Invalid text: Expected it not to be empty'));

/** A number from 0 on. */
export const AMOUNT = v.pipe(v.number(), v.finite(), v.minValue(0));

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

/** What is wrong with data from outside, in one line: `machine.id: Invalid type: Expected string but received 5`. */
export function issueText([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}
