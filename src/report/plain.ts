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
