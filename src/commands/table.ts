import {nearest, readCommandLine, type CommandGroup, type LoadedCommand} from '../cli/command.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {commandHelp, groupHelp, overview} from '../report/help.js';
import {MACHINE_COMMANDS} from './machine/table.js';

const JSON_FLAG = {json: {summary: 'the same as JSON'}};
const PAGER_FLAG = {'no-pager': {summary: 'write to the terminal itself, not through $PAGER or less'}};

/** The commands of `terraform tm`, in the order help lists them. Their code is loaded when they run. */
const COMMANDS: readonly (LoadedCommand | CommandGroup)[] = [
  {
    name: 'list',
    usage: ['list'],
    summary: 'Show the versions that were kept, newest first',
    flags: {'all-workspaces': {summary: 'of every workspace, not only the selected one'}, ...JSON_FLAG},
    load: async () => (await import('./list.js')).list,
  },
  {
    name: 'show',
    usage: ['show VERSION', 'show VERSION FILE', 'show VERSION -state'],
    summary: 'Show what is known of a version, one of its files, or its state',
    words: {least: 1, most: 2},
    flags: {
      state: {summary: 'the state as JSON, its sensitive values masked'},
      reveal: {summary: 'with -state: exactly as it was kept, secrets too'},
      ...PAGER_FLAG,
      json: {summary: 'what is known of the version, as JSON'},
    },
    load: async () => (await import('./show.js')).show,
  },
  {
    name: 'diff',
    usage: ['diff', 'diff VERSION', 'diff VERSION VERSION'],
    summary: 'Compare the current version, or another one, with what is there now, or two versions',
    words: {least: 0, most: 2},
    flags: {
      config: {summary: 'the configuration only; a patch for patch -p0'},
      state: {summary: 'resources and outputs only'},
      'detailed-exitcode': {summary: 'end with status 2 when anything differs, 0 when nothing does'},
      ...PAGER_FLAG,
      ...JSON_FLAG,
    },
    load: async () => (await import('./diff.js')).diff,
  },
  {
    name: 'log',
    usage: ['log', 'log -n COUNT'],
    summary: 'Show who ran what and when, and how it ended, newest first',
    flags: {
      n: {value: 'COUNT', summary: 'the newest of them only'},
      'all-workspaces': {summary: 'of every workspace, not only the selected one'},
      ...JSON_FLAG,
    },
    load: async () => (await import('./log.js')).log,
  },
  {
    name: 'blame',
    usage: ['blame ADDRESS'],
    summary: 'Show every version that touched a resource, also before it was moved',
    words: {least: 1, most: 1},
    flags: JSON_FLAG,
    load: async () => (await import('./blame.js')).blame,
  },
  {
    name: 'find',
    usage: ['find TEXT'],
    summary: 'Show which version last knew an id or a value, and how to adopt its resource',
    words: {least: 1, most: 1},
    flags: JSON_FLAG,
    load: async () => (await import('./find.js')).find,
  },
  {
    name: 'completion',
    usage: ['completion SHELL'],
    summary: 'Print the script that completes these commands in bash, zsh or fish',
    words: {least: 1, most: 1},
    more: [
      "Put one of these where your shell reads it, behind what sets up terraform's own completion:",
      '  bash  eval "$(terraform tm completion bash)"    in ~/.bashrc',
      '  zsh   eval "$(terraform tm completion zsh)"     in ~/.zshrc, behind compinit',
      '  fish  terraform tm completion fish | tee ~/.config/fish/completions/{terraform,cloudtm}.fish >/dev/null',
    ],
    flags: {},
    load: async () => (await import('./completion.js')).completion,
  },
  {
    name: 'snapshot',
    usage: ['snapshot', 'snapshot --note TEXT'],
    summary: 'Keep the configuration and the state as they are now',
    flags: {note: {value: 'TEXT', summary: 'why; tm list shows it'}, ...JSON_FLAG},
    load: async () => (await import('./snapshot.js')).snapshot,
  },
  {
    name: 'restore',
    usage: ['restore VERSION --config', 'restore VERSION --state', 'restore VERSION --to DIR'],
    summary: "Bring back a version's files or its state, without touching infrastructure",
    words: {least: 1, most: 1},
    flags: {
      config: {summary: 'the files, over the present ones, which are kept in a version first'},
      state: {summary: 'the state, over the present one, which is kept in a version first'},
      to: {value: 'DIR', summary: 'write the files to this new folder, and touch nothing else'},
      'auto-approve': {summary: 'do not ask'},
      force: {summary: 'with --state: also over a state of another lineage'},
    },
    load: async () => (await import('./restore.js')).restore,
  },
  {
    name: 'rollback',
    usage: [
      'rollback',
      'rollback --to VERSION',
      'rollback --to VERSION --in-place',
      'rollback --promote',
      'rollback --del',
    ],
    summary: 'Show the active rollback, deploy a version again on its own, or destroy that',
    flags: {
      to: {
        value: 'VERSION',
        summary: 'deploy this version in .cloudtm/rollback/; everything must be destroyed before',
      },
      delete: {alias: 'del', summary: 'destroy what the active rollback deployed, and end it'},
      'in-place': {summary: "plan and apply the version's configuration against what is deployed now"},
      plan: {summary: 'with --in-place: only show the plan, and leave nothing behind'},
      promote: {summary: 'make what the active rollback deployed the project: its files and its state'},
      'auto-approve': {summary: 'with --in-place or --promote: do not ask'},
      'destroy-imported': {
        summary: 'with --in-place: destroy what was imported since, instead of forgetting it',
      },
      'no-import': {summary: 'with --in-place: do not import again what was taken out of the state since'},
      'with-modules': {summary: 'with --in-place: also bring back modules outside of this folder'},
      'same-backend': {summary: "keep the rollback's state in the version's own backend, not in its folder"},
      var: {
        value: 'NAME=VALUE',
        summary: 'use this value, whatever the version was applied with; may be repeated',
      },
      'var-file': {value: 'FILE', summary: 'use the values in this file; may be repeated'},
      ...JSON_FLAG,
    },
    load: async () => (await import('./rollback.js')).rollback,
  },
  {
    name: 'machine',
    summary: 'Keep snapshots of the disks of machines: snapshot, list, show, delete, prune, cost, latest',
    commands: MACHINE_COMMANDS,
  },
  {
    name: 'doctor',
    usage: ['doctor'],
    summary: 'Check what usually goes wrong, and say how to mend it',
    flags: JSON_FLAG,
    load: async () => (await import('./doctor.js')).doctor,
  },
  {
    name: 'version',
    usage: ['version'],
    summary: 'Print the version of cloudtm and of the terraform it runs',
    flags: JSON_FLAG,
    load: async () => (await import('./version.js')).version,
  },
];

