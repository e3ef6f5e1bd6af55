import {requireState} from '../../history/version-state.js';
import {refuseStateElsewhere} from '../../project/place.js';
import {readHistory, resolveVersion} from '../../store/read.js';
import {sayDiskSnapshots} from '../disk-snapshots.js';
import {keepProject, withReplacingFolder} from '../project-state.js';
import {refuse} from '../refusals.js';
import type {InPlaceRequest} from '../request.js';
import {replaceAndApply} from './apply.js';
import {inPlaceRefusal, plannedRefusal} from './checks.js';
import {gatherPresent, prepare, sayPrepared} from './prepare.js';

/**
 * Put a version's configuration in the place of the present one and apply it against the live state, so that terraform
 * plans only the difference and nothing has to be destroyed first.
 *
 * Until terraform applies, everything can be undone, and is: when it is refused, when something fails, and by the next
 * command when this one is killed. From then on the version's files stay.
 *
 * @returns False when the user did not agree.
 * @throws UserError with the reason of a refusal, or what is left after a failure.
 */
export async function rollBackInPlace(request: InPlaceRequest, name: string): Promise<boolean> {
  const {context, place, say, planOnly} = request;
  const {layout, workspace} = place;
  refuseStateElsewhere(context, place);
  const history = readHistory(layout);
  const version = resolveVersion(history, name);
  return withReplacingFolder(request, async (folder) => {
    const {parsed: wanted} = requireState(layout, version);
    const present = await gatherPresent(request);
    refuse(inPlaceRefusal(version, wanted.lineage, present.now));
    say({type: 'version-found', version: version.name, workspace});
    sayDiskSnapshots(place, history, version, say);

    const prepared = await prepare(request, version, {...present, wanted}, folder);
    refuse(plannedRefusal(prepared, request.destroyImported));
    sayPrepared(request, prepared);
    if (!planOnly) {
      const note = `the files before those of ${version.name}`;
      const kept = await keepProject(request, {operation: 'before-rollback', note});
      say({type: 'present-kept', version: kept.name});
    }
    return replaceAndApply(request, prepared, folder);
  });
}
