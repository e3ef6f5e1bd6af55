import {quote as shellQuote} from 'shlex';
import {unreachable, type MachineProblem} from '../../errors.js';
import {plain, quote, systemWords} from '../../report/format.js';

/** How a provider is called where people read it. */
const NAMES: Readonly<Record<string, string>> = {digitalocean: 'DigitalOcean', aws: 'AWS'};

const CHANGE = 'Where the module says it: change it there, then apply, and then destroy.';

/** One message for each problem with images of machines, as `describeProblem` gives them. */
export function describeMachineProblem(problem: MachineProblem, tm: string): string {
  switch (problem.kind) {
    case 'provider-unknown':
      return `there is no provider ${quote(problem.name)} of machines. There is: ${problem.known.join(', ')}.`;
    case 'settings-unusable':
      return `${plain(problem.path)} cannot be used: ${plain(problem.reason)}. Mend it or take it away.`;
    case 'provider-program-missing':
      return programMissing(problem);
    case 'provider-unauthenticated':
      return (
        `${nameOf(problem.provider)} does not know who asks: ${plain(problem.words)}\n` +
        (problem.login.length === 0 ? 'Log in there' : `Log in with: ${line(problem.login)}`) +
        '\nWhere a token or key in the environment is used, renew that.'
      );
    case 'provider-forbidden':
      return (
        `${nameOf(problem.provider)} does not allow it: ${plain(problem.words)}\n` +
        'Use a login or a token that may also write.'
      );
    case 'machine-not-found':
      return (
        `there is no ${problem.noun} ${plain(problem.machine)}, so that no snapshot of it is possible: ${plain(problem.words)}\n` +
        'The login may be that of another account. If it is gone for good, take its snapshot_on_destroy out of the state (terraform state rm ADDRESS), or let this destroy go on\n' +
        'without any snapshot, of all its machines: CLOUDTM_ON_FAILURE=continue terraform destroy'
      );
    case 'provider-refused':
      return `${nameOf(problem.provider)} did not do it: ${plain(problem.words)}\nWhen that is mended, run the same again.`;
    case 'image-name-unusable':
      return `a snapshot cannot be called ${quote(problem.name)}: a name has ${problem.rule}.\n${CHANGE}`;
    case 'image-name-taken':
      return `${nameOf(problem.provider)} has a snapshot called ${quote(problem.name)} already. Choose another name, or leave it empty for one with the time in it.\n${CHANGE}`;
    case 'image-errored':
      return (
        `the snapshot of ${problem.noun} ${plain(problem.machine)} ended in an error` +
        `${problem.words === '' ? '' : `: ${plain(problem.words)}`}. Action ID: ${plain(problem.action)}` +
        `${lookWords(problem.look)}\nNothing was destroyed; run the same again for another snapshot.`
      );
    case 'image-timed-out':
      return timedOut(problem);
    case 'image-interrupted':
      return interrupted(problem, tm);
    case 'images-unwritable':
      return (
        `snapshot logs cannot be written to ${plain(problem.path)} (${systemWords(problem.code)}), so that no snapshot was asked for.\n` +
        'Make the folder writable, or name another one: -dir on the command line, snapshot_directory in the module (then apply, and destroy).'
      );
    case 'image-unlogged':
      return (
        `the snapshot ${plain(problem.name)} (${plain(problem.id)}) is complete, but its log cannot be written to ` +
        `${plain(problem.path)} (${systemWords(problem.code)}).\nMend that and run the same again within 15 minutes: no second snapshot is taken.`
      );
    case 'reboot-impossible':
      return `${nameOf(problem.provider)} takes snapshots of running machines and restarts none: leave -reboot (reboot in the module) out.`;
    case 'machine-unsaid':
      return `which machine? Name it with ${problem.flag} ID; the module sets ${problem.variable}.`;
    case 'machine-value':
      return `${problem.name} cannot be ${quote(problem.value)}: it is ${problem.wanted}.`;
    case 'prune-what':
      return `which snapshots may go? Say -keep-last N, -older-than 30d, or both.`;
    case 'image-not-found':
      return (
        `there is no snapshot ${quote(problem.name)}.` +
        (problem.near === undefined ? '' : ` Did you mean ${plain(problem.near)}?`) +
        ` ${tm} machine list shows what there is.`
      );
    case 'image-ambiguous':
      return `several snapshots are called ${quote(problem.name)}. Use an id: ${problem.ids.map(plain).join(', ')}.`;
    case 'no-image-of-machine':
      return (
        `there is no snapshot of a machine ${quote(problem.machine)} in the workspace ${quote(problem.workspace)}.` +
        (problem.known.length === 0 ? '' : ` There are of: ${problem.known.map(plain).join(', ')}.`)
      );
    case 'image-not-deleted':
      return (
        `the snapshot ${plain(problem.name)} (${plain(problem.id)}) was not deleted: ${plain(problem.words)}\n` +
        `${problem.deleted} deleted before it, ${problem.left} left.`
      );
    default:
      return unreachable(problem);
  }
}

function programMissing({
  provider,
  program,
  install,
}: Extract<MachineProblem, {kind: 'provider-program-missing'}>): string {
  const [best = '', ...others] = install;
  if (program === '')
    return 'no program is set for the provider "command". Name it in .cloudtm.json: {"machine": {"command": ["./images"]}}';
  return (
    `${plain(program)} is not installed, and ${nameOf(provider)} is asked through it. Install it` +
    (best === '' ? '.' : ` with:\n  ${best}${others.map((other) => `\n  or see ${other}`).join('')}`)
  );
}

function timedOut(problem: Extract<MachineProblem, {kind: 'image-timed-out'}>): string {
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

function interrupted(
  {name, action}: Extract<MachineProblem, {kind: 'image-interrupted'}>,
  tm: string,
): string {
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
