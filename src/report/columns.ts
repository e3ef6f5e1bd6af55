/** Rows as a table: a head, a line of dashes, and the rest, each column as wide as it needs. */
export function columnLines(rows: readonly (readonly string[])[]): string[] {
  const [head = [], ...rest] = rows;
  const widths = head.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, widths.map((width) => '-'.repeat(width)), ...rest].map(line);
}

/** The same as one text. */
export function columns(rows: readonly (readonly string[])[]): string {
  return columnLines(rows)
    .map((line) => `${line}\n`)
    .join('');
}
