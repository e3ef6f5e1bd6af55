import {describe, expect, test} from 'vitest';
import {commandLines, textLines} from '../../../src/report/entry.js';
import {importBlock} from '../../../src/report/find.js';
import {duration, jsonText, localTime, plain} from '../../../src/report/format.js';

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [5210, '5.2 s'],
  [59_960, '1 min 0 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
])('%i ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('a command line can be typed again, over as many lines as it needs', () => {
  expect(commandLines(['apply', '-var', 'a=b c', `it's`])).toEqual([
    `terraform apply -var 'a=b c' 'it'"'"'s'`,
  ]);
  const lines = commandLines(['apply', ...Array.from({length: 20}, (_, at) => `-target=module.m${at}`)]);
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.slice(0, -1).every((line) => line.endsWith(' \\'))).toBe(true);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(76);
  expect(commandLines([])).toEqual([]);
  expect(commandLines(undefined)).toEqual([]);
});

test('a long word has a line of its own, and long text is wrapped', () => {
  const word = 'x'.repeat(200);
  expect(textLines(`a ${word} b`)).toEqual(['a', `  ${word}`, '  b']);
});

test('a time that is none is shown as it is written, without control characters', () => {
  expect(localTime('2025-11-26T17:36:35Z')).toMatch(/^2025-11-2[567] \d\d:\d\d:35 [+-]\d{4}$/);
  expect(localTime('soon\u001B')).toBe('soon\\u001b');
});

test('nothing that steers a terminal is left', () => {
  expect(plain('a\u001B\u009B\u202E\u2028b\r\n')).toBe('a\\u001b\\u009b\\u202e\\u2028b\\u000d\\u000a');
  expect(jsonText({a: 'x\u009B\u202E\n'})).toBe('{\n  "a": "x\\u009b\\u202e\\n"\n}\n');
  expect(JSON.parse(jsonText({a: 'x\u009B\u202E\n'}))).toEqual({a: 'x\u009B\u202E\n'});
});

describe('an import block', () => {
  test.each([
    ['t.a', 'i-1', 't.a', '"i-1"'],
    ['t.a["x\\"${y}"]', 'a"b\\c', 't.a["x\\"$${y}"]', '"a\\"b\\\\c"'],
    ['module.m["k"].t.a[0]', '${x}%{y}$z%', 'module.m["k"].t.a[0]', '"$${x}%%{y}$z%"'],
    ['t.a (deposed object 0a1b2c3d)', 'a\nb\tc', 't.a', '"a\\nb\\tc"'],
    ['t.a', 'a\bb\fc\u001Bd\u009Be', 't.a', '"a\\u0008b\\u000cc\\u001bd\\u009be"'],
    ['t.a\u001B\n}', 'i', 't.a\\u001b\\u000a}', '"i"'],
    ['t.a', '\\b\\\\f', 't.a', '"\\\\b\\\\\\\\f"'],
  ])('of %j with the id %j', (address, id, to, quoted) => {
    expect(importBlock(address, id)).toBe(`import {\n  to = ${to}\n  id = ${quoted}\n}`);
  });
});
