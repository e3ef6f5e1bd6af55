import {expect, test} from 'vitest';
import {readFlags} from '../src/command.js';

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

test('a flag that is given several times has all its values, in their order', () => {
  const words = ['--var', 'a=b=c', '-var=d=', '--del', '-var', '-x=1', '--to=v2'];
  expect(Object.fromEntries(readFlags(spec, words))).toEqual({
    var: ['a=b=c', 'd=', '-x=1'],
    delete: [],
    to: ['v2'],
  });
});
