import {join} from 'node:path';
import {CONFIGS, type Layout} from '../store/layout.js';
import {listFolder, type History} from '../store/read.js';
import {readIfRegular} from '../regular-file.js';
import {readHcl, type Block} from '../terraform/hcl.js';
import type {Step} from '../state/reconcile.js';

/** What every version did, oldest first, as seen from one of them. */
export function stepsOf(layout: Layout, {versions}: History, number: number): Step[] {
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
  return listFolder(folder)
    .filter((name) => name.endsWith('.tf'))
    .flatMap((name) => {
      try {
        const {blocks} = readHcl(readIfRegular(join(folder, name))?.toString() ?? '');
        return blocks.filter(({type}) => type === wanted);
      } catch {
        return [];
      }
    });
}