const HELP_FLAGS = ['-h', '-help', '--help'];
const VERSION_FLAGS = ['-v', '-version', '--version'];

/**
 * Run a command of `terraform tm`.
 *
 * @param tm How the user calls us: `terraform tm` or `cloudtm`.
 * @returns The exit status.
 * @throws UserError what the user is to be told.
 */
export async function runTm(
  context: Context,
  tm: string,
  {args, chdir}: {readonly args: readonly string[]; readonly chdir: string | undefined},
): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined || first === 'help' || HELP_FLAGS.includes(first)) {
    const about = first === 'help' ? rest.filter((word) => !word.startsWith('-')) : [];
    context.stdout.write(about.length === 0 ? overview(COMMANDS, tm) : helpOf(find(about).command, tm));
    return 0;
  }
  const {command, line} = find([VERSION_FLAGS.includes(first) ? 'version' : first, ...rest]);
  if ('commands' in command || line.some((word) => HELP_FLAGS.includes(word))) {
    context.stdout.write(helpOf(command, tm));
    return 0;
  }
  const {flags, words} = readCommandLine(command, line);
  const run = await command.load();
  return run({
    context,
    tm,
    chdir,
    commands: COMMANDS,
    words,
    has: (flag) => flags.has(flag),
    value: (flag) => flags.get(flag)?.at(-1),
    values: (flag) => flags.get(flag) ?? [],
  });
}

function helpOf(command: LoadedCommand | CommandGroup, tm: string): string {
  return 'commands' in command ? groupHelp(command, tm) : commandHelp(command, tm);
}

/** The command a line begins with and what follows its name; a group where it names none of its commands. */
function find([name = '', ...line]: readonly string[]): {
  command: LoadedCommand | CommandGroup;
  line: readonly string[];
} {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) throw unknown(name, [...COMMANDS.map((each) => each.name), 'help']);
  const [second] = line;
  if (!('commands' in command) || second === undefined || second === 'help' || second.startsWith('-'))
    return {command, line};
  const inner = command.commands.find((each) => each.name === `${name} ${second}`);
  if (inner === undefined)
    throw unknown(
      `${name} ${second}`,
      command.commands.map((each) => each.name),
    );
  return {command: inner, line: line.slice(1)};
}

function unknown(name: string, commands: readonly string[]): UserError {
  return new UserError({kind: 'unknown-command', name, nearest: nearest(name, commands), commands});
}
