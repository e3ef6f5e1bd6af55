import {spawnSync} from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {classify} from '../../../src/intercept/classify.js';
import {COMMAND_LINES, commandLines} from '../../support/command-lines.js';
import {rig, type Rig} from '../../support/launcher-rig.js';

/** A launcher with a real terraform that prints how it was called. */
function standing(): Rig {
  const box = rig();
  box.script('real/terraform', 'printf "real"; printf " [%s]" "$@"; echo');
  return box;
}

const words = (argv: readonly string[]) =>
  argv.length === 0 ? ' []' : argv.map((word) => ` [${word}]`).join('');

describe('the launcher decides as classify does', () => {
  test('the launcher decides as classify does for every line of the table', () => {
    const box = standing();
    const env = {PATH: box.path('real')};
    for (const [argv, means] of COMMAND_LINES) {
      const who = means === 'terraform' ? 'real' : 'node';
      expect({argv, ...box.run(argv, {env})}).toEqual({
        argv,
        status: 0,
        stdout: `${who}${words(argv)}\n`,
        stderr: '',
      });
    }
  });

  test('the launcher decides as classify does for generated command lines, and passes on every byte of them', () => {
    const box = standing();
    const env = {PATH: box.path('real'), LC_ALL: 'C.UTF-8'};
    fc.assert(
      fc.property(commandLines, (argv) => {
        const who = classify(argv).kind === 'passthrough' ? 'real' : 'node';
        expect(box.run(argv, {env})).toEqual({status: 0, stdout: `${who}${words(argv)}\n`, stderr: ''});
      }),
      {numRuns: 200},
    );
  });
});

describe('called as cloudtm', () => {
  test.for([
    [[], 'node [tm]'],
    [['-h'], 'node [tm] [-h]'],
    [['--help'], 'node [tm] [--help]'],
    [['list', '-json'], 'node [tm] [list] [-json]'],
    [['rollback', '--to', 'v2'], 'node [tm] [rollback] [--to] [v2]'],
    [['version'], 'node [tm] [version]'],
    [['show', 'plan'], 'node [tm] [show] [plan]'],
    [['unknown'], 'node [tm] [unknown]'],
    [['tm', 'list'], 'node [tm] [list]'],
    [['tm'], 'node [tm]'],
    [['-chdir=a b', 'list'], 'node [-chdir=a b] [tm] [list]'],
    [['-chdir=x', '--help'], 'node [-chdir=x] [tm] [--help]'],
    [['-chdir=x', 'apply'], 'node [-chdir=x] [apply]'],
    [['init'], 'node [init]'],
    [['plan', '-out', 'x'], 'real [plan] [-out] [x]'],
    [['state', 'mv', 'a', 'b'], 'node [state] [mv] [a] [b]'],
    [['state', 'list'], 'real [state] [list]'],
    [['workspace', 'list'], 'real [workspace] [list]'],
    [['apply', '-help'], 'real [apply] [-help]'],
  ] as const)('%j is %s', ([argv, line]) => {
    const box = standing();
    expect(box.run(argv, {program: box.path('bin/cloudtm'), env: {PATH: box.path('real')}})).toEqual({
      status: 0,
      stdout: `${line}\n`,
      stderr: '',
    });
  });
});

test('shell completion and CLOUDTM_DISABLE=1 run the real terraform at once', () => {
  const box = standing();
  const PATH = box.path('real');
  const outcome = (env: NodeJS.ProcessEnv) => box.run(['apply'], {env: {PATH, ...env}});
  const real = {status: 0, stdout: 'real [apply]\n', stderr: ''};
  const node = {status: 0, stdout: 'node [apply]\n', stderr: ''};
  expect(outcome({COMP_LINE: 'terraform ap'})).toEqual(real);
  expect(outcome({CLOUDTM_DISABLE: '1'})).toEqual(real);
  expect(outcome({COMP_LINE: ''})).toEqual(node);
  expect(outcome({CLOUDTM_DISABLE: '0'})).toEqual(node);
});

