import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {UserError} from '../../../src/errors.js';
import {refuseUndeclared, refuseUnusable} from '../../../src/inputs/overrides.js';
import type {ValuesRequest} from '../../../src/inputs/values.js';
import {scanVariables} from '../../../src/terraform/variables.js';
import {temporaryFolder} from '../../support/folder.js';

/** Why something is refused, and what of it is named; undefined where it is not. */
function refusal(check: () => void): {given: string; reason: string} | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError) || error.problem.kind !== 'given-unusable') throw error;
    const {given, reason} = error.problem;
    return {given, reason};
  }
}

describe('a value the user insists on', () => {
  test.each([
    ['name=value', undefined],
    ['name=', undefined],
    ['name=a=b', undefined],
    ['secret', {given: 'secret', reason: 'it is not NAME=VALUE'}],
    ['=secret', {given: '', reason: 'it is not NAME=VALUE'}],
    [' name =secret', {given: ' name ', reason: 'it is not NAME=VALUE'}],
  ])('%j is refused or not, and its value is never repeated', (assignment, expected) => {
    const check = () => {
      refuseUnusable({vars: [assignment], varFiles: []});
    };
    expect(refusal(check)).toEqual(expected);
  });

  test.each([
    ['declared', 'variable "size" {}', undefined],
    ['not declared', 'variable "sizes" {}', {given: 'size', reason: 'v1 declares no such variable'}],
    ['not declared in what is understood', 'variable "sizes" {', undefined],
  ])('for a variable that is %s', (_, text, expected) => {
    const request = {
      given: {vars: ['size=1'], varFiles: []},
      version: {name: 'v1'},
    } as unknown as ValuesRequest;
    const check = () => {
      refuseUndeclared(request, scanVariables(new Map([['main.tf', text]])));
    };
    expect(refusal(check)).toEqual(expected);
  });
});

test.each([
  ['file.tfvars', undefined],
  ['nowhere', 'there is no such file'],
  ['folder', 'it is a folder'],
])('a file with values is refused where it cannot be one: %s', (name, reason) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file.tfvars'), '');
  mkdirSync(join(folder, 'folder'));
  const given = join(folder, name);
  const check = () => {
    refuseUnusable({vars: [], varFiles: [given]});
  };
  expect(refusal(check)).toEqual(reason === undefined ? undefined : {given, reason});
});
