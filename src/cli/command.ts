import {parseArgs} from 'node:util';
import {closest} from 'fastest-levenshtein';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import type {Report} from '../events/run.js';

/** One `tm` command as help shows it and as its command line is read. */
export interface CommandSpec {
  readonly name: string;
  /** How it is called, without the program: `rollback -to VERSION`. */
  readonly usage: readonly string[];
  readonly summary: string;
  /** How many words it takes that are not flags; none where this is missing. */
  readonly words?: {readonly least: number; readonly most: number};
  /** Lines that help shows after the usage. */
  readonly more?: readonly string[];
  /** Flags by name; `value` names what follows, `alias` is another spelling. */
  readonly flags: Readonly<Record<string, FlagSpec>>;
}

/** What the file of a command exports. The table of commands gives it its name. */
export interface Command extends Omit<CommandSpec, 'name'> {
  /** Runs the command; returns its exit status. */
  readonly run: (call: Call) => Promise<number>;
}

/** Loads the code of one command. */
export type Loader = () => Promise<Command>;

/** Commands whose names begin with the same word, by their whole names: `machine list`, `machine show`. */
export interface CommandGroup {
  readonly summary: string;
  readonly commands: ReadonlyMap<string, Loader>;
}

/** A command whose code has been loaded. */
export interface LoadedCommand extends Command, CommandSpec {}

export interface LoadedGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly LoadedCommand[];
}

export interface FlagSpec {
  readonly value?: string;
  readonly alias?: string;
  readonly summary: string;
}

/** A command line that has been read and found right. */
export interface Call {
  readonly context: Context;
  /** What the user types in front of a command: `terraform tm` or `cloudtm`. */
  readonly tm: string;
  /** Whether what goes to stdout may have colours (see no-color.org). */
  readonly colour: boolean;
  /** Tells the user what is found of commands that were killed. */
  readonly report: Report;
  /** The folder of `-chdir`, as typed. */
  readonly chdir: string | undefined;
  /** Loads every command. */
  readonly allCommands: () => Promise<readonly (LoadedCommand | LoadedGroup)[]>;
  /** The words that are not flags, as many as the command takes. */
  readonly words: readonly string[];
  readonly has: (flag: string) => boolean;
  /** The last one given. */
  readonly value: (flag: string) => string | undefined;
  /** All that were given, in their order. */
  readonly values: (flag: string) => readonly string[];
}

/**
 * Read the words behind a command, its flags with one dash or two as terraform's are.
 *
 * @returns The values of each flag that was given, in their order; none for a flag that takes none.
 * @throws UserError for a flag the command does not have, a missing value, too many or too few words.
 */
export function readCommandLine(
  spec: CommandSpec,
  line: readonly string[],
): {flags: ReadonlyMap<string, readonly string[]>; words: readonly string[]} {
  const {least, most} = spec.words ?? {least: 0, most: 0};
  const words: string[] = [];
  const names = new Map<string, [string, FlagSpec]>();
  for (const [name, flag] of Object.entries(spec.flags)) {
    names.set(name, [name, flag]);
    if (flag.alias !== undefined) names.set(flag.alias, [name, flag]);
  }
  const {tokens} = parseArgs({
    args: withTwoDashes(line, (name) => names.get(name)?.[1].value !== undefined),
    options: Object.fromEntries(
      [...names].map(([name, [, flag]]) => [
        name,
        {type: flag.value === undefined ? 'boolean' : 'string'} as const,
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const found = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (words.push(token.value) <= most) continue;
      throw new UserError({
        kind: 'unexpected-argument',
        command: spec.name,
        argument: token.value,
        usage: spec.usage,
      });
    }
    const known = names.get(token.name);
    if (known === undefined) throw unknownFlag(spec, token.name, [...names.keys()]);
    const [name, flag] = known;
    if (flag.value !== undefined && !token.value) {
      throw new UserError({kind: 'flag-needs-value', flag: `-${token.name}`, usage: spec.usage});
    }
    const values = found.get(name) ?? [];
    found.set(name, token.value === undefined ? values : [...values, token.value]);
  }
  if (words.length < least)
    throw new UserError({kind: 'argument-missing', command: spec.name, usage: spec.usage});
  return {flags: found, words};
}

/** The name that was most likely meant; undefined when none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0 || name === '') return undefined;
  const best = closest(name, [...names]);
  const shared = [...new Set(name)].filter((letter) => best.includes(letter)).length;
  return shared * 2 >= best.length || best.startsWith(name) ? best : undefined;
}

/** `-to -1` becomes `--to=-1`: one dash is as good as two, and what follows a flag with a value is that value. */
function withTwoDashes(words: readonly string[], takesValue: (name: string) => boolean): string[] {
  const read: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return [...read, ...words.slice(at)];
    const name = /^--?([^-=][^=]*)$/.exec(word)?.[1];
    const value = words[at + 1];
    if (name !== undefined && takesValue(name) && value !== undefined) {
      read.push(`--${name}=${value}`);
      at += 1;
    } else read.push(/^-[^-]/.test(word) ? `-${word}` : word);
  }
  return read;
}

function unknownFlag(spec: CommandSpec, name: string, names: readonly string[]): UserError {
  const near = nearest(name, names);
  return new UserError({
    kind: 'unknown-flag',
    command: spec.name,
    flag: `-${name}`,
    nearest: near === undefined ? undefined : `-${near}`,
    usage: spec.usage,
  });
}
