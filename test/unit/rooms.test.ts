import {readdirSync} from 'node:fs';
import {join, relative} from 'node:path';
import {expect, test} from 'vitest';
import {repository} from '../support/repository.js';

/** A folder with more files than this has more than one subject. */
const MOST_FILES = 20;

const folders = readdirSync(join(repository, 'src'), {recursive: true, withFileTypes: true})
  .filter((entry) => entry.isDirectory())
  .map((entry) => relative(repository, join(entry.parentPath, entry.name)));

test.each(['src', ...folders])(`the folder %s has no more than ${MOST_FILES} source files`, (folder) => {
  const files = readdirSync(join(repository, folder)).filter((name) => name.endsWith('.ts'));
  expect(files.length, files.join(' ')).toBeLessThanOrEqual(MOST_FILES);
});
