import {unreachable, type Problem, type Purpose} from '../errors.js';
import {plain, quote, resources, stateAt, systemWords} from './format.js';

/** What a problem's message needs to know of how it is told. */
export interface Voice {
  /** How the user calls the commands: `terraform tm` or `cloudtm`. */
  readonly tm: string;
}

/**
 * One message for each problem: what happened, and what to do. Whole sentences, several lines where that helps; without
 * the leading `cloudtm: `.
 */
export function describeProblem(problem: Problem, {tm}: Voice): string {
  switch (problem.kind) {
    case 'unknown-command':
      return (
        `there is no command ${quote(problem.name)}.${meant(problem.nearest)}\n\n` +
        `Usage: ${tm} COMMAND [FLAGS]\nCommands: ${problem.commands.join(', ')}`
      );
    case 'unknown-flag':
      return `${tm} ${problem.command} has no flag ${quote(problem.flag)}.${meant(problem.nearest)}${usage(problem.usage, tm)}`;
    case 'flag-needs-value':
      return `${problem.flag} needs a value.${usage(problem.usage, tm)}`;
    case 'flags-exclude-each-other':
      return `${problem.flags.join(' and ')} cannot be used together.`;
    case 'flag-needs-another':
      return `${problem.flag} is for ${problem.others.join(' or ')}.`;
    case 'argument-missing':
      return `${tm} ${problem.command} needs more than that.${usage(problem.usage, tm)}`;
    case 'unexpected-argument':
      return `${tm} ${problem.command} does not take the argument ${quote(problem.argument)}.${usage(problem.usage, tm)}`;
    case 'bad-count':
      return `${problem.flag} needs a number from 1 on, not ${quote(problem.value)}.`;
    case 'address-not-known':
      return (
        `no version knows a resource ${quote(problem.address)}.` +
        (problem.near.length === 0
          ? ` terraform state list shows what there is, ${tm} find TEXT looks for an id.`
          : ` Near to it:\n${problem.near.map((near) => `  ${plain(near)}`).join('\n')}`)
      );
    case 'text-not-found':
      return textNotFound(problem, tm);
    case 'unknown-shell':
      return `there is no completion for ${quote(problem.name)}. There is for: ${problem.shells.join(', ')}.`;
    case 'bad-version-name':
      return (
        `${quote(problem.name)} is not the name of a version. ` +
        'A version is named v2 or 2, latest, previous, ~1 (one before the latest) or last-good.'
      );
    case 'version-not-found':
      return problem.available.length === 0
        ? `there is no version ${quote(problem.name)}: none has been kept yet.`
        : `there is no version ${quote(problem.name)}. Kept: ${abbreviate(problem.available)}. ${tm} list shows them.`;
    case 'version-damaged':
      return `${problem.version} cannot be used: ${problem.reason}. ${tm} list shows the other versions.`;
    case 'no-versions':
      return 'no version has been kept yet. The first terraform apply that changes something keeps one.';
    case 'file-not-kept':
      return (
        `${problem.version} has no file ${quote(problem.name)}.` +
        (problem.near.length === 0 ? '' : ` Did you mean ${problem.near.map(plain).join(', ')}?`) +
        `\n${tm} show ${problem.version} lists its files; with -state it shows its state.`
      );
    case 'file-is-link':
      return `${quote(problem.name)} of ${problem.version} is a symbolic link to ${quote(problem.target)}.`;
    case 'version-without-state':
      return `${problem.version} was kept without a state. Its configuration is there: ${tm} show ${problem.version} lists it, ${tm} diff ${problem.version} -config compares it.`;
    case 'state-unmaskable':
      return (
        `what ${problem.version} keeps as its state is no state that is known (${plain(problem.reason)}), so nobody knows what is secret in it.\n` +
        `${tm} show ${problem.version} -state -reveal prints it as it was kept.`
      );
    case 'state-not-comparable':
      return (
        `the state ${problem.name} cannot be read (${plain(problem.reason)}).\n` +
        'Mend that, or compare the configuration alone with -config.'
      );
    case 'no-root-module':
      return `there is no folder ${problem.path}.`;
    case 'resources-exist':
      return (
        `resources still exist in ${problem.name}: ${problem.count}${inWorkspace(problem.workspace)}. ` +
        'A rollback deploys the version beside them.\nRun terraform destroy first, then the rollback again.'
      );
    case 'state-unwritten':
      return (
        `${problem.path} is a state that terraform could not write${holding(problem.resources)}: what it names may still exist.\n` +
        'Run terraform state push errored.tfstate and terraform destroy, or remove the file if it is out of date; ' +
        'then roll back again.'
      );
    case 'state-unreadable':
      return (
        `${stateAt(problem.path)} cannot be read (${problem.reason}), so nobody knows what it holds.\n` +
        'Mend that, then try again.'
      );
    case 'rollback-active':
      return (
        `a rollback to ${problem.version} is active already${holding(problem.resources)}.\n` +
        `${tm} rollback shows it, ${tm} rollback --del destroys it; then roll back again.`
      );
    case 'no-rollback':
      return `no rollback is active. ${tm} rollback --to vN starts one.`;
    case 'rollback-folder-live':
      return (
        `${problem.path} is of an earlier rollback${holding(problem.resources)}, so it is not replaced.\n` +
        `Run ${tm} rollback --del to destroy them, then roll back again.`
      );
    case 'rollback-folder-gone':
      return (
        `the folder of the rollback to ${problem.version}, ${problem.path}, is gone, and with it the state of what was deployed there.\n` +
        `Those resources may still exist: find and destroy them by hand, then remove ${problem.record}.`
      );
    case 'store-unreadable':
      return `${problem.path} cannot be read (${systemWords(problem.code)}).`;
    case 'rollback-state-shared':
      return (
        `terraform in ${problem.path} would use a state outside of it, which others may use: ` +
        'nothing is created or destroyed.\n' +
        'To destroy what a rollback may have made there, go to that folder, look at terraform plan -destroy, ' +
        'and decide for yourself.\n' +
        `Without resources in that state ${tm} rollback --del removes the folder.`
      );
    case 'rollback-state-used':
      return (
        `the project has changed the state it shares with the rollback since (${problem.version}): ` +
        'to destroy the rollback would destroy that, too. Nothing was destroyed.\n' +
        `If that is what you want, run terraform destroy in the project first, then ${tm} rollback --del.`
      );
    case 'rollback-init-failed':
      return (
        `terraform init failed (status ${problem.status}) in ${problem.path}. Nothing was created.\n` +
        `Mend what it says above, then run ${tm} rollback --to ${problem.version} again; ` +
        `${tm} rollback --del removes the folder.`
      );
    case 'rollback-interrupted':
      return `interrupted. Nothing was created; run ${tm} rollback --to ${problem.version} again when you want it.`;
    case 'rollback-apply-failed':
      return (
        `terraform apply failed (status ${problem.status}) in ${problem.path}.${held(problem.resources)}\n` +
        `The rollback to ${problem.version} stays active, so that nothing is lost. ` +
        `To give it up, run ${tm} rollback --del: it destroys what was created.\n` +
        `To finish it, mend what terraform says above and run ${tm} rollback --to ${problem.version} again.`
      );
    case 'rollback-destroy-failed':
      return (
        (problem.status === 0
          ? `terraform destroy went through in ${problem.path}, but a state there is empty, damaged or not emptied.${held(problem.resources)}\n`
          : `terraform destroy failed (status ${problem.status}) in ${problem.path}.${held(problem.resources)}\n`) +
        `The folder and the rollback to ${problem.version} stay. ` +
        `Mend what terraform says above, then run ${tm} rollback --del again.`
      );
    case 'rollback-running':
      return 'another rollback is at work here. Wait for it to end; nothing was changed.';
    case 'rollback-promoting':
      return (
        `the rollback to ${problem.version} was about to become the project, so nothing of it is destroyed.\n` +
        `Run ${tm} rollback --promote again to finish that.`
      );
    case 'rollback-edited':
      return (
        `files in ${problem.path} are not those of ${problem.version} any more: ${problem.files.map(plain).join(', ')}.\n` +
        'They are in no version, and would be lost. Copy them to where you want them, undo the change there, then promote again.'
      );
    case 'imported-among-others':
      return (
        `these were not imported, but share their block with resources that were, and terraform can only forget all of them: ` +
        `${problem.addresses.map(plain).join(', ')}.\n` +
        'Nothing was changed. -destroy-imported destroys all of them; or take the imported ones out with terraform state rm first.'
      );
    case 'modules-not-kept':
      return (
        `these files of modules outside of the project would be replaced, and no version holds them: ` +
        `${problem.paths.map(plain).join(', ')}.\nNothing was changed. Commit or copy them, or leave out -with-modules.`
      );
    case 'rollback-unfinished':
      return (
        `the rollback to ${problem.version} is not finished. Run ${tm} rollback --to ${problem.version} again to finish it, ` +
        `or ${tm} rollback --del to give it up.`
      );
    case 'rollback-unrecorded':
      return (
        `${problem.path} cannot be written (${problem.code}), and without it a rollback could not be undone.\n` +
        'Make it writable, then try again. Nothing was created.'
      );
    case 'no-state':
      return `there is no state in ${problem.name} yet, so there is nothing to keep. The first terraform apply makes one.`;
    case 'inside-store':
      return `${problem.path} is a folder of cloudtm's own; go to the project.`;
    case 'inputs-missing':
      return inputsMissing(problem, tm);
    case 'var-files-missing':
      return (
        `${problem.version} was applied with values from files that are not kept:\n` +
        problem.files.map(({path, reason}) => `  ${quote(path)} (${reason})\n`).join('') +
        `Give one for each of them again: ${tm} rollback ${flagsOf(problem)} --var-file=FILE. Nothing was ${doneBy(problem.purpose)}.`
      );
    case 'given-unusable':
      return `--${problem.flag} ${quote(problem.given)} cannot be used: ${problem.reason}. Nothing was changed.`;
    case 'other-workspace':
      return (
        `${problem.version} is of the workspace ${quote(problem.workspace)}, and ${quote(problem.selected)} is selected. ` +
        `Run terraform workspace select ${problem.workspace} first.`
      );
    case 'other-backend':
      return (
        `the state of ${problem.version} was in the backend ${quote(problem.backend)}, and it is in ${quote(problem.present)} now. ` +
        `Its configuration would lead back there. ${tm} restore ${problem.version} --config brings its files back to be edited.`
      );
    case 'nothing-deployed':
      return `nothing is deployed, so there is nothing to roll back in place. ${tm} rollback --to ${problem.version} deploys it.`;
    case 'terraform-older':
      return `terraform ${problem.wanted} or newer is needed to go back to ${problem.version}, and ${problem.present} runs. Nothing was changed.`;
    case 'in-place-failed':
      return (
        `terraform ${problem.command} failed (status ${problem.status}), so nothing was applied and the files are put back.\n` +
        `Mend what it says above, then roll back to ${problem.version} again.`
      );
    case 'in-place-half-done':
      return (
        `terraform apply failed (status ${problem.status}) after it had changed something. The files are those of ${problem.version}, ` +
        `and what stands now is kept as ${problem.kept}.\n` +
        'Mend what terraform says above and run terraform apply to finish, or roll back in place to another version.'
      );
    case 'restore-what':
      return `say what to restore: the files (--config), the state (--state), or the files to another folder (--to).${usage(problem.usage, tm)}`;
    case 'restore-blocked':
      return (
        `${problem.version} has a file where a folder stands now: ${problem.paths.join(', ')}.\n` +
        'Move that folder away, then try again. Nothing was changed.'
      );
    case 'lineage-differs':
      return (
        `the state in ${problem.name} is another one than that of ${problem.version} (another lineage): ` +
        'whatever it manages would be forgotten.\nNothing was changed. --force insists; the present state is kept in a version first.'
      );
    case 'state-push-failed':
      return (
        `terraform state push failed (status ${problem.status}), so the state is as it was.\n` +
        `Mend what terraform says above, then run ${tm} restore ${problem.version} --state again.`
      );
    case 'state-elsewhere':
      return (
        'TF_CLI_ARGS leads to another state file (-state) than the one this would work on, so nothing was done. ' +
        'Take -state out of it, or work on that file by hand.'
      );
    case 'files-unwritable':
      return (
        `${problem.path} cannot be replaced (${systemWords(problem.code)}), so the files are as they were.\n` +
        'Mend that, then try again.'
      );
    case 'files-in-hand':
      return problem.pid === undefined
        ? `files of this project were being replaced by a command that was killed, and cannot be put back. ` +
            `What stands in the way is said above; ${problem.path} says what it is about.`
        : `another cloudtm (process ${problem.pid}) is replacing files of this project. Let it end, then try again.`;
    case 'state-changed-since':
      return (
        `the state in ${problem.name} was changed by somebody else meanwhile, so nothing was applied.\n` +
        'Run the same again to see what it would do now.'
      );
    case 'not-confirmed':
      return 'there is no terminal to answer at, so nothing was changed. -auto-approve goes on without asking.';
    case 'folder-taken':
      return problem.code === 'ENOTEMPTY'
        ? `${problem.path} is not empty. Name a folder that is empty or not there yet.`
        : `${problem.path} cannot be used (${systemWords(problem.code)}).`;
    case 'store-locked':
      return (
        `another cloudtm has held ${problem.path} for more than ${problem.seconds} seconds. ` +
        'Wait for it to end; if none runs, remove that folder.'
      );
    case 'store-unwritable':
      return `${problem.path} cannot be written ${problem.needed} (${systemWords(problem.code)}).`;
    case 'store-newer':
      return (
        `${problem.path} was written by a newer cloudtm (format ${problem.format}, this one knows ${problem.known}). ` +
        'Install the newer cloudtm; nothing was read or changed.'
      );
    case 'terraform-not-found':
      return notFound(problem);
    case 'terraform-not-startable':
      return `${problem.path} cannot be started (${systemWords(problem.code)}).`;
    default:
      return unreachable(problem);
  }
}

