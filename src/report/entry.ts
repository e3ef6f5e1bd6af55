import {quote as shellQuote} from 'shlex';
import stringWidth from 'string-width';
import type {Meta} from '../store/version.js';
import type {Paint} from './paint.js';
import {localTime, plain} from './format.js';

/** Columns of text that fit everywhere. */
const WIDTH = 80;
const INDENT = '    ';

/** A version as it is told of, with metadata that has the types it says. */
export interface Entry {
  readonly name: string;
  readonly meta: Meta;
  readonly isCurrent: boolean;
}

/** `v3 (current)  apply failed  2025-11-26 18:36:35 +0100  ada@laptop`; what the store does not know is left out. */
export function headline({name, meta, isCurrent}: Entry, paint: Paint): string {
  const ended = meta.outcome === undefined || meta.outcome === 'succeeded' ? '' : ` ${meta.outcome}`;
  const {user = '', host = ''} = meta.actor ?? {};
  const parts = [
    paint(isCurrent ? 'green' : 'bold', isCurrent ? `${name} (current)` : name),
    paint(ended === '' ? 'bold' : 'yellow', plain(`${meta.operation ?? ''}${ended}`).trim()),
    localTime(meta.timestamp),
    plain(user === '' || host === '' ? `${user}${host}` : `${user}@${host}`),
  ];
  // A style without text is no text.
  return parts
    .filter((part, at) => (at === 1 ? meta.operation !== undefined || ended !== '' : part !== ''))
    .join('  ');
}

/** A command line as it can be typed again, over as many lines as it needs; none where it is not known. */
export function commandLines(argv: readonly string[] | undefined): string[] {
  if (argv === undefined || argv.length === 0) return [];
  return wrap(
    ['terraform', ...argv].map((word) => plain(shellQuote(word))),
    ' \\',
  );
}

/** Text over as many lines as it needs. */
export function textLines(text: string): string[] {
  return wrap(plain(text).split(' '), '');
}

/** A line below a headline. */
export function below(line: string): string {
  return `${INDENT}${line}`;
}

/** Lines that fit below a headline; a word that does not fit has one of its own. `end` goes behind all but the last. */
function wrap(words: readonly string[], end: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    const further = lines.length === 0 ? 0 : 2;
    if (line !== '' && INDENT.length + further + stringWidth(longer) + end.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((each, at) => `${at === 0 ? '' : '  '}${each}${at === lines.length - 1 ? '' : end}`);
}
