import type {Context} from '../../context.js';
import {machinesOf} from '../../machine/of-version.js';
import {readHistory} from '../../store/read.js';
import {requirePlace} from '../../project/place.js';

/** Where the versions of the selected workspace say that logs of images are; nowhere, where they cannot be read. */
export async function logFolders(context: Context, chdir: string | undefined): Promise<string[]> {
  try {
    const {layout} = await requirePlace(context, chdir);
    return readHistory(layout)
      .versions.flatMap(machinesOf)
      .flatMap(({logs}) => logs ?? []);
  } catch {
    return [];
  }
}