describe('without a Node or a bundle that works', () => {
  const broken: readonly (readonly [string, (box: Rig) => string])[] = [
    [
      'no Node',
      (box) => {
        box.install('bin/terraform', {node: '/gone/node'});
        return 'there is no Node at /gone/node';
      },
    ],
    [
      'a Node that cannot be executed',
      (box) => {
        chmodSync(box.settings.node, 0o644);
        return `there is no Node at ${box.settings.node}`;
      },
    ],
    [
      'an empty Node, which a shell would run as a script of no commands',
      (box) => {
        box.write('fake-node', '', 0o755);
        return `Node does not start here: ${box.settings.node}`;
      },
    ],
    [
      'a Node for another machine',
      (box) => {
        const header = Buffer.from('7f454c460201010000000000000000000200b700', 'hex');
        box.write('fake-node', Buffer.concat([header, Buffer.alloc(4000)]), 0o755);
        return `Node does not start here: ${box.settings.node}`;
      },
    ],
    [
      'a Node for a newer glibc',
      (box) => {
        box.script('fake-node', 'echo "version GLIBC_2.99 not found" >&2; exit 1');
        return `Node does not start here: ${box.settings.node}`;
      },
    ],
    [
      'a Node that is killed at its start',
      (box) => {
        box.script('fake-node', 'kill -9 $$');
        return `Node does not start here: ${box.settings.node}`;
      },
    ],
    [
      'no bundle',
      (box) => {
        box.install('bin/terraform', {bundle: '/gone/cloudtm.cjs'});
        return '/gone/cloudtm.cjs cannot be read';
      },
    ],
    [
      'an empty bundle',
      (box) => {
        box.write('lib/cloudtm.cjs', '');
        return `${box.settings.bundle} is empty`;
      },
    ],
    [
      'a folder as the bundle',
      (box) => {
        box.install('bin/terraform', {bundle: box.folder});
        return `${box.folder} cannot be read`;
      },
    ],
  ];

  test.for(broken)('with %s there is one warning, and terraform runs', ([, spoil]) => {
    const box = standing();
    const why = spoil(box);
    const env = {PATH: box.path('real'), CLOUDTM_QUIET: '1', NODE_OPTIONS: '--kept'};
    expect(box.run(['apply', 'x'], {env})).toEqual({
      status: 0,
      stdout: 'real [apply] [x]\n',
      stderr: `cloudtm: warning: ${why}, so nothing is kept; run install.sh again\n`,
    });
    expect(box.run(['plan'], {env})).toEqual({status: 0, stdout: 'real [plan]\n', stderr: ''});
    expect(box.run(['tm', 'list'], {env})).toEqual({
      status: 1,
      stdout: '',
      stderr: `cloudtm: ${why}; run install.sh again\n`,
    });
  });
});

describe('whether Node starts', () => {
  /** A box whose Node counts its starts, and what it counted. */
  function counting() {
    const box = standing();
    box.script(
      'fake-node',
      `echo >>${box.path('starts')}; shift; [ "$1" != --starts ] || { printf started; exit; }; echo "node $*"`,
    );
    return {box, starts: () => readFileSync(box.path('starts'), 'utf8').length};
  }
  const env = {PATH: '/none'};
  const node = {status: 0, stdout: 'node apply\n', stderr: ''};

  test('whether Node starts is tried once, and again when Node or the bundle changed', () => {
    const {box, starts} = counting();
    expect(box.run(['apply'], {env})).toEqual(node);
    expect(starts()).toBe(2);
    expect(box.run(['apply'], {env})).toEqual(node);
    expect(starts()).toBe(3);
    box.write('lib/cloudtm.cjs', 'another bundle');
    expect(box.run(['apply'], {env})).toEqual(node);
    expect(starts()).toBe(5);
    utimesSync(box.settings.node, 1, 1);
    expect(box.run(['apply'], {env})).toEqual(node);
    expect(starts()).toBe(7);
  });

  test('whether Node starts is tried each time if the proof cannot be written or memory is limited', () => {
    const {box, starts} = counting();
    const limited = (argv: readonly string[]) =>
      box.run(['--norc', '-p', '-c', 'ulimit -Sv 4000000; exec "$0" "$@"', box.launcher, ...argv], {
        env,
        program: '/bin/bash',
      });
    expect(limited(['apply'])).toEqual(node);
    expect(limited(['apply'])).toEqual(node);
    expect(starts()).toBe(4);
    mkdirSync(box.path('lib/node.proof'));
    expect(box.run(['apply'], {env})).toEqual(node);
    expect(box.run(['apply'], {env})).toEqual(node);
    expect(starts()).toBe(8);
  });

  test('Node is not tried with too few open files, and terraform runs', () => {
    const {box, starts} = counting();
    const few = ['--norc', '-p', '-c', 'ulimit -n 30; exec "$0" apply', box.launcher];
    expect(box.run(few, {env: {PATH: box.path('real')}, program: '/bin/bash'})).toEqual({
      status: 0,
      stdout: 'real [apply]\n',
      stderr:
        'cloudtm: warning: only 30 files may be open here, too few for Node, so nothing is kept; raise the limit (ulimit -n)\n',
    });
    expect(starts).toThrow('ENOENT');
  });

  test('Node is not tried in a control group with too few processes, and terraform runs', () => {
    const {box, starts} = counting();
    const roots = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].filter((root) => existsSync(root));
    const group = `${roots[0] ?? ''}/cloudtm-test-${process.pid}`;
    mkdirSync(group);
    try {
      writeFileSync(`${group}/pids.max`, '20');
      const script = `echo $$ >${group}/cgroup.procs; exec "$0" apply`;
      const few = ['--norc', '-p', '-c', script, box.launcher];
      const {status, stdout, stderr} = box.run(few, {
        env: {PATH: box.path('real')},
        program: '/bin/bash',
      });
      expect({status, stdout}).toEqual({status: 0, stdout: 'real [apply]\n'});
      expect(stderr).toMatch(
        /^cloudtm: warning: only \d+ more processes may run here, too few for Node, so nothing is kept; raise pids\.max\n$/,
      );
      expect(starts).toThrow('ENOENT');
    } finally {
      rmdirSync(group);
    }
  });
});

