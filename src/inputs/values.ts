import type {Context} from '../context.js';
import {UserError, type Purpose} from '../errors.js';
import type {RollbackEvent, RollbackQuestion} from '../events/rollback.js';
import type {Layout} from '../store/layout.js';
import type {Version} from '../store/read.js';
import type {GivenRecord} from '../store/rollback-record.js';
import {parseArguments, splitAssignment, withEnvironment, withoutFlags} from '../terraform/arguments.js';
import {matchesSaltedHash} from './salted-hash.js';

/** What to run terraform with so that it gets what the version was applied with. */
export interface ValuesRequest {
  readonly context: Context;
  readonly layout: Layout;
  readonly version: Version;
  /** Where the version's root module was copied to. */
  readonly folder: string;
  /** What the user insists on: `name=value`, and files, from the working folder on. */
  readonly given: {readonly vars: readonly string[]; readonly varFiles: readonly string[]};
  /** What the rollback was given when it began; to destroy it, it is given the same. */
  readonly before: GivenRecord;
  readonly purpose: Purpose;
  readonly say: (event: RollbackEvent) => void;
  /** Undefined where there is no terminal, or no answer. */
  readonly ask: (question: RollbackQuestion) => Promise<string | undefined>;
}

/** A value that is not kept, and how to recognise it. */
export interface Wanted {
  readonly name: string;
  /** Undefined for an ephemeral one, of which nothing is known. */
  readonly saltedHash: string | undefined;
  /** Whether it is the value this rollback was given, and not the version's. */
  readonly isOfRollback?: true;
}

/** The values of variables that are set now, and the environment to run terraform in with other ones. */
export interface PresentValues {
  /** By name, what terraform would take first first: `-var` in `TF_CLI_ARGS…`, then `TF_VAR_…`. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Without the flags in `TF_CLI_ARGS…` that give values or choose resources. */
  readonly env: NodeJS.ProcessEnv;
}

/** What a version's own inputs stand in for. */
const REPLACED = new Set(['var', 'var-file', 'target', 'exclude', 'replace']);

/**
 * Look what values of variables `terraform apply` or `destroy` would get now, and after those what the other commands
 * would: who keeps them in `TF_CLI_ARGS_apply` has them there when a rollback is destroyed, too.
 */
export async function presentValues(
  verb: 'apply' | 'destroy',
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<PresentValues> {
  const {join, split} = await import('shlex');
  const values = new Map<string, string[]>();
  const add = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value]);
  const addFlagsOf = async (of: string) => {
    const {flags} = parseArguments(await withEnvironment([], [of], env));
    for (const {name, value = ''} of flags.toReversed()) {
      const assignment = name === 'var' ? splitAssignment(value) : undefined;
      if (assignment !== undefined) add(assignment.name, assignment.value);
    }
  };
  await addFlagsOf(verb);
  for (const [key, value] of Object.entries(env)) {
    if (key.startsWith('TF_VAR_') && value !== undefined) add(key.slice('TF_VAR_'.length), value);
  }
  for (const other of ['apply', 'destroy', 'plan'].filter((each) => each !== verb)) await addFlagsOf(other);
  const own = {...env};
  for (const name of ['TF_CLI_ARGS', `TF_CLI_ARGS_${verb}`]) {
    try {
      const words = split(own[name] ?? '');
      const left = withoutFlags(words, REPLACED);
      if (left.length < words.length) own[name] = join(left);
    } catch {
      // An open quote: terraform says so itself.
    }
  }
  return {values, env: own};
}

/**
 * Find values that are not kept: where they are set now, or by asking, one after the other. Without an answer the error
 * names all that is missing.
 *
 * @param present What is set now, by name.
 * @returns Each value, and whether the user insists on it although it is not the one that is wanted.
 * @throws UserError `inputs-missing`.
 */
export async function findValues(
  request: ValuesRequest,
  wanted: readonly Wanted[],
  present: PresentValues['values'],
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
  const variables = missing().map(({name, saltedHash, isOfRollback}) => {
    if (isOfRollback === true) return {name, why: 'of-rollback'} as const;
    if (saltedHash === undefined) return {name, why: 'ephemeral'} as const;
    return {name, why: present.has(name) ? 'differs' : 'unset'} as const;
  });
  throw new UserError({kind: 'inputs-missing', version: version.name, purpose, variables});
}

interface Found {
  readonly value: string;
  readonly isOther: boolean;
}

async function askFor({version, ask}: ValuesRequest, wanted: Wanted): Promise<Found | undefined> {
  const {name, saltedHash} = wanted;
  const ephemeral = saltedHash === undefined;
  for (;;) {
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
