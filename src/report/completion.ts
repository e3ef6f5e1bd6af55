import type {CommandSpec, FlagSpec, LoadedGroup} from '../cli/command.js';
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

/** A command as the scripts look it up: one of a group is `machine/list` there, and typed as two words. */
interface Entry extends CommandSpec {
  /** The kind of the words that are no flags; empty where there are none. */
  readonly kind: string;
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
  const all = top.flatMap(entriesOf);
  const groups = commands.filter((each) => 'commands' in each);
  const inner = (group: LoadedGroup) =>
    group.commands.map(({name, summary}) => ({name: name.slice(group.name.length + 1), summary}));
  const shared = {
    TAGS,
    SHELLS: SHELLS.join(' '),
    PROVIDERS: providers.join(' '),
    GROUPS: groups.map(({name}) => name).join(' '),
  };
  switch (shell) {
    case 'bash':
      return fill(bash, {
        ...shared,
        COMMANDS: top.map(({name}) => name).join(' '),
        INNER: lines(
          groups,
          (group) =>
            `    ${group.name}) candidates+=(${inner(group)
              .map(({name}) => name)
              .join(' ')}) ;;`,
        ),
        TABLE: lines(all, (command) => {
          const names = flagsOf(command).map(([name]) => name);
          return `    ${command.name}) flags=${quoted(names.join(' '))} kind=${quoted(command.kind)} ;;`;
        }),
        VALUES: lines(
          all.flatMap(values),
          ([command, flag, kind]) => `    ${command}:${flag}) kind=${quoted(kind)} ;;`,
        ),
      });
    case 'zsh':
      return fill(zsh, {
        ...shared,
        COMMANDS: lines(top, ({name, summary}) => `  ${quoted(`${name}:${summary}`)}`),
        INNER: lines(groups, (group) => {
          const names = inner(group).map(({name, summary}) => quoted(`${name}:${summary}`));
          return `    ${group.name})\n      inner=(${names.join(' ')})\n      _describe -t commands command inner\n      ;;`;
        }),
        TABLE: lines(all, (command) => {
          const flags = flagsOf(command).map(([name, {summary}]) => quoted(`${name}:${summary}`));
          return `    ${command.name}) flags=(${flags.join(' ')}) kind=${quoted(command.kind)} ;;`;
        }),
        VALUES: lines(
          all.flatMap(values),
          ([command, flag, kind]) => `    ${command}:${flag}) kind=${quoted(kind)} ;;`,
        ),
      });
    case 'fish':
      return fill(fish, {
        ...shared,
        TAGS: TAGS.replaceAll('\\', '\\\\'),
        COMMANDS: top.map(({name, summary}) => `${name} ${fishQuoted(summary)}`).join(' '),
        INNER: lines(groups, (group) => {
          const names = inner(group).map(({name, summary}) => `${name} ${fishQuoted(summary)}`);
          return `        case ${group.name}\n            printf '%s\\t%s\\n' ${names.join(' ')}`;
        }),
        FLAGS: lines(
          all.filter((command) => flagsOf(command).length > 0),
          (command) => {
            const flags = flagsOf(command).map(([name, {summary}]) => `${name} ${fishQuoted(summary)}`);
            return `        case ${command.name}\n            printf '%s\\t%s\\n' ${flags.join(' ')}`;
          },
        ),
        VALUES: lines(
          [
            ...all.flatMap(values).map(([command, flag, kind]) => [`${command} ${flag}`, kind] as const),
            ...all.filter(({kind}) => kind !== '').map(({name, kind}) => [name, kind] as const),
          ],
          ([what, kind]) => `        case '${what}'\n            echo '${kind}'`,
        ),
      });
  }
}

function entriesOf(command: CommandSpec | LoadedGroup): Entry[] {
  if (!('commands' in command)) return [{...command, kind: wordKind(command)}];
  const {name, summary, commands} = command;
  return [
    {name, summary, usage: [], flags: {}, kind: name},
    ...commands.map((each) => ({...each, name: each.name.replace(' ', '/'), kind: wordKind(each)})),
  ];
}

/** Every flag under each of its names. */
function flagsOf({flags}: CommandSpec): [string, FlagSpec][] {
  return Object.entries(flags).flatMap(([name, flag]): [string, FlagSpec][] =>
    flag.alias === undefined
      ? [[name, flag]]
      : [
          [name, flag],
          [flag.alias, flag],
        ],
  );
}

/** The flags that take a value: command, flag, kind of the value. */
function values(command: CommandSpec): [string, string, string][] {
  return flagsOf(command).flatMap(([name, {value}]): [string, string, string][] =>
    value === undefined ? [] : [[command.name, name, KINDS[value] ?? '']],
  );
}

/** The kind of the words that are no flags, as the usage names them: `show VERSION`, `diff [VERSION [VERSION]]`. */
function wordKind({name, usage, flags}: CommandSpec): string {
  for (const line of usage) {
    const words = line.split(/[\s[\]|.]+/).slice(line.startsWith(name) ? 1 : 0);
    const kinds = words.flatMap((word, at) => {
      const before = words[at - 1] ?? '';
      const isValue = before.startsWith('-') && flags[before.replace(/^--?/, '')]?.value !== undefined;
      return isValue ? [] : (KINDS[word] ?? []);
    });
    if (kinds[0] !== undefined) return kinds[0];
  }
  return '';
}

function fill(script: string, parts: Readonly<Record<string, string>>): string {
  return script.replace(/@([A-Z]+)@/g, (whole, name: string) => parts[name] ?? whole);
}

function lines<T>(things: readonly T[], line: (thing: T) => string): string {
  return things.map(line).join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
