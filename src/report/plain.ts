/** Control characters, and those that turn the direction of writing around so that a line reads as what it is not. */
// eslint-disable-next-line no-control-regex -- these are meant
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What is written in the store reaches the terminal as text, never as control characters. */
export function plain(text: string): string {
  return text.replace(UNPRINTABLE, '?');
}

/** The same text with each of them written as `\u001b`, as JSON and HCL have it inside of a quoted text. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Data as JSON that a terminal can show: what JSON lets through as it is, such as U+009B, is escaped too. */
export function jsonText(data: unknown): string {
  return JSON.stringify(data, undefined, 2)
    .split('\n')
    .map((line) => `${escapeUnprintable(line)}\n`)
    .join('');
}
