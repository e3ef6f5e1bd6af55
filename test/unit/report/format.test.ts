import {expect, test} from 'vitest';
import {plain, plainLine} from '../../../src/report/format.js';

test('control characters for a terminal are escaped', () => {
  expect(plain('a\u001B[2J\r\n\t\u0000\u007F\u009B\u202E\u2066é中')).toBe(
    'a\\u001b[2J\\u000d\\u000a\\u0009\\u0000\\u007f\\u009b\\u202e\\u2066é中',
  );
});

test('a line of a file keeps tabs, and a carriage return at its end', () => {
  expect(plainLine('\ta\rb\u001B\r')).toBe('\ta\\u000db\\u001b\r');
});
