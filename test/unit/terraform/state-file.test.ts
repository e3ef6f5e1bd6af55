import {mkdirSync, utimesSync, writeFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {erroredPath, erroredStatKey, leftBehind} from '../../../src/terraform/state-file.js';
import {temporaryFolder} from '../../support/folder.js';

const write = (text: string) => (root: string) => {
  writeFileSync(erroredPath(root), text);
  utimesSync(erroredPath(root), 1, 1);
};
const nothing = () => undefined;

test.each<[string, (root: string) => void, (root: string) => void, string | undefined]>([
  ['none before and after', nothing, nothing, undefined],
  ['one that appeared', nothing, write('new'), 'new'],
  ['one that was there already', write('old'), nothing, undefined],
  ['one that was replaced', write('old'), write('newer'), 'newer'],
  ['an empty one', nothing, write(''), undefined],
  [
    'a folder',
    nothing,
    (root) => {
      mkdirSync(erroredPath(root));
    },
    undefined,
  ],
])('a state in errored.tfstate: %s', (_, before, command, left) => {
  const root = temporaryFolder();
  before(root);
  const noted = erroredStatKey(root);
  command(root);
  expect(leftBehind(root, noted)?.bytes.toString()).toBe(left);
});

test('a state in errored.tfstate is left alone where it is not known whether it was there before', () => {
  const root = temporaryFolder();
  write('x')(root);
  expect(leftBehind(root, undefined)).toBeUndefined();
});
