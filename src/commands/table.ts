import {
  nearest,
  readCommandLine,
  type CommandGroup,
  type LoadedCommand,
  type LoadedGroup,
  type Loader,
} from '../cli/command.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {reportRun} from '../report/report-run.js';
import {commandHelp, groupHelp, overview} from '../report/help.js';
import {MACHINE_COMMANDS} from './machine/table.js';

/** The commands of `terraform tm`, in the order in which help lists them. The code of each is loaded when it runs. */
const COMMANDS = new Map<string, Loader | CommandGroup>([
  ['list', async () => (await import('./list.js')).list],
  ['show', async () => (await import('./show.js')).show],
  ['diff', async () => (await import('./diff.js')).diff],
  ['log', async () => (await import('./log.js')).log],
  ['blame', async () => (await import('./blame.js')).blame],
  ['find', async () => (await import('./find.js')).find],
  ['completion', async () => (await import('./completion.js')).completion],
  ['snapshot', async () => (await import('./snapshot.js')).snapshot],
  ['restore', async () => (await import('./restore.js')).restore],
  ['rollback', async () => (await import('./rollback.js')).rollback],
  ['machine', MACHINE_COMMANDS],
  ['doctor', async () => (await import('./doctor.js')).doctor],
  ['version', async () => (await import('./version.js')).version],
]);

const HELP_FLAGS = ['-h', '-help', '--help'];
const VERSION_FLAGS = ['-v', '-version', '--version'];

/**
 * Run a command of `terraform tm`.
 *
 * @param tm How the user calls us: `terraform tm` or `cloudtm`.
 * @returns The exit status.
 * @throws UserError what the user has to know.
 */
export async function runTm(
  context: Context,
  tm: string,
  {args, chdir}: {readonly args: readonly string[]; readonly chdir: string | undefined},
): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined || first === 'help' || HELP_FLAGS.includes(first)) {
    const about = first === 'help' ? rest.filter((word) => !word.startsWith('-')) : [];
    const text =
      about.length === 0 ? overview(await allCommands(), tm) : helpOf((await find(about)).command, tm);
    context.stdout.write(text);
    return 0;
  }
  const {command, line} = await find([VERSION_FLAGS.includes(first) ? 'version' : first, ...rest]);
  if ('commands' in command || line.some((word) => HELP_FLAGS.includes(word))) {
    context.stdout.write(helpOf(command, tm));
    return 0;
  }
  const {flags, words} = readCommandLine(command, line);
  return command.run({
    context,
    tm,
    colour: wantsColour(context),
    report: reportRun(context.stderr, false, tm),
    chdir,
    allCommands,
    words,
    has: (flag) => flags.has(flag),
    value: (flag) => flags.get(flag)?.at(-1),
    values: (flag) => flags.get(flag) ?? [],
  });
}

function wantsColour({stdout, env}: Context): boolean {
  return stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
}

function helpOf(command: LoadedCommand | LoadedGroup, tm: string): string {
  return 'commands' in command ? groupHelp(command, tm) : commandHelp(command, tm);
}

/** The command a line begins with, and what follows its name; a group where the line names none of its commands. */
async function find([name = '', ...line]: readonly string[]): Promise<{
  command: LoadedCommand | LoadedGroup;
  line: readonly string[];
}> {
  const entry = COMMANDS.get(name);
  if (entry === undefined) throw unknown(name, [...COMMANDS.keys(), 'help']);
  const [second] = line;
  if (typeof entry === 'function' || second === undefined || second === 'help' || second.startsWith('-'))
    return {command: await load([name, entry]), line};
  const inner = `${name} ${second}`;
  const loader = entry.commands.get(inner);
  if (loader === undefined) throw unknown(inner, [...entry.commands.keys()]);
  return {command: await load([inner, loader]), line: line.slice(1)};
}

async function allCommands(): Promise<readonly (LoadedCommand | LoadedGroup)[]> {
  return Promise.all([...COMMANDS].map(load));
}

async function load([name, entry]: [string, Loader | CommandGroup]): Promise<LoadedCommand | LoadedGroup> {
  if (typeof entry === 'function') return {name, ...(await entry())};
  const commands = [...entry.commands].map(async ([inner, loader]) => ({name: inner, ...(await loader())}));
  return {name, summary: entry.summary, commands: await Promise.all(commands)};
}

function unknown(name: string, commands: readonly string[]): UserError {
  return new UserError({kind: 'unknown-command', name, nearest: nearest(name, commands), commands});
}
