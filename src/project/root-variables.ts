import {join} from 'node:path';
import {listFolder} from '../store/read.js';
import {readIfRegular} from '../regular-file.js';
import {automaticVarFiles, scanAssignments} from '../terraform/var-files.js';
import {isConfiguration, scanVariables, type Declarations} from '../terraform/variables.js';

/** The variables that the root module in these folders declares; one in two folders counts as the stricter of both. */
export function declaredIn(...folders: readonly string[]): Declarations {
  const paths = folders.flatMap((folder) =>
    listFolder(folder)
      .filter(isConfiguration)
      .map((name) => join(folder, name)),
  );
  return scanVariables(new Map(paths.map((path) => [path, readIfRegular(path)?.toString()])));
}

/** The files of a folder that terraform reads values from by itself, in its order. */
export function automaticIn(folder: string): string[] {
  return automaticVarFiles(listFolder(folder));
}

/** What files with values assign, the last one counting, as `scanAssignments` tells it. */
export function assignedIn(paths: readonly string[]): ReadonlyMap<string, string | undefined> {
  const assigned = new Map<string, string | undefined>();
  for (const path of paths) {
    const text = readIfRegular(path)?.toString() ?? '';
    for (const [name, value] of scanAssignments(path, text)) assigned.set(name, value);
  }
  return assigned;
}
