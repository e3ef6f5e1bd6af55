import {describe, expect, test} from 'vitest';
import {readCommandLine} from '../../../src/cli/command.js';
import type {UserError} from '../../../src/errors.js';

const spec = {
  name: 'rollback',
  usage: ['rollback'],
  summary: '',
  flags: {
    to: {value: 'VERSION', summary: ''},
    var: {value: 'NAME=VALUE', summary: ''},
    delete: {alias: 'del', summary: ''},
  },
};

test('a flag that is given several times has all its values in order', () => {
  const words = ['--var', 'a=b=c', '-var=d=', '--del', '-var', '-x=1', '--to=v2'];
  expect(Object.fromEntries(readCommandLine(spec, words).flags)).toEqual({
    var: ['a=b=c', 'd=', '-x=1'],
    delete: [],
    to: ['v2'],
  });
});

describe('words that are no flags', () => {
  const show = {
    name: 'show',
    usage: ['show VERSION'],
    summary: '',
    words: {least: 1, most: 2},
    flags: {json: {summary: ''}},
  };
  const kind = (words: string[]) => {
    try {
      return readCommandLine(show, words).words;
    } catch (error) {
      return (error as UserError).problem.kind;
    }
  };

  test('words that are not flags may be anywhere, as many as the command takes', () => {
    expect(kind(['v2'])).toEqual(['v2']);
    expect(kind(['v2', '-json', 'main.tf'])).toEqual(['v2', 'main.tf']);
    expect(kind(['--', 'v2', '-x'])).toEqual(['v2', '-x']);
    expect(kind([])).toBe('argument-missing');
    expect(kind(['a', 'b', 'c'])).toBe('unexpected-argument');
  });
});
