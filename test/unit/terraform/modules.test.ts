import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readModules} from '../../../src/terraform/modules.js';
import {temporaryFolder} from '../../support/folder.js';

/** A data folder whose record of modules has this content. */
function dataDir(content: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'modules'));
  writeFileSync(join(folder, 'modules/modules.json'), content);
  return folder;
}

test('modules are read from what terraform init recorded', () => {
  const text =
    '{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"../a","Dir":"../a","Version":"1"}]}';
  expect(readModules(dataDir(text))).toEqual([
    {Key: '', Source: '', Dir: '.'},
    {Key: 'a', Source: '../a', Dir: '../a'},
  ]);
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"Modules":null}',
  '{"Modules":{"a":1}}',
  '{"Modules":[null,1,"x",[],{}]}',
  '{"Modules":[{"Key":1,"Dir":"../a"},{"Key":"a","Dir":7},{"Key":"a","Dir":""},{"Key":"a","Dir":"../a\\u0000"}]}',
])('a damaged or hostile record of modules names none: %s', (content) => {
  expect(readModules(dataDir(content))).toEqual([]);
});

test('a missing record of modules, or a pipe, names no modules without waiting', () => {
  expect(readModules(join(temporaryFolder(), 'none'))).toEqual([]);
  const folder = dataDir('');
  rmSync(join(folder, 'modules/modules.json'));
  execFileSync('mkfifo', [join(folder, 'modules/modules.json')]);
  expect(readModules(folder)).toEqual([]);
});
