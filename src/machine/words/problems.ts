import {quote as shellQuote} from 'shlex';
import {plain, quote, systemWords} from '../../report/format.js';
import type {MachineProblem} from '../problems.js';

/** What users call a provider. */
const NAMES: Readonly<Record<string, string>> = {digitalocean: 'DigitalOcean', aws: 'AWS'};

const WANTED = {
  age: 'a number above 0 with m, h, d or w (minutes, hours, days, weeks), such as 30d',
  minutes: 'minutes, above 0 and at most a week',
  'on-failure': 'stop or continue',
};

const CHANGE = 'If the module sets it, change it there, run terraform apply, and then terraform destroy.';
const WITHOUT = 'To destroy without it: CLOUDTM_ON_FAILURE=continue terraform destroy';

/** A problem of one kind. */
type Of<Kind extends MachineProblem['kind']> = Extract<MachineProblem, {kind: Kind}>;

/** One message for a problem with machines: what happened, and what to do; without the leading `cloudtm: `. */
export function describeMachineProblem(problem: MachineProblem, tm: string): string {
  const describe = WORDS[problem.kind] as (problem: MachineProblem, tm: string) => string;
  return describe(problem, tm);
}

const WORDS: {readonly [Kind in MachineProblem['kind']]: (problem: Of<Kind>, tm: string) => string} = {
  'provider-unknown': ({name, known}) =>
    `there is no machine provider ${quote(name)}. Available: ${known.join(', ')}.`,
  'settings-unusable': ({path, reason}) =>
    `${plain(path)} cannot be used: ${plain(reason)}. Fix or remove it.`,
  'provider-program-missing': programMissing,
  'provider-unauthenticated': ({provider, words, login}) =>
    `${nameOf(provider)} rejected your credentials: ${plain(words)}\n` +
    (login.length === 0 ? 'Log in there' : `Log in with: ${line(login)}`) +
    '\nIf a token or key is set in the environment, renew it.',
  'provider-forbidden': ({provider, words}) =>
    `${nameOf(provider)} denied access: ${plain(words)}\nUse a login or a token with write access.`,
  'machine-not-found': ({noun, machine, words}) =>
    `there is no ${noun} ${plain(machine)}, so no disk snapshot of it can be taken: ${plain(words)}\n` +
    'You may be logged in to another account. If it is gone for good, remove its snapshot_on_destroy from the state (terraform state rm ADDRESS),\n' +
    'or destroy without a disk snapshot of any machine: CLOUDTM_ON_FAILURE=continue terraform destroy',
  'provider-refused': ({provider, words}) =>
    `${nameOf(provider)} refused: ${plain(words)}\nFix this, then run the same command again.`,
  'bad-name': ({name, rule}) =>
    `a disk snapshot cannot be named ${quote(name)}: a name has ${rule}.\n${CHANGE}`,
  'name-taken': ({provider, name}) =>
    `${nameOf(provider)} already has a disk snapshot named ${quote(name)}. Choose another name, or leave it empty for one with the time in it.\n${CHANGE}`,
  'disk-snapshot-failed': ({noun, machine, words, action, look}) =>
    `the disk snapshot of ${noun} ${plain(machine)} failed${words === '' ? '' : `: ${plain(words)}`}. ` +
    `Action ID: ${plain(action)}${lookText(look)}\nNothing was destroyed; run the same command again to take another one.`,
  'timed-out': timedOut,
  interrupted,
  'logs-unwritable': ({path, code}) =>
    `logs cannot be written to ${plain(path)} (${systemWords(code)}), so no disk snapshot was requested.\n` +
    'Make the folder writable, or choose another one: -dir on the command line, snapshot_directory in the module (then apply and destroy).',
  'log-not-written': ({name, id, path, code}) =>
    `the disk snapshot ${plain(name)} (${plain(id)}) is complete, but its log cannot be written to ${plain(path)} (${systemWords(code)}).\n` +
    'Fix this and run the same command again within 15 minutes: no second disk snapshot is taken.',
  'reboot-impossible': ({provider}) =>
    `${nameOf(provider)} takes disk snapshots of running machines and cannot restart them: omit -reboot (reboot in the module).`,
  'machine-not-given': () =>
    'no machine was given. Name it with -machine-id ID; the module sets CLOUDTM_MACHINE_ID.',
  'bad-value': ({name, value, wanted}) => `${name} cannot be ${quote(value)}: it must be ${WANTED[wanted]}.`,
  'prune-needs-rule': () =>
    'choose which disk snapshots to delete with -keep-last N, -older-than 30d, or both.',
  'disk-snapshot-not-found': ({name, near}, tm) =>
    `there is no disk snapshot ${quote(name)}.` +
    `${near === undefined ? '' : ` Did you mean ${plain(near)}?`} Run ${tm} machine list to list them.`,
  'disk-snapshot-ambiguous': ({name, ids}) =>
    `several disk snapshots are named ${quote(name)}. Use an id: ${ids.map(plain).join(', ')}.`,
  'no-disk-snapshot-of-machine': ({machine, workspace, known}) =>
    `there is no disk snapshot of a machine ${quote(machine)} in the workspace ${quote(workspace)}.` +
    (known.length === 0 ? '' : ` Machines with disk snapshots: ${known.map(plain).join(', ')}.`),
  'disk-snapshot-not-deleted': ({name, id, words, deleted, left}) =>
    `the disk snapshot ${plain(name)} (${plain(id)}) was not deleted: ${plain(words)}\n` +
    `${deleted} deleted before it, ${left} left.`,
};

function programMissing({provider, program, install}: Of<'provider-program-missing'>): string {
  if (program === '')
    return 'no program is set for the provider "command". Set it in .cloudtm.json: {"machine": {"command": ["./images"]}}';
  const lines = install.map((each, index) => `\n  ${index === 0 ? '' : 'or see '}${each}`).join('');
  const how = install.length === 0 ? '.' : ` with:${lines}`;
  return `${plain(program)} is not installed, and ${nameOf(provider)} is accessed through it. Install it${how}`;
}

function timedOut(problem: Of<'timed-out'>): string {
  const {seconds, noun, machine, isAsked, action, words, look} = problem;
  const last = words === '' ? '' : ` (last: ${plain(words)})`;
  const what = `disk snapshot of ${noun} ${plain(machine)} timed out after ${seconds}s${last}.`;
  const [found, next] =
    action !== ''
      ? [
          `It may still complete. Action ID: ${plain(action)}${lookText(look)}\n`,
          'Run the same command again within 15 minutes to resume it. After that a new one is taken.',
        ]
      : isAsked
        ? ['It is unknown whether it was started.\n', 'Run the same command again: it is looked for first.']
        : ['It was not started; ', 'run the same command again.'];
  return `${what} ${found}${next}\n${WITHOUT}`;
}

function interrupted({name, action}: Of<'interrupted'>, tm: string): string {
  if (action === '') return 'interrupted. Run the same command again to take the disk snapshot.';
  return (
    `interrupted. The provider is still making the disk snapshot${name && ` ${plain(name)}`}. Action ID: ${plain(action)}\n` +
    `Run the same command again within 15 minutes to resume it; ${tm} machine list shows it once it is complete.`
  );
}

function lookText(look: readonly string[]): string {
  return look.length === 0 ? '' : `\nLook at it with: ${line(look)}`;
}

function nameOf(provider: string): string {
  return NAMES[provider] ?? `the provider ${quote(provider)}`;
}

function line(words: readonly string[]): string {
  return words.map((word) => plain(shellQuote(word))).join(' ');
}
