import type {Found, Standing} from '../history/find.js';
import {below, headline, type Told} from './entry.js';
import type {HistoryView} from './history.js';
import {painter} from './paint.js';
import {importBlock} from './import-block.js';
import {jsonText, plain} from './format.js';

/** How much of a long value is shown around what was found, and how many entries before the rest is only counted. */
const EXCERPT = 56;
const SHOWN = 20;

/** What `tm find` has to tell. */
export interface FindTold {
  readonly workspace: string;
  readonly found: readonly (Found & {readonly standing: Standing | undefined})[];
  readonly versions: readonly Told[];
  readonly unsearched: readonly string[];
  /** The version that was asked because the state itself could not be read. */
  readonly standIn: {readonly version: string; readonly source: string} | undefined;
}

/** What `tm find` shows: each resource or output that has the text, in the newest version that knows it. */
export function findText(
  {found, versions, unsearched, standIn}: FindTold,
  text: string,
  view: HistoryView,
): string {
  const paint = painter(view.colour);
  const place = standIn === undefined ? 'the state' : standIn.version;
  const blocks = found.slice(0, SHOWN).map((hit) => {
    const told = versions.find(({name}) => name === hit.version);
    const value = hit.value === undefined ? '(sensitive)' : excerpt(hit.value, text);
    return [
      told === undefined ? hit.version : headline(told, paint),
      below(plain(hit.address)),
      below(`${plain(hit.attribute)} = ${value}`),
      below(standingText(hit, place)),
      ...adoption(hit).map((line) => (line === '' ? '' : below(line))),
    ];
  });
  const last: string[] = [];
  if (found.length > SHOWN) last.push(`${found.length - SHOWN} more; -json has all of them.`);
  if (standIn !== undefined)
    last.push(
      plain(`${standIn.source} cannot be read now, so ${standIn.version} was asked what is still there.`),
    );
  for (const name of unsearched)
    last.push(paint('yellow', plain(`${name} could not be searched: its state is damaged.`)));
  if (last.length > 0) blocks.push(last);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The same as data; a sensitive value is null. */
export function findJson({workspace, found, versions, unsearched, standIn}: FindTold): string {
  return jsonText({
    workspace,
    found: found.map((hit) => {
      const {timestamp, operation, actor} = versions.find(({name}) => name === hit.version)?.meta ?? {};
      return {
        version: hit.version,
        timestamp,
        operation,
        actor,
        kind: hit.kind,
        address: hit.address,
        attribute: hit.attribute,
        value: hit.value ?? null,
        sensitive: hit.value === undefined,
        standing: hit.standing ?? null,
        import: hit.importId === undefined ? null : importBlock(hit.address, hit.importId),
      };
    }),
    stateReadable: standIn === undefined,
    unsearched,
  });
}

function standingText({kind, address, standing}: FindTold['found'][number], place: string): string {
  if (standing === undefined) return 'nobody can tell whether it is still there';
  if (standing.kind === 'gone')
    return `no longer in ${place}${standing.taken ? ', where its address is that of another' : ''}`;
  const elsewhere = standing.address === address ? '' : ` as ${plain(standing.address)}`;
  const other = standing.hasText
    ? ''
    : kind === 'output'
      ? ', with another value'
      : ', but this attribute has another value';
  return `still in ${place}${elsewhere}${other}`;
}

function adoption({kind, address, standing, importId}: FindTold['found'][number]): string[] {
  if (kind === 'output' || standing?.kind === 'there') return [];
  if (importId === undefined) return ['no id is known that could be shown, so there is no import block'];
  return ['', 'To adopt it again:', '', ...importBlock(address, importId).split('\n')];
}

/** A value in quotes, of a long one the part around what was found. */
function excerpt(value: string, text: string): string {
  if (value.length <= EXCERPT) return quoted(value);
  const at = Math.max(0, value.indexOf(text));
  const from = Math.max(0, Math.min(at - Math.floor((EXCERPT - text.length) / 2), value.length - EXCERPT));
  const start = Math.min(from, at);
  const part = value.slice(start, start + EXCERPT);
  return `${start > 0 ? '…' : ''}${quoted(part)}${start + EXCERPT < value.length ? '…' : ''}`;
}

function quoted(text: string): string {
  return plain(JSON.stringify(text));
}
