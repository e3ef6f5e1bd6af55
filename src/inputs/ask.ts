import {matchesSaltedHash} from './salted-hash.js';
import {UserError} from '../errors.js';
import type {ValuesRequest, Wanted} from './request.js';

/** A value, and whether the user insists on it although it is not the one that is wanted. */
export interface Found {
  readonly value: string;
  readonly isOther: boolean;
}

/**
 * Find values that are not kept: where they are set now, or by asking, one after the other. Without an answer the error
 * names all that is missing.
 *
 * @param present What is set now, by name.
 * @throws UserError `inputs-missing`.
 */
export async function findValues(
  request: ValuesRequest,
  wanted: readonly Wanted[],
  present: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<Wanted, Found>> {
  const {version, purpose, say} = request;
  const found = new Map<Wanted, Found>();
  await Promise.all(
    wanted.map(async (each) => {
      for (const value of present.get(each.name) ?? [])
        if (!found.has(each) && (await matches(each, value))) found.set(each, {value, isOther: false});
    }),
  );
  const missing = () => wanted.filter((each) => !found.has(each));
  for (const each of missing()) {
    if (present.has(each.name)) say({type: 'input-differs', version: version.name, name: each.name});
    const answer = await askFor(request, each);
    if (answer === undefined) break;
    found.set(each, answer);
  }
  if (missing().length === 0) return found;
  const why = ({name, saltedHash, isOfRollback}: Wanted) => {
    if (isOfRollback === true) return 'of-rollback';
    if (saltedHash === undefined) return 'ephemeral';
    return present.has(name) ? 'differs' : 'unset';
  };
  const variables = missing().map((each) => ({name: each.name, why: why(each)}) as const);
  throw new UserError({kind: 'inputs-missing', version: version.name, purpose, variables});
}

async function askFor({version, ask}: ValuesRequest, wanted: Wanted): Promise<Found | undefined> {
  const {name, saltedHash} = wanted;
  for (;;) {
    const ephemeral = saltedHash === undefined;
    const value = await ask({type: 'value', version: version.name, name, ephemeral});
    if (value === undefined) return undefined;
    if (await matches(wanted, value)) return {value, isOther: false};
    const answer = await ask({type: 'use-other', version: version.name, name});
    if (answer === undefined) return undefined;
    if (/^y(es)?$/i.test(answer.trim())) return {value, isOther: true};
  }
}

/** Whether a value is the one that is wanted, as far as that can be told. */
async function matches({saltedHash}: Wanted, value: string): Promise<boolean> {
  return saltedHash === undefined || matchesSaltedHash(saltedHash, value);
}
