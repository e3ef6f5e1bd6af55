import type {CommandSpec} from '../command.js';

/** The list of all commands. */
export function overview(commands: readonly CommandSpec[], tm: string): string {
  const width = Math.max(...commands.map((command) => command.name.length), 'help'.length);
  const line = (name: string, summary: string) => `  ${name.padEnd(width)}  ${summary}\n`;
  return (
    'cloudtm keeps a version of configuration and state after each terraform command\n' +
    'that changed the state. terraform itself works as always.\n\n' +
    `Usage: ${tm} COMMAND [FLAGS]\n\n` +
    commands.map((command) => line(command.name, command.summary)).join('') +
    line('help', 'List the commands; help COMMAND explains one') +
    '\nFlags are written with one dash or two. -chdir=DIR in front of the command works as for terraform.\n'
  );
}

/** One command with its flags. */
export function commandHelp(command: CommandSpec, tm: string): string {
  const flags = Object.entries(command.flags).map(([name, flag]): [string, string] => {
    const value = flag.value === undefined ? '' : ` ${flag.value}`;
    const alias = flag.alias === undefined ? '' : `, --${flag.alias}`;
    return [`--${name}${value}${alias}`, flag.summary];
  });
  const width = Math.max(...flags.map(([name]) => name.length));
  return (
    `${command.summary}.\n\nUsage:\n${command.usage.map((usage) => `  ${tm} ${usage}\n`).join('')}` +
    (command.more === undefined ? '' : `\n${command.more.join('\n')}\n`) +
    (flags.length === 0 ? '' : '\nFlags:\n') +
    flags.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}\n`).join('')
  );
}
