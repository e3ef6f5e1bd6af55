import {join} from 'node:path';
import {openTransaction} from '../store/journal.js';
import {writeConfiguration} from '../store/restore.js';
import {plannedChangeset, differingOutside, planRootFiles, sayFiles} from './project-files.js';
import {keepProject, withReplacingFolder} from './project-state.js';
import {blockedFiles, refuse} from './refusals.js';
import type {RestoreRequest} from './request.js';

/**
 * Bring back the configuration of a version: its files over the present ones, and without those terraform would read that
 * it does not have. The present files are kept in a version first. State and infrastructure stay as they are.
 *
 * @param operation Of that version.
 * @returns False when the user did not agree.
 * @throws UserError `version-damaged`, `restore-blocked`, `files-in-hand`, `files-unwritable`.
 */
export async function restoreFiles(
  request: RestoreRequest,
  operation: 'before-restore' | 'before-rollback' = 'before-restore',
): Promise<boolean> {
  const {context, place, version, say, confirm} = request;
  const {layout, root} = place;
  return withReplacingFolder(request, async (folder) => {
    const wanted = writeConfiguration(layout, version, join(folder, 'tree'));
    const plan = async () => {
      const replacement = await planRootFiles(place, wanted);
      refuse(blockedFiles(version.name, replacement.blocked));
      return replacement;
    };
    const shown = await plan();
    sayFiles(say, version, shown, differingOutside(place, version));
    if (shown.added.length + shown.changed.length + shown.removed.length === 0) return true;

    if (!(await confirm())) return false;
    const note = `the files before those of ${version.name}`;
    const kept = await keepProject(request, {operation, note});
    say({type: 'present-kept', version: kept.name});

    // Compared again: the files may have been edited while the question was open.
    const area = plannedChangeset(root, wanted, await plan());
    const transaction = openTransaction(layout, context, folder, [area], []);
    try {
      transaction.carryOut();
    } catch (error) {
      transaction.undo();
      throw error;
    }
    transaction.close();
    say({type: 'files-restored', version: version.name, before: kept.name});
    return true;
  });
}

/** Write a version's files to a folder that is not there yet, or empty; nothing else is touched. */
export function writeFilesTo({place, version, say}: RestoreRequest, folder: string): void {
  const root = writeConfiguration(place.layout, version, folder);
  say({type: 'files-written', version: version.name, path: root});
}
