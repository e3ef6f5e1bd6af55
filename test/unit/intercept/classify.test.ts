import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {classify, translate} from '../../../src/intercept/classify.js';
import {COMMAND_LINES, commandLines} from '../../support/command-lines.js';

describe('what a command line means', () => {
  test.each(COMMAND_LINES)('the command line %j is %s', (argv, means) => {
    const invocation = classify(argv);
    expect(invocation.kind === 'intercept' ? invocation.operation : invocation.kind).toBe(
      means === 'terraform' ? 'passthrough' : means,
    );
  });
});

test("classify passes on the folder and everything after the command's words as typed", () => {
  expect(classify(['-chdir=a b', 'state', 'mv', '-lock=false', 'x', '-chdir=y'])).toEqual({
    kind: 'intercept',
    operation: 'state-mv',
    subcommand: ['state', 'mv'],
    chdir: 'a b',
    args: ['-lock=false', 'x', '-chdir=y'],
  });
});

test('classify leaves a tm command its own flags, including help', () => {
  expect(classify(['-chdir=x', 'tm', 'list', '-help', '--', ''])).toEqual({
    kind: 'tm',
    chdir: 'x',
    args: ['list', '-help', '--', ''],
  });
});

test('classify uses the last of several -chdir, and none after an empty word, as terraform does', () => {
  expect(classify(['-chdir=x', '-chdir=y', 'apply'])).toMatchObject({chdir: 'y'});
  expect(classify(['', '-chdir=x', 'apply'])).toMatchObject({chdir: undefined});
  expect(classify(['apply', '-chdir=x'])).toMatchObject({chdir: undefined, args: ['-chdir=x']});
});

test('classify loses nothing of a command line: what precedes the command, its words and the rest are the whole', () => {
  fc.assert(
    fc.property(commandLines, (argv) => {
      const invocation = classify(argv);
      if (invocation.kind === 'intercept') {
        const tail = [...invocation.subcommand, ...invocation.args];
        expect(argv.slice(argv.length - tail.length)).toEqual(tail);
        expect(
          argv.slice(0, argv.length - tail.length).every((word) => word === '' || word.startsWith('-')),
        ).toBe(true);
      }
    }),
  );
});

test('classify never intercepts a command line that asks for the version', () => {
  fc.assert(
    fc.property(commandLines, fc.nat(6), (argv, at) => {
      expect(classify(argv.toSpliced(at, 0, '-version')).kind).not.toBe('intercept');
    }),
  );
});

test.each([
  [[], ['tm']],
  [['list'], ['tm', 'list']],
  [['--help'], ['tm', '--help']],
  [
    ['version', '-json'],
    ['tm', 'version', '-json'],
  ],
  [
    ['-chdir=x', 'rollback', '--to', 'apply'],
    ['-chdir=x', 'tm', 'rollback', '--to', 'apply'],
  ],
  [
    ['-chdir=x', 'apply', '-auto-approve'],
    ['-chdir=x', 'apply', '-auto-approve'],
  ],
  [
    ['tm', 'list'],
    ['tm', 'list'],
  ],
  [['unknown'], ['tm', 'unknown']],
])('called as cloudtm, %j is %j for terraform, and stays so', (argv, means) => {
  expect(translate(argv)).toEqual(means);
  expect(translate(means)).toEqual(means);
});
