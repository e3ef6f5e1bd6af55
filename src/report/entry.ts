import {quote as shellQuote} from 'shlex';
import type {Meta} from '../store/version.js';
import type {Paint} from './paint.js';
import {plain} from './plain.js';

/** Columns of text that fit everywhere. */
const WIDTH = 80;
const INDENT = '    ';

/** A version as it is told of, with metadata that has the types it says. */
export interface Told {
  readonly name: string;
  readonly meta: Meta;
  readonly isCurrent: boolean;
}

/** `v3 (current)  apply failed  2025-11-26 18:36:35 +0100  ada@laptop`; what the store does not know is left out. */
export function headline({name, meta, isCurrent}: Told, paint: Paint): string {
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

/** A moment in the zone of whoever reads it, with its offset from UTC; as it is written where it is none. */
export function localTime(timestamp: string): string {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) return plain(timestamp);
  const two = (number: number) => String(number).padStart(2, '0');
  const offset = -time.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())} ${zone}`;
}

/** `850 ms`, `5.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Lines that fit below a headline; a word that does not fit has one of its own. `end` goes behind all but the last. */
function wrap(words: readonly string[], end: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    const further = lines.length === 0 ? 0 : 2;
    if (line !== '' && INDENT.length + further + longer.length + end.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((each, at) => `${at === 0 ? '' : '  '}${each}${at === lines.length - 1 ? '' : end}`);
}
