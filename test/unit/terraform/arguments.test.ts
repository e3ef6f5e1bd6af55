import {describe, expect, test} from 'vitest';
import {
  parseArguments,
  redact,
  splitAssignment,
  withEnvironment,
  withoutFlags,
} from '../../../src/terraform/arguments.js';

describe('reading flags as terraform does', () => {
  test.each([
    [['-state=x'], 'x'],
    [['--state=x'], 'x'],
    [['-state', 'x'], 'x'],
    [['-auto-approve', '-state', 'x', 'plan'], 'x'],
    [['-state=a', '-state=b'], 'b'],
    [['-var', '-state=no', '-state=yes'], 'yes'],
    [['-var-file', 'f', '-state', '-odd'], '-odd'],
    [['-state='], ''],
    [['plan', '-state=x'], undefined],
    [['--', '-state=x'], undefined],
    [['-state-out=x'], undefined],
  ])('the arguments %j name the state %j', (words, state) => {
    expect(parseArguments(words).values.get('state')).toBe(state);
  });

  test('arguments after the flags are left over', () => {
    expect(parseArguments(['-auto-approve', '-target', 'a.b', 'my plan', '-x']).rest).toEqual([
      'my plan',
      '-x',
    ]);
  });
});

test('all flags are listed in their order, as they were typed', () => {
  expect(
    parseArguments(['-var', 'a=1', '--target=x', '-auto-approve', '-var=b=2', 'plan', '-var=c=3']).flags,
  ).toEqual([
    {name: 'var', value: 'a=1', words: ['-var', 'a=1']},
    {name: 'target', value: 'x', words: ['--target=x']},
    {name: 'auto-approve', value: undefined, words: ['-auto-approve']},
    {name: 'var', value: 'b=2', words: ['-var=b=2']},
  ]);
});

describe('flags are taken out with their values', () => {
  test.each([
    [['-var', 'a=1', '-no-color', '-var=b=2'], ['-no-color']],
    [
      ['-state', '-var', '-var', '-state', 'plan', '-var=x'],
      ['-state', '-var', 'plan', '-var=x'],
    ],
    [
      ['-no-color', '--', '-var=x'],
      ['-no-color', '--', '-var=x'],
    ],
    [['-var'], []],
    [['-var-file=x'], ['-var-file=x']],
  ])('flags with their values are removed from %j, which leaves %j', (words, left) => {
    expect(withoutFlags(words, new Set(['var']))).toEqual(left);
  });
});

test.each([
  ['a=b=c', {name: 'a', value: 'b=c'}],
  ['a=', {name: 'a', value: ''}],
  ['a=x\ny', {name: 'a', value: 'x\ny'}],
  ['=x', undefined],
  ['novalue', undefined],
  ['', undefined],
  [' a=x', undefined],
  ['a =x', undefined],
])('the assignment %j is %j', (assignment, split) => {
  expect(splitAssignment(assignment)).toEqual(split);
});

describe('flags from the environment', () => {
  test('flags from the environment come before those of the command line, which override them', async () => {
    const env = {TF_CLI_ARGS: '-state=all', TF_CLI_ARGS_apply: '-state=own'};
    expect(await withEnvironment(['-state=typed'], ['apply'], env)).toEqual([
      '-state=own',
      '-state=all',
      '-state=typed',
    ]);
  });

  test('flags from the environment are split as a shell does, without expanding anything', async () => {
    const env = {TF_CLI_ARGS_state_mv: `-var 'a=b c' -var "d=$HOME"`};
    expect(await withEnvironment([], ['state', 'mv'], env)).toEqual(['-var', 'a=b c', '-var', 'd=$HOME']);
  });

  test('flags from the environment with an open quote are left for terraform to refuse', async () => {
    expect(await withEnvironment(['x'], ['apply'], {TF_CLI_ARGS: `-var 'a`})).toEqual(['x']);
  });
});

test('values that may be secret are redacted', () => {
  expect(
    redact([
      'apply',
      '-var',
      'db_password=hunter2',
      '-var=a=b=c',
      '--var',
      'x=y',
      '-backend-config=key=k',
      '-backend-config=f.hcl',
      '-var-file',
      'x=1.tfvars',
    ]),
  ).toEqual([
    'apply',
    '-var',
    'db_password=(redacted)',
    '-var=a=(redacted)',
    '--var',
    'x=(redacted)',
    '-backend-config=key=(redacted)',
    '-backend-config=f.hcl',
    '-var-file',
    'x=1.tfvars',
  ]);
});
