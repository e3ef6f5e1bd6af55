import type {CommandSpec, LoadedGroup} from '../cli/command.js';

/** The list of all commands. */
export function overview(commands: readonly Named[], tm: string): string {
  const help = {name: 'help', summary: 'List the commands, or explain one: help COMMAND'};
  return (
    'cloudtm keeps a version of configuration and state after each terraform command\n' +
    'that changed the state. terraform itself works as usual.\n\n' +
    `Usage: ${tm} COMMAND [FLAGS]\n\n` +
    list([...commands, help]) +
    '\nFlags may be written with one dash or two. -chdir=DIR before the command works as in terraform.\n'
  );
}

/** The list of the commands of a group. */
export function groupHelp(group: LoadedGroup, tm: string): string {
  return `${group.summary}.\n\nUsage: ${tm} ${group.name} COMMAND [FLAGS]\n\n${list(group.commands)}`;
}

type Named = Pick<CommandSpec, 'name' | 'summary'>;

function list(commands: readonly Named[]): string {
  const width = Math.max(...commands.map(({name}) => name.length));
  return commands.map(({name, summary}) => `  ${name.padEnd(width)}  ${summary}\n`).join('');
}

/** One command with its flags. */
export function commandHelp(command: CommandSpec, tm: string): string {
  const flags = Object.entries(command.flags).map(([name, {value, alias, summary}]) => ({
    name: `-${name}${value === undefined ? '' : ` ${value}`}${alias === undefined ? '' : `, -${alias}`}`,
    summary,
  }));
  return (
    `${command.summary}.\n\nUsage:\n${command.usage.map((usage) => `  ${tm} ${usage}\n`).join('')}` +
    (command.more === undefined ? '' : `\n${command.more.join('\n')}\n`) +
    (flags.length === 0 ? '' : `\nFlags:\n${list(flags)}`)
  );
}
