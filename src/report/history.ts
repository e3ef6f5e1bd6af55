import type {History, Version} from '../store/read.js';
import type {Meta} from '../store/version.js';
import {painter, type Paint} from './paint.js';
import {columns} from './columns.js';
import {jsonText, localTime, plain, resources} from './format.js';

const COLUMNS = [
  'Version',
  'Timestamp',
  'Added',
  'Changed',
  'Destroyed',
  'Status',
  'Operation',
  'Snapshots',
  'Note',
];
/** What follows this column is left out when no version has it. */
const STATUS = COLUMNS.indexOf('Status');

/** The history of one workspace. */
export interface Known {
  readonly workspace: string;
  readonly history: History;
  /** The images of its machines that have logs, by version: their names, newest first. */
  readonly images: ReadonlyMap<string, readonly string[]>;
}

/** How a history is shown. */
export interface HistoryView {
  readonly tm: string;
  /** Whether colours are wanted: a terminal, and no `NO_COLOR`. */
  readonly colour: boolean;
}

/** What `tm list` shows of the selected workspace. */
export function historyText(known: Known, view: HistoryView): string {
  const {workspace, history} = known;
  const paint = painter(view.colour);
  const lines = [
    paint('bold', `cloudtm versions${workspace === 'default' ? '' : ` of workspace ${plain(workspace)}`}`),
  ];
  lines.push(...body(known, paint));
  // What is deployed must be destroyed before a version can be deployed on its own.
  const isDeployed = history.current?.status === true && history.versions[0]?.meta.format !== undefined;
  const how = isDeployed ? ' --in-place' : '';
  if (history.versions.length > 0) lines.push('', `Use: ${view.tm} rollback --to <version>${how}`);
  return `${lines.join('\n')}\n`;
}

/** What `tm list -all-workspaces` shows. */
export function historiesText(all: readonly Known[], selected: string, view: HistoryView): string {
  const paint = painter(view.colour);
  return all
    .map((known) => {
      const {workspace} = known;
      const mark = workspace === selected ? ' (selected)' : '';
      const title = paint('bold', `cloudtm versions of workspace ${plain(workspace)}${mark}`);
      return `${[title, ...body(known, paint)].join('\n')}\n`;
    })
    .join('\n');
}

/** The history of the selected workspace as data. `versions` are the contents of `meta/vN.json`, newest first. */
export function historyJson(known: Known): string {
  return jsonText(dataOf(known));
}

/** The same of every workspace, under `workspaces`. */
export function historiesJson(all: readonly Known[], selected: string): string {
  return jsonText({selected, workspaces: all.map(dataOf)});
}

/** What a snapshot became. */
export function snapshotText(name: string, meta: Meta | undefined): string {
  const held = meta?.state?.resources;
  return `Kept ${name}${held === undefined ? '' : ` (${resources(held)})`}\n`;
}

function dataOf({workspace, history, images}: Known) {
  const {versions, current, damaged, notes, rollback} = history;
  return {
    workspace,
    current: current?.name ?? '',
    status: current?.status ?? false,
    rollback,
    versions: versions.map(({name, meta}) => {
      const names = images.get(name) ?? [];
      return names.length === 0 ? meta : {...meta, images: names};
    }),
    damaged: damaged.map(({name, reason}) => ({version: name, reason})),
    notes,
  };
}

function body(known: Known, paint: Paint): string[] {
  const {history} = known;
  const {versions, current, damaged, notes, rollback} = history;
  const lines = [
    `Current: ${current === undefined || current.name === '' ? 'none' : `${plain(current.name)} (${activity(current.status)})`}`,
  ];
  if (rollback !== '') lines.push(`Rollback: ${plain(rollback)} is deployed from .cloudtm/rollback/`);
  lines.push('');
  if (versions.length === 0)
    lines.push('No version has been kept yet. The first terraform apply that changes something keeps one.');
  else lines.push(...table(known, paint));
  for (const version of damaged)
    lines.push(paint('yellow', plain(`damaged: ${version.name}: ${version.reason}`)));
  for (const note of notes) lines.push(paint('yellow', plain(`damaged: ${note.path}: ${note.reason}`)));
  return lines;
}

function table({history, images}: Known, paint: Paint): string[] {
  const rows = history.versions.map((version) =>
    row(version, history, images.get(version.name)?.length ?? 0),
  );
  // The original tool knew of no operation, and most versions have nothing to note.
  const shown = COLUMNS.map((_, column) => column).filter(
    (column) => column <= STATUS || rows.some((cells) => cells[column] !== ''),
  );
  const cells = [COLUMNS, ...rows].map((all) => shown.map((column) => all[column] ?? ''));
  const [head = '', dashes = '', ...lines] = columns(cells).trimEnd().split('\n');
  return [
    paint('bold', head),
    dashes,
    ...lines.map((text, at) => {
      const status = rows[at]?.[STATUS] ?? '';
      if (status.startsWith('Active')) return paint('green', text);
      return /failed|interrupted/.test(status) ? paint('yellow', text) : text;
    }),
  ];
}

function row({name, meta}: Version, {current}: History, images: number): string[] {
  const isCurrent = current?.name === name;
  const ended = meta.outcome === undefined || meta.outcome === 'succeeded' ? '' : meta.outcome;
  const status = isCurrent ? activity(current.status) : '-';
  return [
    isCurrent ? `${name} *` : name,
    localTime(meta.timestamp),
    meta.resources.added,
    meta.resources.changed,
    meta.resources.destroyed,
    ended === '' ? status : isCurrent ? `${status} (${ended})` : ended,
    meta.operation === undefined ? '' : `${meta.operation}${meta.targeted === true ? ' (targeted)' : ''}`,
    images === 0 ? '' : String(images),
    meta.note ?? '',
  ].map(plain);
}

function activity(status: boolean): string {
  return status ? 'Active' : 'Inactive';
}