function notFound(problem: Extract<Problem, {kind: 'terraform-not-found'}>): string {
  switch (problem.reason) {
    case 'named':
      return `CLOUDTM_TERRAFORM names ${problem.named ?? ''}, which is not an executable file`;
    case 'nowhere':
      return (
        `terraform was not found in: ${problem.searched.join(', ') || '(PATH is empty)'}.\n` +
        'Install terraform, or set CLOUDTM_TERRAFORM to its path.'
      );
    case 'loop':
      return (
        `every terraform in ${problem.searched.join(', ')} leads back to cloudtm.\n` +
        'Set CLOUDTM_TERRAFORM to the path of the real terraform.'
      );
    default:
      return unreachable(problem.reason);
  }
}

function textNotFound(
  {text, inState, unsearched}: Extract<Problem, {kind: 'text-not-found'}>,
  tm: string,
): string {
  return (
    `no version has ${quote(text)} in an id, an attribute or an output.` +
    (inState === undefined
      ? ''
      : `\nThe state as it is now has it: ${plain(inState)}. ${tm} snapshot keeps it.`) +
    unsearched.map((version) => `\n${plain(version)} could not be searched.`).join('')
  );
}

function inputsMissing(problem: Extract<Problem, {kind: 'inputs-missing'}>, tm: string): string {
  const why = {
    unset: 'not set now',
    differs: 'set to another value now',
    ephemeral: 'ephemeral, and not set now',
    'of-rollback': 'given to this rollback when it began',
  };
  const first = problem.variables[0]?.name ?? 'NAME';
  return (
    (problem.variables.every(({why}) => why === 'of-rollback')
      ? `these variables were given to the rollback to ${problem.version}, and their values are not kept:\n`
      : `these variables had values for ${problem.version} that are secret, so that they are not kept:\n`) +
    problem.variables.map((each) => `  ${each.name} (${why[each.why]})\n`).join('') +
    `Set each to the value it had: TF_VAR_${first}=… and so on. ` +
    `Or insist on another value: ${tm} rollback ${flagsOf(problem)} --var ${first}=…\n` +
    `Nothing was ${doneBy(problem.purpose)}.`
  );
}

function flagsOf({version, purpose}: {version: string; purpose: Purpose}): string {
  if (purpose === 'in-place') return `--to ${version} --in-place`;
  return purpose === 'apply' ? `--to ${version}` : '--del';
}

function doneBy(purpose: Purpose): string {
  if (purpose === 'in-place') return 'changed';
  return purpose === 'apply' ? 'created' : 'destroyed';
}

function meant(nearest: string | undefined): string {
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`;
}

function usage(lines: readonly string[], tm: string): string {
  return `\n\nUsage:\n${lines.map((line) => `  ${tm} ${line}`).join('\n')}`;
}

function held(count: number | undefined): string {
  return count === undefined ? '' : ` It holds ${resources(count)}.`;
}

function holding(count: number | undefined): string {
  return count === undefined ? '' : ` and holds ${resources(count)}`;
}

function inWorkspace(workspace: string): string {
  return workspace === 'default' ? '' : ` (workspace ${quote(workspace)})`;
}

function abbreviate(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 6).join(', ')}, … ${names.at(-1) ?? ''}`;
}
