import {join} from 'node:path';
import {readIfRegular} from '../regular-file.js';
import type {Step} from '../state/reconcile.js';
import {CONFIGS, type Layout} from '../store/layout.js';
import {listFolder, type History} from '../store/read.js';
import {readHcl, type Block} from '../terraform/hcl.js';
import {
  automaticVarFiles,
  isConfiguration,
  scanAssignments,
  scanVariables,
  type Declarations,
} from '../terraform/variables.js';

/** The variables that the root module in these folders declares; one in two folders counts as the stricter of both. */
export function declaredIn(...folders: readonly string[]): Declarations {
  const paths = folders.flatMap((folder) => pathsIn(folder, isConfiguration));
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

/** What every version did, oldest first, as seen from one of them. The kept files are read without their checksums. */
export function stepsUnchecked(layout: Layout, {versions}: History, number: number): Step[] {
  return [...versions].reverse().map((version) => ({
    isAfter: version.number > number,
    operation: version.meta.operation ?? '',
    changes: version.meta.changes ?? [],
    imports: blocksIn(join(layout.version(version.number), CONFIGS), 'import').map((block) =>
      addressIn(block, 'to'),
    ),
  }));
}

/** The resources the root module in a folder declares: `aws_instance.web`. */
export function resourcesIn(folder: string): ReadonlySet<string> {
  return new Set(blocksIn(folder, 'resource').map(({labels}) => labels.join('.')));
}

/** Where the `moved` blocks of the root module in a folder lead to, and where each starts. */
export function movesIn(folder: string): ReadonlyMap<string, string> {
  const blocks = blocksIn(folder, 'moved');
  return new Map(blocks.map((block) => [addressIn(block, 'to'), addressIn(block, 'from')]));
}

function addressIn({body}: Block, name: string): string {
  return (body.attributes.get(name) ?? '').replace(/\s/g, '');
}

/** The blocks of a type in a root module; a file that cannot be read this way has none. */
function blocksIn(folder: string, wanted: string): Block[] {
  return pathsIn(folder, (name) => name.endsWith('.tf')).flatMap((path) => {
    try {
      const {blocks} = readHcl(readIfRegular(path)?.toString() ?? '');
      return blocks.filter(({type}) => type === wanted);
    } catch {
      return [];
    }
  });
}

function pathsIn(folder: string, isWanted: (name: string) => boolean): string[] {
  const names = listFolder(folder).filter(isWanted);
  return names.map((name) => join(folder, name));
}
