import {quote as shellQuote} from 'shlex';
import type {MachineProblem} from '../problems.js';
import {plain, quote, systemWords} from '../../report/format.js';

/** How a provider is called where people read it. */
const NAMES: Readonly<Record<string, string>> = {digitalocean: 'DigitalOcean', aws: 'AWS'};

const CHANGE = 'Where the module says it: change it there, then apply, and then destroy.';

/** A problem of one kind. */
type Of<Kind extends MachineProblem['kind']> = Extract<MachineProblem, {kind: Kind}>;

/** One message for a problem with images of machines, as `describeProblem` gives them. */
export function describeMachineProblem(problem: MachineProblem, tm: string): string {
  const describe = WORDS[problem.kind] as (problem: MachineProblem, tm: string) => string;
  return describe(problem, tm);
}

const WORDS: {readonly [Kind in MachineProblem['kind']]: (problem: Of<Kind>, tm: string) => string} = {
  'provider-unknown': ({name, known}) =>
    `there is no provider ${quote(name)} of machines. There is: ${known.join(', ')}.`,
  'settings-unusable': ({path, reason}) =>
    `${plain(path)} cannot be used: ${plain(reason)}. Mend it or take it away.`,
  'provider-program-missing': programMissing,
  'provider-unauthenticated': ({provider, words, login}) =>
    `${nameOf(provider)} does not know who asks: ${plain(words)}\n` +
    (login.length === 0 ? 'Log in there' : `Log in with: ${line(login)}`) +
    '\nWhere a token or key in the environment is used, renew that.',
  'provider-forbidden': ({provider, words}) =>
    `${nameOf(provider)} does not allow it: ${plain(words)}\n` +
    'Use a login or a token that may also write.',
  'machine-not-found': ({noun, machine, words}) =>
    `there is no ${noun} ${plain(machine)}, so that no snapshot of it is possible: ${plain(words)}\n` +
    'The login may be that of another account. If it is gone for good, take its snapshot_on_destroy out of the state (terraform state rm ADDRESS), or let this destroy go on\n' +
    'without any snapshot, of all its machines: CLOUDTM_ON_FAILURE=continue terraform destroy',
  'provider-refused': ({provider, words}) =>
    `${nameOf(provider)} did not do it: ${plain(words)}\nWhen that is mended, run the same again.`,
  'bad-name': ({name, rule}) => `a snapshot cannot be called ${quote(name)}: a name has ${rule}.\n${CHANGE}`,
  'name-taken': ({provider, name}) =>
    `${nameOf(provider)} has a snapshot called ${quote(name)} already. Choose another name, or leave it empty for one with the time in it.\n${CHANGE}`,
  'disk-snapshot-failed': ({noun, machine, words, action, look}) =>
    `the snapshot of ${noun} ${plain(machine)} ended in an error` +
    `${words === '' ? '' : `: ${plain(words)}`}. Action ID: ${plain(action)}` +
    `${lookWords(look)}\nNothing was destroyed; run the same again for another snapshot.`,
  'timed-out': timedOut,
  interrupted: interrupted,
  'logs-unwritable': ({path, code}) =>
    `snapshot logs cannot be written to ${plain(path)} (${systemWords(code)}), so that no snapshot was asked for.\n` +
    'Make the folder writable, or name another one: -dir on the command line, snapshot_directory in the module (then apply, and destroy).',
  'log-not-written': ({name, id, path, code}) =>
    `the snapshot ${plain(name)} (${plain(id)}) is complete, but its log cannot be written to ` +
    `${plain(path)} (${systemWords(code)}).\nMend that and run the same again within 15 minutes: no second snapshot is taken.`,
  'reboot-impossible': ({provider}) =>
    `${nameOf(provider)} takes snapshots of running machines and restarts none: leave -reboot (reboot in the module) out.`,
  'machine-not-given': ({flag, variable}) =>
    `which machine? Name it with ${flag} ID; the module sets ${variable}.`,
  'bad-value': ({name, value, wanted}) => `${name} cannot be ${quote(value)}: it is ${wanted}.`,
  'prune-needs-rule': () => `which snapshots may go? Say -keep-last N, -older-than 30d, or both.`,
  'disk-snapshot-not-found': ({name, near}, tm) =>
    `there is no snapshot ${quote(name)}.` +
    (near === undefined ? '' : ` Did you mean ${plain(near)}?`) +
    ` ${tm} machine list shows what there is.`,
  'disk-snapshot-ambiguous': ({name, ids}) =>
    `several snapshots are called ${quote(name)}. Use an id: ${ids.map(plain).join(', ')}.`,
  'no-disk-snapshot-of-machine': ({machine, workspace, known}) =>
    `there is no snapshot of a machine ${quote(machine)} in the workspace ${quote(workspace)}.` +
    (known.length === 0 ? '' : ` There are of: ${known.map(plain).join(', ')}.`),
  'disk-snapshot-not-deleted': ({name, id, words, deleted, left}) =>
    `the snapshot ${plain(name)} (${plain(id)}) was not deleted: ${plain(words)}\n` +
    `${deleted} deleted before it, ${left} left.`,
};

function programMissing({provider, program, install}: Of<'provider-program-missing'>): string {
  const [best = '', ...others] = install;
  if (program === '')
    return 'no program is set for the provider "command". Name it in .cloudtm.json: {"machine": {"command": ["./images"]}}';
  return (
    `${plain(program)} is not installed, and ${nameOf(provider)} is asked through it. Install it` +
    (best === '' ? '.' : ` with:\n  ${best}${others.map((other) => `\n  or see ${other}`).join('')}`)
  );
}

function timedOut(problem: Of<'timed-out'>): string {
  const {seconds, noun, machine, isAsked, action, words, look} = problem;
  const why = words === '' ? '' : ` (last: ${plain(words)})`;
  const what = `snapshot of ${noun} ${plain(machine)} timed out after ${seconds}s${why}.`;
  const giveUp = '\nTo destroy without it: CLOUDTM_ON_FAILURE=continue terraform destroy';
  if (action === '' && !isAsked) return `${what} It was not begun; run the same again.${giveUp}`;
  if (action === '')
    return `${what} It was asked for, and nobody knows whether it was begun.\nRun the same again: it is looked for first.${giveUp}`;
  return (
    `${what} It may still be completed. Action ID: ${plain(action)}${lookWords(look)}\n` +
    `Run the same again within 15 minutes: it goes on with this snapshot. After that a new one is taken.${giveUp}`
  );
}

function interrupted({name, action}: Of<'interrupted'>, tm: string): string {
  if (action === '') return 'interrupted. Run the same again to take the snapshot.';
  return (
    `interrupted. The snapshot${name === '' ? '' : ` ${plain(name)}`} goes on being made at the provider. Action ID: ${plain(action)}\n` +
    `Run the same again within 15 minutes to go on waiting for it; ${tm} machine list shows it when it is there.`
  );
}

function lookWords(look: readonly string[]): string {
  return look.length === 0 ? '' : `\nLook at it with: ${line(look)}`;
}

function nameOf(provider: string): string {
  return NAMES[provider] ?? `the provider ${quote(provider)}`;
}

function line(words: readonly string[]): string {
  return words.map((word) => plain(shellQuote(word))).join(' ');
}
