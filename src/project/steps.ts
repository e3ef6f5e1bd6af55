import {join} from 'node:path';
import {CONFIGS, type Layout} from '../store/layout.js';
import {listFolder, type History} from '../store/read.js';
import {readRegularText} from '../regular-file.js';
import {readHcl, type Block, type Body} from '../terraform/hcl.js';
import type {Step} from '../state/reconcile.js';

/** What every version did, oldest first, as seen from one of them. */
export function stepsOf(layout: Layout, {versions}: History, number: number): Step[] {
  return [...versions].reverse().map((version) => ({
    isAfter: version.number > number,
    operation: version.meta.operation ?? '',
    changes: version.meta.changes ?? [],
    imports: importsIn(join(layout.version(version.number), CONFIGS)),
  }));
}

/** The resources the root module in a folder declares: `aws_instance.web`. */
export function resourcesIn(folder: string): ReadonlySet<string> {
  const blocks = blocksIn(folder).filter(({type}) => type === 'resource');
  return new Set(blocks.map(({labels}) => labels.join('.')));
}

/** Where the `moved` blocks of the root module in a folder lead to, and where each starts. */
export function movesIn(folder: string): ReadonlyMap<string, string> {
  const blocks = blocksIn(folder).filter(({type}) => type === 'moved');
  return new Map(blocks.map(({body}) => [addressIn(body, 'to'), addressIn(body, 'from')]));
}

/** Addresses that `import` blocks of a root module name. */
function importsIn(folder: string): string[] {
  return blocksIn(folder)
    .filter(({type}) => type === 'import')
    .map(({body}) => addressIn(body, 'to'));
}

function addressIn(body: Body, name: string): string {
  return (body.attributes.get(name) ?? '').replace(/\s/g, '');
}

/** A file that cannot be read this way has none. */
function blocksIn(folder: string): Block[] {
  return listFolder(folder)
    .filter((name) => name.endsWith('.tf'))
    .flatMap((name) => {
      try {
        return readHcl(readRegularText(join(folder, name)) ?? '').blocks;
      } catch {
        return [];
      }
    });
}
