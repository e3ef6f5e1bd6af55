import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {countBelow, countInFolder, statesBelow} from '../../../src/rollback/state-facts.js';
import {temporaryFolder} from '../../support/folder.js';

function write(folder: string, path: string, resources: number): void {
  const resource = (_: unknown, at: number) => ({
    mode: 'managed',
    type: 'terraform_data',
    name: `r${at}`,
    instances: [{attributes: {id: String(at)}}],
  });
  mkdirSync(dirname(join(folder, path)), {recursive: true});
  const state = {version: 4, serial: 1, lineage: 'l', resources: Array.from({length: resources}, resource)};
  writeFileSync(join(folder, path), JSON.stringify(state));
}

test('the states of all workspaces of a root module count, and those that lie elsewhere', () => {
  const folder = temporaryFolder();
  expect(countInFolder(folder)).toBe(0);
  write(folder, 'terraform.tfstate', 1);
  write(folder, 'errored.tfstate', 2);
  write(folder, 'terraform.tfstate.d/[dev]/terraform.tfstate', 3);
  write(folder, 'modules/x/terraform.tfstate', 100);
  write(folder, 'elsewhere/my.tfstate', 4);
  expect(countInFolder(folder, [join(folder, 'elsewhere/my.tfstate')])).toBe(10);
});

test('below a folder everything named like a state counts, whatever folders are called', () => {
  const folder = temporaryFolder();
  write(folder, '.hidden/a.tfstate/b.tfstate', 1);
  write(folder, '.terraform/terraform.tfstate', 100);
  write(folder, 'x/.terraform/terraform.tfstate', 100);
  write(folder, 'x/y.tfstate.backup', 100);
  expect(statesBelow(folder)).toEqual([join(folder, '.hidden/a.tfstate/b.tfstate')]);
  expect(countBelow(folder)).toBe(1);
});

test('a state that cannot be read, or a link that leads nowhere, lets nothing be concluded', () => {
  const folder = temporaryFolder();
  write(folder, 'a.tfstate', 1);
  writeFileSync(join(folder, 'b.tfstate'), '');
  expect(countBelow(folder)).toBeUndefined();
  const other = temporaryFolder();
  symlinkSync('loop.tfstate', join(other, 'loop.tfstate'));
  expect(statesBelow(other)).toEqual([join(other, 'loop.tfstate')]);
  expect(countBelow(other)).toBeUndefined();
});
