import {statSync} from 'node:fs';
import {resolve} from 'node:path';
import type {Context} from '../context.js';
import {saltedHash, matchesSaltedHash} from './salted-hash.js';
import {UserError} from '../errors.js';
import {readIfRegular} from '../regular-file.js';
import type {GivenRecord} from '../store/rollback-record.js';
import {assignedIn} from '../project/root-module.js';
import {splitAssignment} from '../terraform/arguments.js';
import type {Declarations} from '../terraform/variables.js';
import type {ValuesRequest} from './values.js';

/** What a rollback runs with in place of the version's own values. */
export interface OtherValues {
  readonly vars: readonly {readonly name: string; readonly value: string}[];
  /** Absolute paths. */
  readonly varFiles: readonly string[];
}

/**
 * Refuse what terraform would refuse only when the rollback has begun. A value itself is not repeated: it may be secret.
 *
 * @throws UserError `given-unusable`.
 */
export function refuseUnusable({vars, varFiles}: ValuesRequest['given']): void {
  const wrong = vars.find((assignment) => splitAssignment(assignment) === undefined);
  const [given = ''] = wrong?.split('=', 1) ?? [];
  if (wrong !== undefined)
    throw new UserError({kind: 'given-unusable', flag: 'var', given, reason: 'it is not NAME=VALUE'});
  for (const given of varFiles) {
    const stats = statSync(given, {throwIfNoEntry: false});
    const reason = stats === undefined ? 'there is no such file' : 'it is a folder';
    if (stats === undefined || stats.isDirectory())
      throw new UserError({kind: 'given-unusable', flag: 'var-file', given, reason});
  }
}

/**
 * Refuse values for variables that the version certainly does not have: terraform would, when the rollback has begun.
 *
 * @throws UserError `given-unusable`.
 */
export function refuseUndeclared({given, version}: ValuesRequest, {variables, doubtful}: Declarations): void {
  const names = given.vars.flatMap((assignment) => splitAssignment(assignment)?.name ?? []);
  const unknown = doubtful.length > 0 ? undefined : names.find((name) => !variables.has(name));
  if (unknown === undefined) return;
  const reason = `${version.name} declares no such variable`;
  throw new UserError({kind: 'given-unusable', flag: 'var', given: unknown, reason});
}

/**
 * Note what a rollback is given, so that it is destroyed with the same: with another region or account terraform would
 * find none of the resources, and forget them.
 */
export async function noteGiven({vars, varFiles}: OtherValues): Promise<GivenRecord> {
  const last = new Map(vars.map(({name, value}) => [name, value]));
  const noteValue = async (name: string, value: string) => ({name, fingerprint: await saltedHash(value)});
  const noteFile = async (path: string) => ({
    path,
    fingerprint: await saltedHash(readIfRegular(path)?.toString() ?? ''),
  });
  return {
    vars: await Promise.all([...last].map((each) => noteValue(...each))),
    varFiles: await Promise.all(varFiles.map(noteFile)),
  };
}

/**
 * Find the files again that the rollback was given when it began.
 *
 * @returns Their paths; of those that changed or are gone none, if as many others are given now.
 * @throws UserError `var-files-missing`.
 */
export async function filesGivenBefore(request: ValuesRequest): Promise<string[]> {
  const {version, purpose, before, given} = request;
  const files = await Promise.all(
    before.varFiles.map(async ({path, fingerprint: known}) => {
      const content = readIfRegular(path)?.toString();
      return {path, isSame: content !== undefined && (await matchesSaltedHash(known, content))};
    }),
  );
  const missing = files.filter(({isSame}) => !isSame);
  if (missing.length > given.varFiles.length) {
    const reason = 'given to this rollback, and changed or gone since';
    const lost = missing.map(({path}) => ({path, reason}));
    throw new UserError({kind: 'var-files-missing', version: version.name, purpose, files: lost});
  }
  return files.filter(({isSame}) => isSame).map(({path}) => path);
}

/** The words for what the user insists on. */
export function givenArguments({cwd}: Context, {vars, varFiles}: ValuesRequest['given']): string[] {
  return [
    ...varFiles.map((path) => `-var-file=${resolve(cwd, path)}`),
    ...vars.map((assignment) => `-var=${assignment}`),
  ];
}

/** The names of variables that the user insists on, as far as the files can be read without disturbing a pipe. */
export function namesGiven({context, given}: ValuesRequest): ReadonlySet<string> {
  return new Set([
    ...assignedIn(given.varFiles.map((path) => resolve(context.cwd, path))).keys(),
    ...given.vars.flatMap((assignment) => splitAssignment(assignment)?.name ?? []),
  ]);
}