test('an unreadable bundle is one warning, and terraform runs', () => {
  const box = standing();
  chmodSync(box.folder, 0o755);
  chmodSync(box.settings.bundle, 0);
  expect(box.run(['apply'], {env: {PATH: box.path('real')}, bound: true})).toEqual({
    status: 0,
    stdout: 'real [apply]\n',
    stderr: `cloudtm: warning: ${box.settings.bundle} cannot be read, so nothing is kept; run install.sh again\n`,
  });
});

test('in a checkout the launcher finds the bundle next to itself, also behind symlinks, and Node on PATH', () => {
  const box = standing();
  const launcher = box.install('tree/shim/terraform', {node: '', bundle: ''});
  box.write('tree/dist/cloudtm.cjs', 'the bundle');
  mkdirSync(box.path('links'));
  symlinkSync('../tree/shim/terraform', box.path('links/one'));
  symlinkSync('one', box.path('links/terraform'));
  box.script('tools/node', '[ "$2" != --starts ] || { printf started; exit; }; echo "$@"');
  const env = {PATH: `/none:${box.path('tools')}:/usr/bin:/bin`};
  for (const [program, bundle] of [
    [launcher, `${box.folder}/tree/shim/../dist/cloudtm.cjs`],
    [box.path('links/terraform'), `${box.folder}/links/../tree/shim/../dist/cloudtm.cjs`],
  ] as const) {
    expect(box.run(['apply'], {env, program})).toEqual({status: 0, stdout: `${bundle} apply\n`, stderr: ''});
  }
});

test('the launcher becomes the real terraform, with its exit status, stdin and process', () => {
  const box = rig();
  box.script('real/terraform', 'read line; echo "$line $$"; exit 3');
  const script = 'echo $$; exec "$0" plan';
  const {status, stdout} = spawnSync('/bin/sh', ['-c', script, box.launcher], {
    env: {PATH: box.path('real')},
    input: 'from stdin\n',
    encoding: 'utf8',
  });
  const [pid = '', line] = stdout.split('\n');
  expect({status, line}).toEqual({status: 3, line: `from stdin ${pid}`});
});

test('inherited descriptors reach the real terraform through the launcher', () => {
  const box = rig();
  box.script('real/terraform', 'cat <&7; cat <&9');
  const script = `exec 7<<<seven 9< <(echo nine); exec "$0" plan`;
  const {stdout, stderr} = spawnSync('/bin/bash', ['--norc', '-c', script, box.launcher], {
    env: {PATH: `${box.path('real')}:/usr/bin:/bin`},
    encoding: 'utf8',
  });
  expect({stdout, stderr}).toEqual({stdout: 'seven\nnine\n', stderr: ''});
});

test('the launcher works with an empty environment', () => {
  const box = rig();
  box.script('recorded/terraform', 'echo real');
  expect(box.run(['apply'], {env: {}})).toEqual({status: 0, stdout: 'node [apply]\n', stderr: ''});
  box.install('bin/terraform', {fallback: box.path('recorded/terraform')});
  expect(box.run(['plan'], {env: {PATH: '/none'}})).toEqual({status: 0, stdout: 'real\n', stderr: ''});
  box.script('named', 'echo named');
  const env = {CLOUDTM_TERRAFORM: box.path('named')};
  expect(box.run(['plan'], {env})).toEqual({status: 0, stdout: 'named\n', stderr: ''});
});

test('the launcher says nothing and reads nothing of BASH_ENV, exported functions and shell options', () => {
  const box = standing();
  const env = {
    PATH: box.path('real'),
    BASH_ENV: box.write('rc', 'echo from BASH_ENV; exit 9\n'),
    ENV: box.path('rc'),
    SHELLOPTS: 'xtrace:noexec',
    BASHOPTS: 'nocasematch:extdebug',
    POSIXLY_CORRECT: '1',
    'BASH_FUNC_exec%%': '() { echo stolen; }',
    'BASH_FUNC_cloudtm_find%%': '() { echo stolen; }',
    IFS: 'aln',
    CDPATH: '/',
    GLOBIGNORE: '*',
  };
  expect(box.run(['plan', 'a*'], {env})).toEqual({status: 0, stdout: 'real [plan] [a*]\n', stderr: ''});
  expect(box.run(['apply', 'a*'], {env})).toEqual({status: 0, stdout: 'node [apply] [a*]\n', stderr: ''});
});

test('the launcher takes a terraform that may be executed but not read for a binary', () => {
  const box = rig();
  chmodSync(box.folder, 0o755);
  mkdirSync(box.path('real'));
  copyFileSync('/usr/bin/env', box.path('real/terraform'));
  chmodSync(box.path('real/terraform'), 0o111);
  expect(box.run(['--null'], {env: {PATH: box.path('real')}, bound: true})).toMatchObject({
    status: 0,
    stderr: '',
  });
});
