import {expect, test} from 'vitest';
import {describeProblem} from '../../../src/report/problems.js';
import {rollbackLine, rollbackQuestion} from '../../../src/report/rollback.js';

const TM = 'terraform tm';

test('missing values are named all at once, with what to do about each', () => {
  const variables = [
    {name: 'db_password', why: 'unset'},
    {name: 'token', why: 'differs'},
    {name: 'session', why: 'ephemeral'},
  ] as const;
  const problem = {kind: 'inputs-missing', version: 'v2', variables} as const;
  expect(describeProblem({...problem, purpose: 'apply'}, TM)).toBe(
    'these variables had secret values in v2, which are not kept:\n' +
      '  db_password (not set now)\n' +
      '  token (set to a different value now)\n' +
      '  session (ephemeral, and not set now)\n' +
      'Set each to the value it had: TF_VAR_db_password=… and so on. ' +
      'Or use a different value: terraform tm rollback -to v2 -var db_password=…\n' +
      'Nothing was created.',
  );
  expect(describeProblem({...problem, purpose: 'destroy', variables: variables.slice(0, 1)}, TM)).toBe(
    'these variables had secret values in v2, which are not kept:\n' +
      '  db_password (not set now)\n' +
      'Set each to the value it had: TF_VAR_db_password=… and so on. ' +
      'Or use a different value: terraform tm rollback -del -var db_password=…\n' +
      'Nothing was destroyed.',
  );
});

test('missing files are named with the reason', () => {
  const files = [
    {path: '/dev/fd/63', reason: 'it is a pipe'},
    {path: 'a\u001b[31m.tfvars', reason: 'it was not there'},
  ];
  expect(describeProblem({kind: 'var-files-missing', version: 'v2', purpose: 'apply', files}, TM)).toBe(
    'v2 was applied with values from files that were not kept:\n' +
      '  "/dev/fd/63" (it is a pipe)\n' +
      '  "a\\u001b[31m.tfvars" (it was not there)\n' +
      'Pass each of them again: terraform tm rollback -to v2 -var-file=FILE. Nothing was created.',
  );
});

test('each step with the inputs of a version is one line', () => {
  const told = [
    {type: 'inputs-targeted', version: 'v2', targets: ['a.b'], replaced: ['c.d["e"]']},
    {type: 'inputs-unknown', version: 'v2', reason: 'r'},
    {type: 'input-left-out', version: 'v2', name: 'x'},
    {type: 'input-differs', version: 'v2', name: 'x'},
  ] as const;
  expect(told.map((event) => rollbackLine(event, TM))).toEqual([
    'v2 was applied with -target=a.b -replace=c.d["e"]; the rollback deploys all of its configuration\n',
    'The values of variables for v2 are not known (r): the present ones are used\n',
    'Ignored the present value of x: it was not set for v2\n',
    'The present value of x is not that of v2\n',
  ]);
});

test('questions for values say what is wanted and whether it is shown', () => {
  const about = {version: 'v2', name: 'token'};
  expect([
    rollbackQuestion({type: 'value', ...about, ephemeral: false}),
    rollbackQuestion({type: 'value', ...about, ephemeral: true}),
    rollbackQuestion({type: 'use-other', ...about}),
  ]).toEqual([
    'Value of token as it was for v2 (not shown): ',
    'Value of token (not shown): ',
    'That is not the value token had for v2. Use it anyway? (yes/no): ',
  ]);
});
