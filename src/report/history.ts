import {createColors} from 'picocolors';
import type {Output} from '../context.js';
import type {History, Version} from '../store/read.js';

const COLUMNS = ['Version', 'Timestamp', 'Added', 'Changed', 'Destroyed', 'Status'];

/** What surrounds a history when it is shown. */
export interface HistoryView {
  readonly workspace: string;
  readonly tm: string;
  /** Whether colours are wanted: a terminal, and no `NO_COLOR`. */
  readonly colour: boolean;
}

/** The table of `tm list`. */
export function historyText(history: History, view: HistoryView): string {
  const {versions, current, damaged, notes, rollback} = history;
  const paint = painter(view.colour);
  const lines: string[] = [];
  lines.push(
    paint('bold', `cloudtm versions${view.workspace === 'default' ? '' : ` of workspace ${view.workspace}`}`),
  );
  lines.push(
    `Current: ${current === undefined || current.name === '' ? 'none' : `${plain(current.name)} (${activity(current.status)})`}`,
  );
  if (rollback !== '') lines.push(`Rollback: ${plain(rollback)} is deployed from .cloudtm/rollback/`);
  lines.push('');
  if (versions.length === 0)
    lines.push('No version has been kept yet. The first terraform apply that changes something keeps one.');
  else lines.push(...table(history, paint));
  for (const version of damaged)
    lines.push(paint('yellow', plain(`damaged: ${version.name}: ${version.reason}`)));
  for (const note of notes) lines.push(paint('yellow', plain(`damaged: ${note.path}: ${note.reason}`)));
  if (versions.length > 0) lines.push('', `Use: ${view.tm} rollback --to <version>`);
  return `${lines.join('\n')}\n`;
}

/** The same as data. `versions` are the contents of `meta/vN.json`, newest first. */
export function historyJson(history: History, workspace: string): string {
  const {versions, current, damaged, notes, rollback} = history;
  return `${JSON.stringify(
    {
      workspace,
      current: current?.name ?? '',
      status: current?.status ?? false,
      rollback,
      versions: versions.map(({meta}) => meta),
      damaged: damaged.map(({name, reason}) => ({version: name, reason})),
      notes,
    },
    undefined,
    2,
  )}\n`;
}

/** Whether to colour what goes to this output (see no-color.org). */
export function wantsColour(output: Output, env: Readonly<NodeJS.ProcessEnv>): boolean {
  return output.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
}

type Paint = (style: 'bold' | 'green' | 'yellow' | 'dim', text: string) => string;

function painter(colour: boolean): Paint {
  const colours = createColors(colour);
  return (style, text) => colours[style](text);
}

function table(history: History, paint: Paint): string[] {
  const rows = history.versions.map((version) => row(version, history));
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    paint('bold', line(COLUMNS)),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map((cells) => {
      const text = line(cells);
      if (cells[5]?.startsWith('Active')) return paint('green', text);
      return /failed|interrupted/.test(cells[5] ?? '') ? paint('yellow', text) : text;
    }),
  ];
}

/** What is written in the store reaches the terminal as text, never as control characters. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are meant
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function row({name, meta}: Version, {current}: History): string[] {
  const isCurrent = current?.name === name;
  const ended = meta.outcome === undefined || meta.outcome === 'succeeded' ? '' : meta.outcome;
  const status = isCurrent ? activity(current.status) : '-';
  return [
    isCurrent ? `${name} *` : name,
    meta.timestamp.replace('T', ' '),
    meta.resources.added,
    meta.resources.changed,
    meta.resources.destroyed,
    ended === '' ? status : isCurrent ? `${status} (${ended})` : ended,
  ].map(plain);
}

function activity(status: boolean): string {
  return status ? 'Active' : 'Inactive';
}
