import type {Blame, Touch} from '../state/blame.js';
import {below, commandLines, headline, type Entry} from './entry.js';
import {painter} from './paint.js';
import {jsonText, plain} from './format.js';

/** What `tm blame` found. */
interface BlameResult extends Omit<Blame, 'versions'> {
  readonly workspace: string;
  readonly versions: readonly (Entry & Blame['versions'][number])[];
  /** The current version, when everything was destroyed after it; that makes no version. */
  readonly destroyedAfter: string | undefined;
}

/** What `tm blame` shows: each version that touched the resource, and what it did. */
export function blameText({renamed, versions, destroyedAfter}: BlameResult, colour: boolean): string {
  const paint = painter(colour);
  const blocks: string[][] = [];
  const first = renamed.map(({from, to}) => `${plain(from)} is ${plain(to)} now.`);
  if (destroyedAfter !== undefined) first.push(`Everything was destroyed after ${plain(destroyedAfter)}.`);
  if (first.length > 0) blocks.push(first);
  for (const version of versions) {
    const {name, meta, touches} = version;
    const width = Math.max(...touches.map(({action}) => word(action).length));
    blocks.push([
      headline(version, paint),
      ...commandLines(meta.argv).map(below),
      ...touches.flatMap((touch) => touchLines(touch, name, width)).map(below),
    ]);
  }
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The same as data. Times are UTC. */
export function blameJson({workspace, address, renamed, versions, destroyedAfter}: BlameResult): string {
  return jsonText({
    workspace,
    address,
    renamed,
    destroyedAfter: destroyedAfter ?? null,
    versions: versions.map(({name, meta, touches}) => ({
      ...meta,
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
