import type {Problem} from '../errors.js';
import {plain, quote, stateAt, systemWords, usageText} from './format.js';
import {ROLLBACK_PROBLEMS, type ProblemWords} from './rollback-problems.js';

/**
 * One message for each problem: what happened, and what to do. Whole sentences, several lines where that helps; without
 * the leading `cloudtm: `.
 *
 * @param tm How the user calls the commands: `terraform tm` or `cloudtm`.
 */
export function describeProblem(problem: Problem, tm: string): string {
  // The table has for each kind what takes a problem of that kind, which the compiler cannot follow.
  return (WORDS[problem.kind] as (problem: Problem, tm: string) => string)(problem, tm);
}

const WORDS: ProblemWords = {
  ...ROLLBACK_PROBLEMS,
  'unknown-command': ({name, nearest, commands}, tm) =>
    `there is no command ${quote(name)}.${meant(nearest)}\n\n` +
    `Usage: ${tm} COMMAND [FLAGS]\nCommands: ${commands.join(', ')}`,
  'unknown-flag': ({command, flag, nearest, usage}, tm) =>
    `${tm} ${command} has no flag ${quote(flag)}.${meant(nearest)}${usageText(usage, tm)}`,
  'flag-needs-value': ({flag, usage}, tm) => `${flag} needs a value.${usageText(usage, tm)}`,
  'flags-exclude-each-other': ({flags}) => `${flags.join(' and ')} cannot be used together.`,
  'flag-needs-another': ({flag, others}) => `${flag} needs ${others.join(' or ')}.`,
  'argument-missing': ({command, usage}, tm) =>
    `${tm} ${command} is missing an argument.${usageText(usage, tm)}`,
  'unexpected-argument': ({command, argument, usage}, tm) =>
    `${tm} ${command} does not take the argument ${quote(argument)}.${usageText(usage, tm)}`,
  'bad-count': ({flag, value}) => `${flag} needs a number of at least 1, not ${quote(value)}.`,
  'address-not-known': ({address, near}, tm) =>
    `no version contains a resource ${quote(address)}.` +
    (near.length === 0
      ? ` terraform state list shows the present ones; ${tm} find TEXT searches for an id.`
      : ` Did you mean:\n${near.map((each) => `  ${plain(each)}`).join('\n')}`),
  'text-not-found': ({text, inState, unsearched}, tm) =>
    `no version has ${quote(text)} in an id, an attribute or an output.` +
    (inState === undefined
      ? ''
      : `\nThe present state has it: ${plain(inState)}. ${tm} snapshot keeps a version of it.`) +
    unsearched.map((version) => `\n${plain(version)} could not be searched.`).join(''),
  'unknown-shell': ({name, shells}) =>
    `there is no completion for ${quote(name)}. Supported shells: ${shells.join(', ')}.`,
  'bad-version-name': ({name}) =>
    `${quote(name)} is not the name of a version. ` +
    'A version is named v2 or 2, latest, previous, ~1 (one before the latest) or last-good.',
  'version-not-found': ({name, available}, tm) =>
    available.length === 0
      ? `there is no version ${quote(name)}: none has been kept yet.`
      : `there is no version ${quote(name)}. Kept: ${abbreviate(available)}. ${tm} list shows them.`,
  'version-damaged': ({version, reason}, tm) =>
    `${version} cannot be used: ${reason}. ${tm} list shows the other versions.`,
  'no-versions': () =>
    'no version has been kept yet. The first terraform apply that changes something keeps one.',
  'file-not-kept': ({version, name, near}, tm) =>
    `${version} has no file ${quote(name)}.` +
    (near.length === 0 ? '' : ` Did you mean ${near.map(plain).join(', ')}?`) +
    `\n${tm} show ${version} lists its files; with -state it shows its state.`,
  'file-is-link': ({version, name, target}) =>
    `${quote(name)} in ${version} is a symbolic link to ${quote(target)}.`,
  'version-without-state': ({version}, tm) =>
    `${version} was kept without a state. It does have a configuration: ${tm} show ${version} lists it, ${tm} diff ${version} -config compares it.`,
  'state-unmaskable': ({version, reason}, tm) =>
    `the state kept in ${version} cannot be understood (${plain(reason)}), so its secrets cannot be masked.\n` +
    `${tm} show ${version} -state -reveal prints it as it was kept.`,
  'state-not-comparable': ({name, reason}) =>
    `the state ${name} cannot be read (${plain(reason)}).\nFix this, or compare only the configuration with -config.`,
  'no-root-module': ({path}) => `there is no folder ${path}.`,
  'state-unreadable': ({path, reason}) =>
    `${stateAt(path)} cannot be read (${reason}), so its contents are unknown.\nFix this, then try again.`,
  'store-unreadable': ({path, code}) => `${path} cannot be read (${systemWords(code)}).`,
  'no-state': ({name}) =>
    `there is no state in ${name} yet, so there is nothing to keep. The first terraform apply creates one.`,
  'inside-store': ({path}) => `${path} belongs to cloudtm; run this in the project's folder.`,
  'store-locked': ({path, seconds}) =>
    `another cloudtm has held ${path} for more than ${seconds} seconds. ` +
    'Wait for it to finish; if none is running, remove that folder.',
  'store-unwritable': ({path, needed, code}) => `${path} cannot be written ${needed} (${systemWords(code)}).`,
  'store-newer': ({path, format, known}) =>
    `${path} was written by a newer cloudtm (format ${format}; this one supports ${known}). ` +
    'Install the newer cloudtm; nothing was read or changed.',
  'terraform-not-found': ({reason, named, searched}) =>
    ({
      named: `CLOUDTM_TERRAFORM names ${named ?? ''}, which is not an executable file`,
      nowhere:
        `terraform was not found in: ${searched.join(', ') || '(PATH is empty)'}.\n` +
        'Install terraform, or set CLOUDTM_TERRAFORM to its path.',
      loop:
        `every terraform in ${searched.join(', ')} leads back to cloudtm.\n` +
        'Set CLOUDTM_TERRAFORM to the path of the real terraform.',
    })[reason],
  'terraform-not-startable': ({path, code}) => `${path} cannot be started (${systemWords(code)}).`,
};

function meant(nearest: string | undefined): string {
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`;
}

function abbreviate(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 6).join(', ')}, … ${names.at(-1) ?? ''}`;
}
