import {matchesSaltedHash} from './salted-hash.js';
import {UserError} from '../errors.js';
import type {ValuesRequest, Wanted} from './request.js';

/** A value, and whether the user insists on it though it is not the one of then. */
export interface Found {
  readonly value: string;
  readonly isOther: boolean;
}

/**
 * Find values that are not kept: where they are set now, or by asking, one after the other. Whoever does not answer is told
 * all that is missing.
 *
 * @param present What is set now, by name.
 * @throws UserError `inputs-missing`.
 */
export async function findValues(
  request: ValuesRequest,
  wanted: readonly Wanted[],
  present: ReadonlyMap<string, readonly string[]>,
): Promise<readonly Found[]> {
  const {version, purpose, say} = request;
  const values = await Promise.all(wanted.map((each) => presentValue(each, present.get(each.name) ?? [])));
  for (const [index, each] of wanted.entries()) {
    if (values[index] !== undefined) continue;
    if (present.has(each.name)) say({type: 'input-differs', version: version.name, name: each.name});
    values[index] = await askFor(request, each);
    if (values[index] === undefined) break;
  }
  const missing = wanted.filter((_, index) => values[index] === undefined);
  if (missing.length === 0) return values.filter((value) => value !== undefined);
  const why = ({name, fingerprint, isOfRollback}: Wanted) => {
    if (isOfRollback === true) return 'of-rollback';
    if (fingerprint === undefined) return 'ephemeral';
    return present.has(name) ? 'differs' : 'unset';
  };
  const variables = missing.map((each) => ({name: each.name, why: why(each)}) as const);
  throw new UserError({kind: 'inputs-missing', version: version.name, purpose, variables});
}

async function askFor(
  {version, ask}: ValuesRequest,
  {name, fingerprint}: Wanted,
): Promise<Found | undefined> {
  for (;;) {
    const ephemeral = fingerprint === undefined;
    const typed = await ask({type: 'value', version: version.name, name, ephemeral});
    if (typed === undefined) return undefined;
    const isOther = fingerprint !== undefined && !(await matchesSaltedHash(fingerprint, typed));
    if (!isOther) return {value: typed, isOther};
    const answer = await ask({type: 'use-other', version: version.name, name});
    if (answer === undefined) return undefined;
    if (/^y(es)?$/i.test(answer.trim())) return {value: typed, isOther};
  }
}

/** The value that is set now, if it is the one of then. */
async function presentValue({fingerprint}: Wanted, present: readonly string[]): Promise<Found | undefined> {
  const same = await Promise.all(
    present.map(async (value) => fingerprint === undefined || (await matchesSaltedHash(fingerprint, value))),
  );
  const value = present[same.indexOf(true)];
  return value === undefined ? undefined : {value, isOther: false};
}
