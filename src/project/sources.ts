import {lstatSync} from 'node:fs';
import type {Source} from '../store/copy.js';
import {listFolder} from '../store/read.js';
import {readModules, type Module} from '../terraform/project.js';
import {isConfiguration} from '../terraform/variables.js';
import {findConfiguration, type Found} from './config-files.js';
import {outsideOf, type Outside} from './outside.js';
import type {Place} from './place.js';

/** Whether a folder is a module: terraform reads nothing else from it. */
export function hasConfiguration(folder: string): boolean {
  return listFolder(folder).some(isConfiguration);
}

/**
 * Find the files of the root module and of the local modules outside of it, as `findConfiguration` does for one. From a
 * root without configuration nothing is taken: `terraform state rm` may be run from anywhere.
 *
 * @param planned The modules of a saved plan.
 * @param cancelled As for `findConfiguration`.
 * @returns The files under the paths they have in a version.
 */
export async function findSources(
  place: Place,
  planned: readonly Module[] = [],
  cancelled: () => boolean = () => false,
): Promise<Found & {readonly outside: Outside}> {
  const {root, dataDir} = place;
  const isRoot = hasConfiguration(root);
  const recorded = isRoot ? readModules(dataDir) : [];
  const outside = outsideOf(root, dataDir, recorded, planned, hasConfiguration);
  // The links on the way to modules; one that vanished meanwhile is left out.
  const sources: Source[] = outside.links.flatMap((from) => {
    const [path, stats] = [outside.place(from), lstatSync(from, {throwIfNoEntry: false})];
    return stats?.isSymbolicLink() === true && path !== undefined ? [{from, path, stats}] : [];
  });
  const skipped: Found['skipped'][number][] = [];
  for (const folder of [...(isRoot ? [root] : []), ...outside.folders]) {
    if (cancelled()) break;
    const found = await findConfiguration(folder, place, cancelled);
    const below = (path: string) => `${outside.place(folder) ?? ''}/${path}`;
    for (const source of found.sources) sources.push({...source, path: below(source.path)});
    for (const file of found.skipped) skipped.push({...file, path: below(file.path)});
  }
  return {outside, sources, skipped};
}
