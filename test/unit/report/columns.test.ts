import {expect, test} from 'vitest';
import {columns, padded} from '../../../src/report/columns.js';

test.each([
  ['abc', 5, 'abc  '],
  ['abcdef', 5, 'abcdef'],
  ['数据库', 8, '数据库  '],
  ['e\u0301', 3, 'e\u0301  '],
  ['👩‍👩‍👧', 4, '👩‍👩‍👧  '],
  ['🇦🇹', 4, '🇦🇹  '],
])('%s fills up to %i columns of a terminal', (text, width, expected) => {
  expect(padded(text, width)).toBe(expected);
});

test('columns line up under names of Chinese characters, combining marks and emoji', () => {
  const rows = [
    ['Name', 'Note'],
    ['数据库', 'a'],
    ['cafe\u0301', 'b'],
    ['🚀', 'c'],
    ['plain-name', ''],
  ];
  expect(columns(rows).split('\n')).toEqual([
    'Name        Note',
    '----------  ----',
    '数据库      a',
    'cafe\u0301        b',
    '🚀          c',
    'plain-name',
    '',
  ]);
  expect(columns(rows.slice(0, 2))).toBe('Name    Note\n------  ----\n数据库  a\n');
});
