import {mkdirSync, realpathSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {follow} from '../../../src/project/follow.js';
import {temporaryFolder} from '../../support/folder.js';

function folder(): string {
  return realpathSync(temporaryFolder());
}

test('a path without links leads where it says, even if it does not exist', () => {
  const top = folder();
  expect(follow(`${top}/a/./../b`)).toEqual({real: join(top, 'b'), links: []});
  expect(follow('/')).toEqual({real: '/', links: []});
});

test('links are followed one by one as the system does, and each is named with its place', () => {
  const top = folder();
  mkdirSync(join(top, 'v2/x'), {recursive: true});
  symlinkSync('v2', join(top, 'v1'));
  symlinkSync(join(top, 'v1'), join(top, 'current'));
  expect(follow(join(top, 'current/x'))).toEqual({
    real: join(top, 'v2/x'),
    links: [join(top, 'current'), join(top, 'v1')],
  });
  expect(follow(join(top, 'current/gone'))?.real).toBe(join(top, 'v2/gone'));
});

test('a dangling link leads to its missing target', () => {
  const top = folder();
  symlinkSync('gone/far', join(top, 'link'));
  expect(follow(join(top, 'link'))).toEqual({real: join(top, 'gone/far'), links: [join(top, 'link')]});
});

test('links in a circle lead nowhere', () => {
  const top = folder();
  symlinkSync('b', join(top, 'a'));
  symlinkSync('a', join(top, 'b'));
  expect(follow(join(top, 'a/x'))).toBeUndefined();
});
