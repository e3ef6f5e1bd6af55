import type {CommandSpec, LoadedGroup} from '../cli/command.js';
import bash from './completion/completion.bash';
import fish from './completion/completion.fish';
import zsh from './completion/completion.zsh';

/** The shells there is a completion for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a value is completed with, by the word that stands for it in the usage. */
const KINDS: Readonly<Record<string, string>> = {
  VERSION: 'version',
  FILE: 'file',
  SHELL: 'shell',
  COMMAND: 'command',
  PROVIDER: 'provider',
  SNAPSHOT: 'image',
};

/** Prints the tags in metadata as this program writes it, one a line; the same for every shell. */
const TAGS =
  '/^  "tags": \\[/ { on = 1; sub(/^  "tags": /, "") } ' +
  'on { rest = $0; while (match(rest, /"[^"\\\\]*"/)) { print substr(rest, RSTART + 1, RLENGTH - 2); rest = substr(rest, RSTART + RLENGTH) } } ' +
  '/\\]/ { on = 0 }';

/** A command, or a flag with the kind of its value. */
interface Item {
  readonly name: string;
  readonly summary: string;
  readonly kind?: string;
}

/** What follows a command: its flags, and words of a kind. One of a group is `machine/list` here, and typed as two words. */
interface Entry {
  readonly name: string;
  readonly kind: string;
  readonly items: readonly Item[];
}

/**
 * The completion script of a shell: it completes all that stands in the table without asking cloudtm.
 *
 * @param providers The names of those who run machines.
 */
export function completionScript(
  shell: Shell,
  commands: readonly (CommandSpec | LoadedGroup)[],
  providers: readonly string[],
): string {
  const help: CommandSpec = {name: 'help', usage: ['help COMMAND'], summary: 'Explain a command', flags: {}};
  const top = [...commands, help];
  const groups = commands.filter((each) => 'commands' in each).map(groupOf);
  const entries = top.flatMap((each) =>
    'commands' in each ? [{...groupOf(each), items: []}, ...each.commands.map(entryOf)] : [entryOf(each)],
  );
  const parts: Readonly<Record<string, string>> = {
    TAGS,
    SHELLS: SHELLS.join(' '),
    PROVIDERS: providers.join(' '),
    GROUPS: names(groups),
    ...partsOf(shell, top, groups, entries),
  };
  return {bash, zsh, fish}[shell].replace(/@([A-Z]+)@/g, (whole, name: string) => parts[name] ?? whole);
}

/** What goes into the script of one shell only. */
function partsOf(shell: Shell, top: readonly Item[], groups: readonly Entry[], entries: readonly Entry[]) {
  const values = entries.flatMap(({name, items}) =>
    items.flatMap((flag) => (flag.kind === undefined ? [] : [{path: [name, flag.name], kind: flag.kind}])),
  );
  const VALUES = lines(values, ({path, kind}) => `    ${path.join(':')}) kind=${quoted(kind)} ;;`);
  const table = (flags: (items: readonly Item[]) => string) =>
    lines(entries, ({name, items, kind}) => `    ${name}) flags=${flags(items)} kind=${quoted(kind)} ;;`);
  const parts = {
    bash: {
      COMMANDS: names(top),
      INNER: lines(groups, ({name, items}) => `    ${name}) candidates+=(${names(items)}) ;;`),
      TABLE: table((flags) => quoted(names(flags))),
      VALUES,
    },
    zsh: {
      COMMANDS: lines(top, (item) => `  ${zshItems([item])}`),
      INNER: lines(groups, ({name, items}) =>
        [`    ${name})`, `inner=(${zshItems(items)})`, '_describe -t commands command inner', ';;'].join(
          '\n      ',
        ),
      ),
      TABLE: table((flags) => `(${zshItems(flags)})`),
      VALUES,
    },
    fish: {
      TAGS: TAGS.replaceAll('\\', '\\\\'),
      COMMANDS: fishItems(top),
      INNER: fishCases(groups),
      FLAGS: fishCases(entries.filter(({items}) => items.length > 0)),
      VALUES: lines(
        [...values, ...entries.map(({name, kind}) => ({path: [name], kind})).filter(({kind}) => kind !== '')],
        ({path, kind}) => `        case '${path.join(' ')}'\n            echo '${kind}'`,
      ),
    },
  };
  return parts[shell];
}

function groupOf({name, commands}: LoadedGroup): Entry {
  const items = commands.map((each) => ({name: each.name.slice(name.length + 1), summary: each.summary}));
  return {name, kind: name, items};
}

/** A command with every flag under each of its names. */
function entryOf(command: CommandSpec): Entry {
  const items = Object.entries(command.flags).flatMap(([name, {alias, summary, value}]) => {
    const kind = value === undefined ? {} : {kind: KINDS[value] ?? ''};
    return [name, alias ?? []].flat().map((typed) => ({name: typed, summary, ...kind}));
  });
  return {name: command.name.replace(' ', '/'), kind: wordKind(command), items};
}

/** The kind of the words that are no flags, as the usage names them: `show VERSION`, `diff [VERSION [VERSION]]`. */
function wordKind({name, usage, flags}: CommandSpec): string {
  const kinds = usage.flatMap((line) => {
    const words = line.split(/[\s[\]|.]+/).slice(line.startsWith(name) ? 1 : 0);
    const isValue = (at: number) =>
      flags[/^--?(.*)/.exec(words[at - 1] ?? '')?.[1] ?? '']?.value !== undefined;
    return words.flatMap((word, at) => (isValue(at) ? [] : (KINDS[word] ?? [])));
  });
  return kinds[0] ?? '';
}

function lines<T>(things: readonly T[], line: (thing: T) => string): string {
  return things.map(line).join('\n');
}

function names(items: readonly {readonly name: string}[]): string {
  return items.map(({name}) => name).join(' ');
}

function zshItems(items: readonly Item[]): string {
  return items.map(({name, summary}) => quoted(`${name}:${summary}`)).join(' ');
}

function fishItems(items: readonly Item[]): string {
  return items.map(({name, summary}) => `${name} '${summary.replace(/[\\']/g, '\\$&')}'`).join(' ');
}

function fishCases(entries: readonly Entry[]): string {
  return lines(
    entries,
    ({name, items}) => `        case ${name}\n            printf '%s\\t%s\\n' ${fishItems(items)}`,
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
