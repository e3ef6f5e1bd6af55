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

/** Flags that several commands have. */
export const JSON_FLAG = {json: {summary: 'print the result as JSON'}};
export const PAGER_FLAG = {'no-pager': {summary: 'do not use a pager ($PAGER, or less)'}};
export const ALL_WORKSPACES_FLAG = {
  'all-workspaces': {summary: 'include every workspace, not only the selected one'},
};
export const AUTO_APPROVE_FLAG = {'auto-approve': {summary: 'do not ask for approval'}};

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

export interface LoadedGroup extends Pick<CommandSpec, 'name' | 'summary'> {
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
 * Read the words behind a command, its flags with one dash or two as terraform's are. What follows a flag with a value is
 * that value, whatever it begins with.
 *
 * @returns The values of each flag that was given, in their order; none for a flag that takes none.
 * @throws UserError for a flag the command does not have, a missing value, too many or too few words.
 */
export function readCommandLine(
  spec: CommandSpec,
  line: readonly string[],
): {flags: ReadonlyMap<string, readonly string[]>; words: readonly string[]} {
  const {name: command, usage, words: {least, most} = {least: 0, most: 0}} = spec;
  const known = new Map(
    Object.entries(spec.flags).flatMap(([name, flag]) =>
      [name, flag.alias ?? name].map((typed) => [typed, {name, flag}] as const),
    ),
  );
  const flags = new Map<string, string[]>();
  const words: string[] = [];
  const rest = [...line];
  let isTerminated = false;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, typed, inline] = isTerminated ? [] : (/^--?(.[^=]*)(?:=(.*))?$/s.exec(word) ?? []);
    if (word === '--' && !isTerminated) isTerminated = true;
    else if (typed === undefined) {
      if (words.push(word) > most)
        throw new UserError({kind: 'unexpected-argument', command, argument: word, usage});
    } else {
      const found = known.get(typed);
      if (found === undefined) {
        const near = nearest(typed, [...known.keys()]);
        const meant = near === undefined ? undefined : `-${near}`;
        throw new UserError({kind: 'unknown-flag', command, flag: `-${typed}`, nearest: meant, usage});
      }
      const {name, flag} = found;
      const value = inline ?? (flag.value === undefined ? undefined : rest.shift());
      if (flag.value !== undefined && !value)
        throw new UserError({kind: 'flag-needs-value', flag: `-${typed}`, usage});
      flags.set(name, [...(flags.get(name) ?? []), ...(value === undefined ? [] : [value])]);
    }
  }
  if (words.length < least) throw new UserError({kind: 'argument-missing', command, usage});
  return {flags, words};
}

/** The name that was most likely meant; undefined when none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0 || name === '') return undefined;
  const best = closest(name, [...names]);
  const shared = [...new Set(name)].filter((letter) => best.includes(letter)).length;
  return shared * 2 >= best.length || best.startsWith(name) ? best : undefined;
}
