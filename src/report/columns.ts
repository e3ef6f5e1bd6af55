import stringWidth from 'string-width';

/** The text with spaces behind it, up to a width in columns of a terminal: a Chinese character or an emoji takes two. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

/** Rows as a table: a head, a line of dashes, and the rest, each column as wide as it needs. */
export function columns(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  const widths = head.map((_, at) => Math.max(...rows.map((cells) => stringWidth(cells[at] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => padded(cell, widths[at] ?? 0)).join('  ');
  const lines = [head, widths.map((width) => '-'.repeat(width)), ...rest].map(line);
  return lines.map((each) => `${each.trimEnd()}\n`).join('');
}
