import fc from 'fast-check';
import type {Operation} from '../../src/intercept/classify.js';

/** What a command line means; shared by the tests of `classify` and of the launcher, which must agree. */
export const COMMAND_LINES: readonly (readonly [
  argv: readonly string[],
  means: 'terraform' | 'tm' | Operation,
])[] = [
  [[], 'terraform'],
  [[''], 'terraform'],
  [['version'], 'terraform'],
  [['plan', '-out=apply'], 'terraform'],
  [['plan', 'apply'], 'terraform'],
  [['Apply'], 'terraform'],
  [['unknown'], 'terraform'],

  [['init'], 'init'],
  [['apply'], 'apply'],
  [['apply', 'plan.tfplan'], 'apply'],
  [['apply', '-var', 'name=a b', '-auto-approve'], 'apply'],
  [['apply', 'tm'], 'apply'],
  [['destroy'], 'destroy'],
  [['refresh'], 'refresh'],
  [['import', 'a.b', 'id'], 'import'],
  [['taint', 'a.b'], 'taint'],
  [['untaint', 'a.b'], 'untaint'],

  [['state'], 'terraform'],
  [['state', 'list'], 'terraform'],
  [['state', 'show', 'mv'], 'terraform'],
  [['state', '-state=x', 'mv'], 'terraform'],
  [['state', '', 'mv'], 'terraform'],
  [['state mv', 'a', 'b'], 'terraform'],
  [['state', 'mv a', 'b'], 'terraform'],
  [['state', 'mv', 'a', 'b'], 'state-mv'],
  [['state', 'rm', 'a'], 'state-rm'],
  [['state', 'push', '-'], 'state-push'],
  [['state', 'replace-provider', 'a', 'b'], 'state-replace-provider'],
  [['workspace', 'list'], 'terraform'],
  [['workspace', 'new', 'delete'], 'terraform'],
  [['workspace', 'delete', 'x'], 'workspace-delete'],
  [['env', 'delete', 'x'], 'workspace-delete'],
  [['env', 'select', 'x'], 'terraform'],
  [['state', 'delete'], 'terraform'],
  [['workspace', 'rm'], 'terraform'],

  [['-chdir=x', 'apply'], 'apply'],
  [['-chdir=apply', 'plan'], 'terraform'],
  [['-chdir', 'apply', 'plan'], 'apply'],
  [['-unknown', 'destroy'], 'destroy'],
  [['', 'apply'], 'apply'],
  [['-chdir=x', 'state', 'rm', 'a'], 'state-rm'],

  [['-help', 'apply'], 'terraform'],
  [['apply', '-h'], 'terraform'],
  [['apply', '-help'], 'terraform'],
  [['apply', 'plan', '--help'], 'terraform'],
  [['apply', '--h'], 'apply'],
  [['apply', '--', '-help'], 'apply'],
  [['apply', '-var', '-v'], 'terraform'],
  [['apply', '-version'], 'terraform'],
  [['apply', '--', '--version'], 'terraform'],
  [['--version', 'apply'], 'terraform'],
  [['apply', '--v'], 'apply'],
  [['--', 'apply'], 'terraform'],
  [['-chdir=x', '--', 'apply'], 'terraform'],
  [['state', '--', 'rm'], 'terraform'],

  [['tm'], 'tm'],
  [['tm', 'list'], 'tm'],
  [['tm', '-help'], 'tm'],
  [['tm', 'rollback', '--version'], 'tm'],
  [['-chdir=x', 'tm', 'list'], 'tm'],
  [['-h', 'tm'], 'tm'],
  [['--', 'tm'], 'terraform'],
  [['plan', 'tm'], 'terraform'],
];

const words = [
  ...[
    '',
    '-',
    '--',
    '-h',
    '-help',
    '--help',
    '-v',
    '-version',
    '--version',
    '-chdir=a b',
    '-chdir=',
    '-chdir',
  ],
  ...[
    'apply',
    'init',
    'destroy',
    'plan',
    'state',
    'mv',
    'rm',
    'push',
    'workspace',
    'env',
    'delete',
    'tm',
    'list',
  ],
  ...['-var', 'x=1', '-auto-approve', '*', '$HOME', 'a\nb', '\\', "'", 'é'],
];

/** Command lines made of the words that matter and some that must not. */
export const commandLines = fc.array(
  fc.oneof({weight: 6, arbitrary: fc.constantFrom(...words)}, fc.string({maxLength: 6}).map(withoutNul)),
  {maxLength: 6},
);

function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}
