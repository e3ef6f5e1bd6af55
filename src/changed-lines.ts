import {structuredPatch} from 'diff';

/** More differing lines than this are not matched with one another: it would take seconds. */
const MOST_EDITS = 4_000;
const NO_NEWLINE = '\\ No newline at end of file';

/**
 * What changed between two texts, in the form of a unified diff without the names of files: `@@ … @@` and then lines that
 * begin with ` `, `-` or `+`. Where they have too little in common, all of the one and then all of the other.
 */
export function changedLines(before: string, after: string): string[] {
  if (before === after) return [];
  const patch =
    before === '' || after === ''
      ? undefined
      : structuredPatch('', '', before, after, undefined, undefined, {context: 3, maxEditLength: MOST_EDITS});
  if (patch !== undefined) {
    return patch.hunks.flatMap(({oldStart, oldLines, newStart, newLines, lines}) => [
      `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
      ...lines,
    ]);
  }
  const [removed, added] = [linesOf(before, '-'), linesOf(after, '+')];
  const rangeOf = (lines: readonly string[]) => {
    const count = lines.filter((line) => line !== NO_NEWLINE).length;
    return range(Math.min(count, 1), count);
  };
  return [`@@ -${rangeOf(removed)} +${rangeOf(added)} @@`, ...removed, ...added];
}

function range(start: number, length: number): string {
  return length === 1 ? String(start) : `${start},${length}`;
}

function linesOf(text: string, sign: '-' | '+'): string[] {
  if (text === '') return [];
  const lines = text.split('\n').map((line) => `${sign}${line}`);
  return text.endsWith('\n') ? lines.slice(0, -1) : [...lines, NO_NEWLINE];
}
