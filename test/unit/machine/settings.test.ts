import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {MachineError} from '../../../src/machine/problems.js';
import {openMachineContext} from '../../../src/machine/machine-context.js';
import {readSettings} from '../../../src/machine/settings.js';
import {temporaryFolder} from '../../support/folder.js';

function settings(content: string) {
  const root = temporaryFolder();
  writeFileSync(join(root, '.cloudtm.json'), content);
  try {
    return readSettings(root);
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    const {problem} = error;
    expect(problem).toMatchObject({kind: 'settings-unusable', path: join(root, '.cloudtm.json')});
    return 'reason' in problem ? problem.reason : '';
  }
}

const NONE = {rates: {}, command: []};

test.each([
  ['{}', NONE],
  ['{"other": 1}', NONE],
  ['{"machine": {}}', NONE],
  ['{"machine": null}', NONE],
  ['{"machine": {"other": 1}}', NONE],
  [
    '{"machine": {"rates": {"aws": 0, "command": 0.5}, "command": ["./images", "--quiet"]}}',
    {rates: {aws: 0, command: 0.5}, command: ['./images', '--quiet']},
  ],
])('%s is read', (content, expected) => {
  expect(settings(content)).toEqual(expected);
});

test.each([
  ['', 'empty'],
  ['{', 'not JSON'],
  ['[]', 'not an object'],
  ['null', 'not an object'],
  ['{"machine": []}', '"machine" is no object'],
  ['{"machine": {"rates": [0.05]}}', '"machine.rates" is no object'],
  ['{"machine": {"rates": {"aws": "0.05"}}}', '"machine.rates.aws" is no number from 0 on'],
  ['{"machine": {"rates": {"aws": -1}}}', '"machine.rates.aws" is no number from 0 on'],
  ['{"machine": {"rates": {"aws": 1e999}}}', '"machine.rates.aws" is no number from 0 on'],
  ['{"machine": {"command": "./images"}}', '"machine.command" is no list of texts: ["PROGRAM", "ARGUMENT"]'],
  [
    '{"machine": {"command": ["./images", 1]}}',
    '"machine.command" is no list of texts: ["PROGRAM", "ARGUMENT"]',
  ],
])('%j is refused', (content, reason) => {
  expect(settings(content)).toBe(reason);
});

test('a file that is none is refused, one that is missing says nothing', () => {
  const root = temporaryFolder();
  expect(readSettings(root)).toEqual(NONE);
  mkdirSync(join(root, '.cloudtm.json'));
  expect(() => readSettings(root)).toThrow(MachineError);
});

test('a rate is that of the file, or else the provider’s own', () => {
  const root = temporaryFolder();
  writeFileSync(join(root, '.cloudtm.json'), '{"machine": {"rates": {"digitalocean": 1}}}');
  const {rate} = openMachineContext({env: {}}, root);
  expect(['digitalocean', 'aws', 'command'].map(rate)).toEqual([1, 0.05, undefined]);
});

test.each([
  ['/p/app', '/p/app'],
  ['/p/app/.cloudtm/rollback', '/p/app'],
  ['/p/app/.cloudtm/workspaces/dev/rollback/root', '/p/app'],
  ['/p/.terragrunt-cache/a/b/module', '/p'],
  ['/p/.terragrunt-cache/a/b/module/.cloudtm/rollback', '/p'],
])('what runs in %s has its logs below %s', (cwd, root) => {
  expect(openMachineContext({env: {}}, cwd).folder('snapshots')).toBe(join(root, 'snapshots'));
  expect(openMachineContext({env: {}}, cwd).folder('/logs')).toBe('/logs');
  expect(openMachineContext({env: {CLOUDTM_MACHINE_ROOT: cwd}}, '/elsewhere').root).toBe(root);
});
