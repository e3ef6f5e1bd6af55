import type {Context} from '../context.js';
import {codeOf, UserError} from '../errors.js';
import type {Report} from '../events/run.js';
import {requirePlace, type Place} from '../project/place.js';
import {finishJournal} from '../store/journal.js';
import {layOut} from '../store/layout.js';
import {readHistory, workspacesIn, type History} from '../store/read.js';
import {hasLeftovers} from '../store/staging.js';
import {isInsideStore} from '../terraform/project.js';

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
    if (isUndone) report({type: 'files-recovered', path: place.root, edited});
    if (pid !== undefined && isForTerraform) report({type: 'files-in-hand', path: place.root, pid});
  } catch (error) {
    const {path = place.layout.journal} = error as NodeJS.ErrnoException;
    report({type: 'files-unrecovered', path, code: codeOf(error)});
  }
  if (!hasLeftovers(place.layout)) return true;
  // Loaded only where it is needed: terraform waits for it.
  const {recover} = await import('../capture/recover.js');
  return recover({context, place, report});
}

/** What a `tm` command is run with. */
interface Opening {
  readonly context: Context;
  /** The folder of `-chdir`, as typed. */
  readonly chdir: string | undefined;
  /** Gets what killed commands had left undone. */
  readonly report: Report;
}

/** A root module and the versions of its selected workspace. */
export interface OpenHistory {
  readonly place: Place;
  readonly history: History;
}

/**
 * The root module a `tm` command works on, with everything finished that killed commands left undone.
 *
 * @param writes Whether the command changes something. One that only reads works in a read-only store, too, where nothing
 *   can be finished.
 * @throws UserError `no-root-module`; `inside-store` where the command writes.
 */
export async function openPlace({context, chdir, report}: Opening, writes: boolean): Promise<Place> {
  const place = await requirePlace(context, chdir);
  if (writes && isInsideStore(place.root, place.layout.store))
    throw new UserError({kind: 'inside-store', path: place.root});
  try {
    await finishLeftovers(context, place, report);
  } catch (error) {
    if (writes) throw error;
  }
  return place;
}

/** The same with its versions. @throws UserError also what `readHistory` throws. */
export async function openHistory(opening: Opening, writes = false): Promise<OpenHistory> {
  const place = await openPlace(opening, writes);
  return {place, history: readHistory(place.layout)};
}

/** The same for a command that cannot do anything without a version. @throws UserError also `no-versions`. */
export async function openVersions(opening: Opening): Promise<OpenHistory> {
  const opened = await openHistory(opening);
  if (opened.history.versions.length === 0) throw new UserError({kind: 'no-versions'});
  return opened;
}

/** The histories of all workspaces: `default` first, the selected one also where it has no version. */
export function everyHistory({place, history}: OpenHistory): {workspace: string; history: History}[] {
  const {store} = place.layout;
  const names = new Set(['default', ...workspacesIn(store), place.workspace]);
  return [...names].map((workspace) => ({
    workspace,
    history: workspace === place.workspace ? history : readHistory(layOut(store, workspace)),
  }));
}
