import type {History} from '../store/read.js';
import type {Meta} from '../store/version.js';
import {below, commandLines, headline, textLines, type Entry} from './entry.js';
import type {HistoryView} from './history.js';
import {painter, type Paint} from './paint.js';
import {countWords, duration, jsonText, plain} from './format.js';

/** A version of one workspace, as `tm log` tells of it. */
export interface Logged extends Entry {
  readonly workspace: string;
}

/** What `tm log` has to tell. */
export interface Log {
  /** Newest first. */
  readonly entries: readonly Logged[];
  readonly damaged: readonly (History['damaged'][number] & {readonly workspace: string})[];
  /** Whether the workspaces are named. */
  readonly ofAll: boolean;
}

/** What `tm log` shows: some lines a version. */
export function logText({entries, damaged, ofAll}: Log, {colour}: HistoryView): string {
  const paint = painter(colour);
  const blocks = entries.map((entry) => entryLines(entry, ofAll, paint));
  if (damaged.length > 0) {
    blocks.push(
      damaged.map(({name, reason, workspace}) =>
        paint('yellow', plain(`damaged: ${ofAll ? `${workspace}: ` : ''}${name}: ${reason}`)),
      ),
    );
  }
  if (blocks.length === 0)
    return 'No version has been kept yet. The first terraform apply that changes something keeps one.\n';
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The same as data: each version's metadata, with its workspace and whether it is the current one. Times are UTC. */
export function logJson({entries, damaged}: Log): string {
  return jsonText({
    versions: entries.map(({name, meta, workspace, isCurrent}) => ({
      ...meta,
      version: name,
      workspace,
      current: isCurrent,
    })),
    damaged: damaged.map(({name, reason, workspace}) => ({version: name, workspace, reason})),
  });
}

function entryLines(entry: Logged, ofAll: boolean, paint: Paint): string[] {
  const {meta} = entry;
  const lines = [
    ...commandLines(meta.argv),
    plain(`${countWords(meta.resources)}${tookTime(meta)}`),
    ...textLines(circumstances(meta)),
    ...textLines([meta.actor?.ci, meta.actor?.run].filter(Boolean).join(', ')),
  ];
  if (ofAll) lines.push(plain(`workspace ${entry.workspace}`));
  if (meta.tags !== undefined && meta.tags.length > 0)
    lines.push(...textLines(`tags: ${meta.tags.join(', ')}`));
  if (meta.note !== undefined && meta.note !== '') lines.push(...textLines(`note: ${meta.note}`));
  return [headline(entry, paint), ...lines.filter((line) => line !== '').map(below)];
}

function tookTime({durationMs, operation}: Meta): string {
  // No terraform ran for these.
  if (durationMs === undefined || operation === 'snapshot' || operation === 'baseline') return '';
  return ` in ${duration(durationMs)}`;
}

function circumstances({git, terraform, targeted, backend}: Meta): string {
  const parts: string[] = [];
  if (terraform !== undefined && terraform.version !== '') parts.push(`terraform ${terraform.version}`);
  if (backend !== undefined && backend !== 'local') parts.push(`backend ${backend}`);
  if (git) {
    const branch = git.branch === '' ? '' : `${git.branch} `;
    parts.push(`git ${branch}${git.commit.slice(0, 10)}${git.dirty ? ' with uncommitted changes' : ''}`);
  }
  if (targeted === true) parts.push('targeted');
  return parts.join(', ');
}
