import type {Blame, Touch} from '../state/blame.js';
import {below, commandLines, headline, type Told} from './entry.js';
import type {HistoryView} from './history.js';
import {painter} from './paint.js';
import {jsonText, plain} from './format.js';

/** What `tm blame` found. */
interface BlameResult {
  readonly workspace: string;
  readonly found: Blame;
  readonly versions: readonly Told[];
  /** The current version, when everything was destroyed after it; that makes no version. */
  readonly destroyedAfter: string | undefined;
}

/** What `tm blame` shows: each version that touched the resource, and what it did. */
export function blameText({found, versions, destroyedAfter}: BlameResult, {colour}: HistoryView): string {
  const paint = painter(colour);
  const blocks: string[][] = [];
  const first = found.renamed.map(({from, to}) => `${plain(from)} is ${plain(to)} now.`);
  if (destroyedAfter !== undefined) first.push(`Everything was destroyed after ${plain(destroyedAfter)}.`);
  if (first.length > 0) blocks.push(first);
  for (const {name, touches} of found.versions) {
    const version = versions.find((each) => each.name === name);
    if (version === undefined) continue;
    const width = Math.max(...touches.map(({action}) => word(action).length));
    blocks.push([
      headline(version, paint),
      ...commandLines(version.meta.argv).map(below),
      ...touches.flatMap((touch) => touchLines(touch, name, width)).map(below),
    ]);
  }
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The same as data. Times are UTC. */
export function blameJson({workspace, found, versions, destroyedAfter}: BlameResult): string {
  return jsonText({
    workspace,
    address: found.address,
    renamed: found.renamed,
    destroyedAfter: destroyedAfter ?? null,
    versions: found.versions.map(({name, touches}) => ({
      ...versions.find((version) => version.name === name)?.meta,
      version: name,
      changes: touches.map(({action, address, from}) => ({action, address, from})),
    })),
  });
}

function touchLines({address, action, from}: Touch, version: string, width: number): string[] {
  const line = `${word(action).padEnd(width)}  ${plain(address)}`;
  if (from !== undefined) return [line, `${' '.repeat(width)}  from ${plain(from)}`];
  return [action === 'known' ? `${line} (first known in ${version})` : line];
}

function word(action: Touch['action']): string {
  return action === 'known' ? 'was there' : action;
}
