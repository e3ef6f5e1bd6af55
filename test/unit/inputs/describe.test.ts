import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {givenTo} from '../../../src/inputs/describe.js';
import type {Version} from '../../../src/store/read.js';
import {facts, manifest, newStore} from '../../support/versions.js';

const version: Version = {number: 1, name: 'v1', meta: {version: 'v1', ...facts()}};

/** What is told of a version with these inputs, and these files beside them. */
function given(inputs: object | undefined, files: Readonly<Record<string, string>> = {}) {
  const layout = newStore();
  const folder = layout.version(1);
  mkdirSync(join(folder, 'inputs'), {recursive: true});
  const all = {...files, ...(inputs === undefined ? {} : {'inputs.json': JSON.stringify(inputs)})};
  const entries = Object.entries(all).map(([path, content]) => {
    writeFileSync(join(folder, path), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return {path, size: content.length, mode: '0600', sha256};
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({...manifest(), entries}));
  return givenTo(layout, version);
}

const NONE = {format: 1, arguments: [], environment: [], targets: [], replaced: []};

test('the description of inputs names each one and how it was given, and no value', () => {
  const planned = {file: 'inputs/0-planned.tfvars.json', fingerprints: [{name: 'p', fingerprint: 'SECRET'}]};
  const told = given(
    {
      ...NONE,
      arguments: [
        {flag: 'var', name: 'clear', value: 'VALUE'},
        {flag: 'var', name: 'hidden', fingerprint: 'SECRET'},
        {flag: 'var-file', path: '../prod.tfvars', kept: 'inputs/1-prod.tfvars'},
        {flag: 'var-file', path: '/dev/fd/63', kept: null, reason: 'it is a pipe'},
      ],
      environment: [
        {name: 'token', fingerprint: 'SECRET'},
        {name: 'once', ephemeral: true},
      ],
      planned,
      targets: ['a.b'],
      replaced: ['a.c'],
    },
    {'inputs/0-planned.tfvars.json': '{"region": "VALUE"}'},
  );
  expect(told).toEqual([
    {variable: 'clear', by: '-var', kept: 'value'},
    {variable: 'hidden', by: '-var', kept: 'fingerprint'},
    {file: '../prod.tfvars', kept: true},
    {file: '/dev/fd/63', kept: false, reason: 'it is a pipe'},
    {variable: 'token', by: 'environment', kept: 'fingerprint'},
    {variable: 'once', by: 'environment', kept: 'nothing'},
    {variable: 'region', by: 'saved plan', kept: 'value'},
    {variable: 'p', by: 'saved plan', kept: 'fingerprint'},
    {target: 'a.b'},
    {replace: 'a.c'},
  ]);
});

test('a version without inputs has no description of them', () => {
  expect(given(undefined)).toBeUndefined();
  expect(given({...NONE, planned: {unknown: 'why'}})).toEqual([{unknown: 'why'}]);
});

test.each([
  [{...NONE, arguments: [null]}, {}],
  [
    {...NONE, planned: {file: 'inputs/0-planned.tfvars.json', fingerprints: []}},
    {'inputs/0-planned.tfvars.json': 'x'},
  ],
  [{...NONE, planned: {file: '../../etc/passwd', fingerprints: []}}, {}],
])('malformed inputs, %j, are damage and not a bug', (inputs, files) => {
  expect(() => given(inputs, files as Record<string, string>)).toThrow('version-damaged');
});
