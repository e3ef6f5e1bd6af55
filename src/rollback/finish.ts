import {recover} from '../capture/recover.js';
import type {Place} from '../project/place.js';
import type {Context} from '../context.js';
import {codeOf} from '../errors.js';
import type {Report} from '../events/run.js';
import {finishJournal} from '../store/journal.js';

/**
 * Do what killed commands left undone: files that were being replaced first, since whatever comes next reads them; then
 * versions that were missed.
 *
 * @param isForTerraform Whether terraform comes next, and reads the files as another command has put them there.
 * @returns As `recover`.
 */
export async function finishLeftovers(
  context: Context,
  place: Place,
  report: Report,
  isForTerraform = false,
): Promise<boolean> {
  try {
    const {isUndone, edited, pid} = finishJournal(place.layout, context);
    if (isUndone) report({type: 'files-mended', path: place.root, edited});
    if (pid !== undefined && isForTerraform) report({type: 'files-in-hand', path: place.root, pid});
  } catch (error) {
    const {path = place.layout.journal} = error as NodeJS.ErrnoException;
    report({type: 'files-unmended', path, code: codeOf(error)});
  }
  return recover(context, place, report);
}
