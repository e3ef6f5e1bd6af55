import type {Found, Standing} from '../history/find.js';
import {below, headline, type Entry} from './entry.js';
import {painter} from './paint.js';
import {jsonText, plain, quote} from './format.js';

/** How much of a long value is shown around what was found, and how many entries before the rest is only counted. */
const EXCERPT = 56;
const SHOWN = 20;

/** What `tm find` found. */
interface FindResult {
  readonly workspace: string;
  readonly found: readonly (Found & Entry & {readonly standing: Standing | undefined})[];
  readonly unsearched: readonly string[];
  /** The version that was used because the state itself could not be read. */
  readonly standIn: {readonly version: string; readonly source: string} | undefined;
}

/** What `tm find` shows: each resource or output that has the text, in the newest version that knows it. */
export function findText({found, unsearched, standIn}: FindResult, text: string, colour: boolean): string {
  const paint = painter(colour);
  const blocks = found.slice(0, SHOWN).map((hit) => {
    const value = hit.value === undefined ? '(sensitive)' : excerpt(hit.value, text);
    return [
      headline(hit, paint),
      below(plain(hit.address)),
      below(`${plain(hit.attribute)} = ${value}`),
      below(standingText(hit, standIn?.version ?? 'the state')),
      ...adoption(hit).map((line) => (line === '' ? '' : below(line))),
    ];
  });
  const last = unsearched.map((name) =>
    paint('yellow', plain(`${name} could not be searched: its state is damaged.`)),
  );
  if (standIn !== undefined)
    last.unshift(
      plain(`${standIn.source} cannot be read now, so ${standIn.version} tells what is still there.`),
    );
  if (found.length > SHOWN) last.unshift(`${found.length - SHOWN} more; -json has all of them.`);
  if (last.length > 0) blocks.push(last);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The same as data; a sensitive value is null. */
export function findJson({workspace, found, unsearched, standIn}: FindResult): string {
  return jsonText({
    workspace,
    found: found.map(({name, meta, kind, address, attribute, value = null, standing = null, importId}) => {
      const {timestamp, operation, actor} = meta;
      const block = importId === undefined ? null : importBlock(address, importId);
      const is = {kind, address, attribute, value, sensitive: value === null, standing, import: block};
      return {version: name, timestamp, operation, actor, ...is};
    }),
    stateReadable: standIn === undefined,
    unsearched,
  });
}

function standingText({kind, address, standing}: FindResult['found'][number], place: string): string {
  if (standing === undefined) return 'it is unknown whether it is still there';
  if (standing.kind === 'gone')
    return `no longer in ${place}${standing.taken ? ', where another resource has its address' : ''}`;
  const elsewhere = standing.address === address ? '' : ` as ${plain(standing.address)}`;
  const other = kind === 'output' ? ', with another value' : ', but this attribute has another value';
  return `still in ${place}${elsewhere}${standing.hasText ? '' : other}`;
}

function adoption({kind, address, standing, importId}: FindResult['found'][number]): string[] {
  if (kind === 'output' || standing?.kind === 'there') return [];
  if (importId === undefined) return ['no id is known that could be shown, so there is no import block'];
  return ['', 'To adopt it again:', '', ...importBlock(address, importId).split('\n')];
}

/** A value in quotes, of a long one the part around what was found. */
function excerpt(value: string, text: string): string {
  if (value.length <= EXCERPT) return quote(value);
  const at = Math.max(0, value.indexOf(text));
  const from = Math.max(0, Math.min(at - Math.floor((EXCERPT - text.length) / 2), value.length - EXCERPT));
  const start = Math.min(from, at);
  const end = start + EXCERPT;
  return `${start > 0 ? '…' : ''}${quote(value.slice(start, end))}${end < value.length ? '…' : ''}`;
}

/**
 * An `import` block that adopts a resource again.
 *
 * @param address As a state has it; the deposed object of a resource is adopted as that resource.
 */
export function importBlock(address: string, id: string): string {
  const hcl = address
    .replace(/ \(deposed object [^)]*\)$/, '')
    .replace(/\[("(?:[^"\\]|\\.)*")\]/g, (_, key: string) => `[${hclText(JSON.parse(key) as string)}]`);
  // Outside of keys such characters are in no address that terraform wrote.
  return `import {\n  to = ${plain(hcl)}\n  id = ${hclText(id)}\n}`;
}

/** A quoted text of HCL that means exactly this: nothing in it begins a template. */
function hclText(text: string): string {
  // JSON's `\\b` and `\\f` are none of HCL's escapes.
  const escapes: Record<string, string> = {'\\b': '\\u0008', '\\f': '\\u000c'};
  const json = JSON.stringify(text).replace(/\\./g, (pair) => escapes[pair] ?? pair);
  return plain(json).replace(/[$%](?=\{)/g, '$&$&');
}
