import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {MachineError} from '../../../src/machine/problems.js';
import {openMachineContext, readSettings} from '../../../src/machine/machine-context.js';
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
  ['[]', 'Invalid type: Expected an object'],
  ['null', 'Invalid type: Expected an object'],
  ['{"machine": []}', 'machine: Invalid type: Expected an object'],
  ['{"machine": {"rates": [0.05]}}', 'machine.rates: Invalid type: Expected an object'],
  [
    '{"machine": {"rates": {"aws": "0.05"}}}',
    'machine.rates.aws: Invalid type: Expected number but received "0.05"',
  ],
  ['{"machine": {"rates": {"aws": -1}}}', 'machine.rates.aws: Invalid value: Expected >=0 but received -1'],
  ['{"machine": {"rates": {"aws": 1e999}}}', 'machine.rates.aws: Invalid finite: Received Infinity'],
  [
    '{"machine": {"command": "./images"}}',
    'machine.command: Invalid type: Expected Array but received "./images"',
  ],
  [
    '{"machine": {"command": ["./images", 1]}}',
    'machine.command.1: Invalid type: Expected string but received 1',
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
