import type {Problem, Purpose} from '../errors.js';
import {plain, quote, resources, systemWords, usageText} from './format.js';

/** The words for each kind of problem; `tm` is how the user calls the commands: `terraform tm` or `cloudtm`. */
export type ProblemWords = {
  readonly [K in Problem['kind']]: (problem: Extract<Problem, {kind: K}>, tm: string) => string;
};

/** What can go wrong with a rollback or a restore. */
export const ROLLBACK_PROBLEMS = {
  'resources-exist': ({name, count, workspace}) =>
    `resources still exist in ${name}: ${count}${workspace === 'default' ? '' : ` (workspace ${quote(workspace)})`}. ` +
    'A rollback would create a second copy beside them.\nRun terraform destroy first, then roll back again.',
  'state-unwritten': ({path, resources: count}) =>
    `${path} is a state that terraform could not write${holding(count)}; the resources in it may still exist.\n` +
    'Run terraform state push errored.tfstate and terraform destroy, or remove the file if it is out of date; ' +
    'then roll back again.',
  'rollback-active': ({version, resources: count}, tm) =>
    `a rollback to ${version} is already active${holding(count)}.\n` +
    `${tm} rollback shows it, ${tm} rollback -del destroys it; then roll back again.`,
  'no-rollback': (_, tm) => `no rollback is active. ${tm} rollback -to vN starts one.`,
  'rollback-folder-live': ({path, resources: count}, tm) =>
    `${path} belongs to an earlier rollback${holding(count)}, so it is not replaced.\n` +
    `Run ${tm} rollback -del to destroy them, then roll back again.`,
  'rollback-folder-gone': ({version, path, record}) =>
    `the folder of the rollback to ${version}, ${path}, is missing, and with it the state of what was deployed there.\n` +
    `Those resources may still exist: find and destroy them by hand, then remove ${record}.`,
  'rollback-state-shared': ({path}, tm) =>
    `terraform in ${path} would use a state outside of that folder, which others may use: nothing is created or destroyed.\n` +
    'To destroy what a rollback may have created there, go to that folder, review terraform plan -destroy, and decide for yourself.\n' +
    `Once that state holds no resources, ${tm} rollback -del removes the folder.`,
  'rollback-state-used': ({version}, tm) =>
    `the project has since changed the state it shares with the rollback (${version}): ` +
    'destroying the rollback would destroy that, too. Nothing was destroyed.\n' +
    `If that is what you want, run terraform destroy in the project first, then ${tm} rollback -del.`,
  'rollback-init-failed': ({version, path, status}, tm) =>
    `terraform init failed (status ${status}) in ${path}. Nothing was created.\n` +
    `Fix the errors above, then run ${tm} rollback -to ${version} again; ${tm} rollback -del removes the folder.`,
  'rollback-interrupted': ({version}, tm) =>
    `interrupted. Nothing was created; run ${tm} rollback -to ${version} to try again.`,
  'rollback-apply-failed': ({version, path, status, resources: count}, tm) =>
    `terraform apply failed (status ${status}) in ${path}.${held(count)}\n` +
    `The rollback to ${version} stays active, so that nothing is lost. ` +
    `To give it up, run ${tm} rollback -del: it destroys what was created.\n` +
    `To finish it, fix the errors above and run ${tm} rollback -to ${version} again.`,
  'rollback-destroy-failed': ({version, path, status, resources: count}, tm) =>
    (status === 0
      ? `terraform destroy finished in ${path}, but a state there is empty, damaged or still holds resources.`
      : `terraform destroy failed (status ${status}) in ${path}.`) +
    `${held(count)}\n` +
    `The folder and the rollback to ${version} stay. Fix the errors above, then run ${tm} rollback -del again.`,
  'rollback-running': () =>
    'another rollback is already running here. Wait for it to finish; nothing was changed.',
  'rollback-promoting': ({version}, tm) =>
    `the rollback to ${version} was being promoted to the project, so nothing of it is destroyed.\n` +
    `Run ${tm} rollback -promote again to finish that.`,
  'rollback-edited': ({version, path, files}) =>
    `files in ${path} are no longer those of ${version}: ${files.map(plain).join(', ')}.\n` +
    'No version contains them, so they would be lost. Copy them elsewhere, undo the change there, then promote again.',
  'imported-among-others': ({addresses}) =>
    'these were not imported, but share their block with resources that were, and terraform can only forget all of them: ' +
    `${addresses.map(plain).join(', ')}.\n` +
    'Nothing was changed. -destroy-imported destroys all of them; or remove the imported ones with terraform state rm first.',
  'modules-not-kept': ({paths}) =>
    'these files of modules outside of the project would be replaced, and no version contains them: ' +
    `${paths.map(plain).join(', ')}.\nNothing was changed. Commit or copy them, or omit -with-modules.`,
  'rollback-unfinished': ({version}, tm) =>
    `the rollback to ${version} is not finished. Run ${tm} rollback -to ${version} again to finish it, ` +
    `or ${tm} rollback -del to give it up.`,
  'rollback-unrecorded': ({path, code}) =>
    `${path} cannot be written (${code}), and without it a rollback could not be undone.\n` +
    'Make it writable, then try again. Nothing was created.',
  'inputs-missing': inputsMissing,
  'var-files-missing': (problem, tm) =>
    `${problem.version} was applied with values from files that were not kept:\n` +
    problem.files.map(({path, reason}) => `  ${quote(path)} (${reason})\n`).join('') +
    `Pass each of them again: ${tm} rollback ${flagsOf(problem)} -var-file=FILE. Nothing was ${DONE[problem.purpose]}.`,
  'given-unusable': ({flag, given, reason}) =>
    `-${flag} ${quote(given)} cannot be used: ${reason}. Nothing was changed.`,
  'other-workspace': ({version, workspace, selected}) =>
    `${version} belongs to the workspace ${quote(workspace)}, but ${quote(selected)} is selected. ` +
    `Run terraform workspace select ${workspace} first.`,
  'other-backend': ({version, backend, present}, tm) =>
    `the state of ${version} was in the backend ${quote(backend)}; now it is in ${quote(present)}. ` +
    `Its configuration would go back to the old one. ${tm} restore ${version} -config restores its files so that you can edit them.`,
  'nothing-deployed': ({version}, tm) =>
    `nothing is deployed, so there is nothing to roll back in place. ${tm} rollback -to ${version} deploys it.`,
  'terraform-older': ({version, wanted, present}) =>
    `rolling back to ${version} needs terraform ${wanted} or newer; this is ${present}. Nothing was changed.`,
  'in-place-failed': ({version, command, status}) =>
    `terraform ${command} failed (status ${status}), so nothing was applied and the files were put back.\n` +
    `Fix the errors above, then roll back to ${version} again.`,
  'in-place-half-done': ({version, kept, status}) =>
    `terraform apply failed (status ${status}) after it had made some changes. The files are those of ${version}, ` +
    `and the present state is kept as ${kept}.\n` +
    'Fix the errors above and run terraform apply to finish, or roll back in place to another version.',
  'restore-what': ({usage}, tm) =>
    `choose what to restore: the files (-config), the state (-state), or the files to another folder (-to).${usageText(usage, tm)}`,
  'restore-blocked': ({version, paths}) =>
    `${version} has a file where there is a folder now: ${paths.join(', ')}.\n` +
    'Move that folder away, then try again. Nothing was changed.',
  'lineage-differs': ({version, name}, tm) =>
    `the state in ${name} is not that of ${version} (its lineage differs): whatever it manages would be forgotten.\n` +
    `Nothing was changed. ${tm} restore ${version} -state -force replaces it; the present state is kept as a version first.`,
  'state-push-failed': ({version, status}, tm) =>
    `terraform state push failed (status ${status}), so the state was not changed.\n` +
    `Fix the errors above, then run ${tm} restore ${version} -state again.`,
  'state-elsewhere': () =>
    'TF_CLI_ARGS selects another state file (-state) than this command would use, so nothing was done. ' +
    'Remove -state from it, or handle that file by hand.',
  'files-unwritable': ({path, code}) =>
    `${path} cannot be replaced (${systemWords(code)}), so the files were not changed.\nFix this, then try again.`,
  'files-in-hand': ({path, pid}) =>
    pid === undefined
      ? 'a command that was replacing files of this project was killed, and they cannot be put back. ' +
        `The reason is above; ${path} has the details.`
      : `another cloudtm (process ${pid}) is replacing files of this project. Wait for it to finish, then try again.`,
  'state-changed-since': ({name}) =>
    `the state in ${name} has been changed by another command in the meantime, so nothing was applied.\n` +
    'Run the same command again to see what it would do now.',
  'not-confirmed': () =>
    'there is no terminal to confirm this on, so nothing was changed. -auto-approve skips the question.',
  'folder-taken': ({path, code}) =>
    code === 'ENOTEMPTY'
      ? `${path} is not empty. Choose a folder that is empty or does not exist.`
      : `${path} cannot be used (${systemWords(code)}).`,
} satisfies Partial<ProblemWords>;

