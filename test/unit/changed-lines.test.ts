import {applyPatch} from 'diff';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {changedLines} from '../../src/changed-lines.js';

/** Apply what was found as a patch. */
function patched(before: string, after: string): string | false {
  const lines = changedLines(before, after);
  if (lines.length === 0) return before;
  return applyPatch(before, `--- a\n+++ a\n${lines.join('\n')}\n`);
}

test('the lines are a patch from the one text to the other', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', '', 'c\r', '-x', '@@', '\\'), {maxLength: 12})
    .chain((lines) => fc.constantFrom(lines.join('\n'), lines.map((line) => `${line}\n`).join('')));
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(patched(before, after)).toBe(after);
    }),
  );
});

test('texts that have nothing in common are shown one after the other, at once', () => {
  const [before, after] = ['x', 'y'].map((name) =>
    Array.from({length: 30_000}, (_, line) => `${name}${line}\n`).join(''),
  );
  const started = performance.now();
  const lines = changedLines(before ?? '', after ?? '');
  expect(lines).toHaveLength(60_001);
  expect(lines[0]).toBe('@@ -1,30000 +1,30000 @@');
  // Some hundred times of what it takes: matching all of these lines takes minutes.
  expect(performance.now() - started).toBeLessThan(30_000);
});
