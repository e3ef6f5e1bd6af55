import {describe, expect, test} from 'vitest';
import {parseArguments, redact, withEnvironment} from '../../src/terraform/arguments.js';

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
  ])('%j names the state %j', (words, state) => {
    expect(parseArguments(words).values.get('state')).toBe(state);
  });

  test('what follows the flags is left over', () => {
    expect(parseArguments(['-auto-approve', '-target', 'a.b', 'my plan', '-x']).rest).toEqual([
      'my plan',
      '-x',
    ]);
  });
});

describe('flags from the environment', () => {
  test('come before those of the command line, so that these win', async () => {
    const env = {TF_CLI_ARGS: '-state=all', TF_CLI_ARGS_apply: '-state=own'};
    expect(await withEnvironment(['-state=typed'], ['apply'], env)).toEqual([
      '-state=own',
      '-state=all',
      '-state=typed',
    ]);
  });

  test('are split as a shell does, without expanding anything', async () => {
    const env = {TF_CLI_ARGS_state_mv: `-var 'a=b c' -var "d=$HOME"`};
    expect(await withEnvironment([], ['state', 'mv'], env)).toEqual(['-var', 'a=b c', '-var', 'd=$HOME']);
  });

  test('with an open quote are left to terraform to complain about', async () => {
    expect(await withEnvironment(['x'], ['apply'], {TF_CLI_ARGS: `-var 'a`})).toEqual(['x']);
  });
});

test('values that may be secret are not written down', () => {
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