const DONE: Readonly<Record<Purpose, string>> = {
  'in-place': 'changed',
  apply: 'created',
  destroy: 'destroyed',
};

function inputsMissing(problem: Extract<Problem, {kind: 'inputs-missing'}>, tm: string): string {
  const why = {
    unset: 'not set now',
    differs: 'set to a different value now',
    ephemeral: 'ephemeral, and not set now',
    'of-rollback': 'set when this rollback was started',
  };
  const first = problem.variables[0]?.name ?? 'NAME';
  return (
    (problem.variables.every(({why}) => why === 'of-rollback')
      ? `these variables were set for the rollback to ${problem.version}, and their values are not kept:\n`
      : `these variables had secret values in ${problem.version}, which are not kept:\n`) +
    problem.variables.map((each) => `  ${each.name} (${why[each.why]})\n`).join('') +
    `Set each to the value it had: TF_VAR_${first}=… and so on. ` +
    `Or use a different value: ${tm} rollback ${flagsOf(problem)} -var ${first}=…\n` +
    `Nothing was ${DONE[problem.purpose]}.`
  );
}

function flagsOf({version, purpose}: {version: string; purpose: Purpose}): string {
  return {'in-place': `-to ${version} -in-place`, apply: `-to ${version}`, destroy: '-del'}[purpose];
}

/** What a folder or a state holds, in front of the end of a sentence; nothing where it is not known. */
function holding(count: number | undefined): string {
  return count === undefined ? '' : ` and holds ${resources(count)}`;
}

function held(count: number | undefined): string {
  return count === undefined ? '' : ` It holds ${resources(count)}.`;
}
