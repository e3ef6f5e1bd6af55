import type {Counts} from '../store/version.js';

/** Control characters of ASCII and of Latin-1, and those that turn the direction of what stands beside them. */
// eslint-disable-next-line no-control-regex -- these are meant
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What is written in the store reaches the terminal as text, never as control characters: `\u001b` instead of ESC. */
export function plain(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** The same of a line of a file: tabs stay, and a carriage return at its end. */
export function plainLine(line: string): string {
  return line.replace(UNSAFE, (character, at: number) => {
    const stays = character === '\t' || (character === '\r' && at === line.length - 1);
    return stays ? character : escaped(character);
  });
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Data as JSON that a terminal can show: what JSON lets through as it is, such as U+009B, is escaped too. */
export function jsonText(data: unknown): string {
  return JSON.stringify(data, undefined, 2)
    .split('\n')
    .map((line) => `${plain(line)}\n`)
    .join('');
}

/** The system's code in words where people meet it. */
export function systemWords(code: string): string {
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    EROFS: 'read-only file system',
    ENOSPC: 'no space left on the disk',
    EDQUOT: 'disk quota exceeded',
    ENOENT: 'no such file or folder',
    ENOTDIR: 'not a folder',
    EIO: 'input/output error',
    ENOEXEC: 'not an executable program',
  };
  return words[code] ?? code;
}

/** Text in double quotes, with control characters made harmless for a terminal. */
export function quote(text: string): string {
  return plain(JSON.stringify(text));
}

/** How a command is called, below a message. */
export function usageText(lines: readonly string[], tm: string): string {
  return `\n\nUsage:\n${lines.map((line) => `  ${tm} ${line}`).join('\n')}`;
}

/** A state under the name of its place: `the state /…/terraform.tfstate`, `the state in the backend "s3"`. */
export function stateAt(name: string): string {
  return name.startsWith('/') ? `the state ${name}` : `the state in ${name}`;
}

/** `1 resource`, `2 resources`. */
export function resources(number: number): string {
  return count(number, 'resource');
}

/** `1 added, 0 changed, 2 destroyed`. */
export function countWords({added, changed, destroyed}: Counts): string {
  return `${added} added, ${changed} changed, ${destroyed} destroyed`;
}

/** `1 version`, `2 versions`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

/** `2025-11-26 18:36:35 +0100`: a time as people read it, in their zone. What is no time is shown as it is written. */
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

/** What is asked before anything is changed. */
export const ONLY_YES = "Only 'yes' will be accepted: ";
