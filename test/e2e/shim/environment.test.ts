import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {rig, type Rig} from '../../support/launcher-rig.js';

/** Names and values that a shell easily loses. `PWD` and `SHLVL` are here because bash adds them where they are missing. */
const AWKWARD: NodeJS.ProcessEnv = {
  'TF_VAR_my-var': 'with a dash',
  'a.b': 'with a dot',
  '1st': 'begins with a digit',
  'BASH_FUNC_greet%%': '() {  echo hello\n}',
  EMPTY: '',
  LINES_OF: 'one\ntwo\n',
  QUOTES: `'"$(echo no)\`\\`,
  NODE_OPTIONS: '--require ./missing.js',
  SHLVL: '3',
  _: '/somewhere/make',
  // Names a script would like to use itself.
  node: 'a',
  bundle: 'b',
  fallback: 'c',
  rest: 'd',
  folder: 'e',
  arg: 'f',
  REPLY: 'g',
  OPTARG: 'h',
  COLUMNS: '91',
  LINES: '17',
};

/** A rig whose real terraform is a binary, env(1): `-0` prints the environment it was given. */
function withBinary(): {box: Rig; binary: string; env: NodeJS.ProcessEnv} {
  const box = rig();
  mkdirSync(box.path('real'));
  const binary = box.path('real/terraform');
  copyFileSync('/usr/bin/env', binary);
  box.install('bin/terraform', {fallback: binary});
  return {box, binary, env: {...AWKWARD, PATH: `${box.path('bin')}:${box.path('real')}`, PWD: box.folder}};
}

function without(env: NodeJS.ProcessEnv, ...names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

const entries = (output: string) => output.split('\0').filter(Boolean).sort();

test("the launcher gives the installation's binary the environment byte for byte", () => {
  const {box, binary, env} = withBinary();
  const bare = box.run(['-0'], {env, program: binary});
  const shim = box.run(['-0'], {env});
  expect({...shim, stdout: entries(shim.stdout)}).toEqual({...bare, stdout: entries(bare.stdout)});
  expect(entries(shim.stdout)).toContain('TF_VAR_my-var=with a dash');
});

test('the launcher passes on bytes that are not UTF-8, in the environment and in the arguments', () => {
  const {box, binary, env} = withBinary();
  const run = (program: string) => {
    const script = String.raw`export RAW=$'a\xff\xfe\x80b'; exec "$0" -0 -u $'\xc3'`;
    const {stdout} = spawnSync('/bin/bash', ['--norc', '-p', '-c', script, program], {
      env,
      encoding: 'latin1',
    });
    return entries(stdout);
  };
  expect(run(box.launcher)).toEqual(run(binary));
  expect(run(box.launcher)).toContain('RAW=a\xff\xfe\x80b');

  const echo = rig();
  echo.script('real/terraform', 'printf "%s|" "$@"');
  const script = String.raw`exec "$0" plan $'a\xff' '' $'\n' ' * '`;
  const {stdout} = spawnSync('/bin/bash', ['--norc', '-p', '-c', script, echo.launcher], {
    env: {PATH: echo.path('real')},
    encoding: 'latin1',
  });
  expect(stdout).toBe('plan|a\xff||\n| * |');
});

test("the launcher gives any other terraform one variable more, and removes a leaked one for the installation's binary", () => {
  const {box, binary, env} = withBinary();
  box.install('bin/terraform');
  const bare = entries(box.run(['-0'], {env, program: binary}).stdout);
  const other = entries(box.run(['-0'], {env}).stdout);
  expect(other.filter((entry) => !bare.includes(entry))).toEqual([
    expect.stringMatching(/^CLOUDTM_CHAIN=self:\d+:1\|.*\/real$/),
  ]);
  box.install('bin/terraform', {fallback: binary});
  const leaked = {...env, CLOUDTM_CHAIN: 'self:1:3|/somewhere'};
  expect(entries(box.run(['-0'], {env: leaked}).stdout)).toEqual(bare);
});

test('the launcher adds PWD and SHLVL where they are missing, as every bash does, and nothing else', () => {
  const {box} = withBinary();
  expect(entries(box.run(['-0'], {env: {PATH: box.path('real')}}).stdout)).toEqual([
    `PATH=${box.path('real')}`,
    `PWD=${box.folder}`,
    'SHLVL=0',
  ]);
});

describe('on the way to Node', () => {
  const dump = `if (process.argv[2] === '--starts') { process.stdout.write('started'); process.exit(); }
    process.stdout.write(JSON.stringify({argv: process.argv.slice(2), env: process.env, pid: process.pid}));`;

  function toNode(argv: readonly string[], env: NodeJS.ProcessEnv, before = '') {
    const box = rig({node: process.execPath, fallback: '/recorded/terraform'});
    box.write('lib/cloudtm.cjs', dump);
    const script = `echo $$ >&2; ${before}exec "$0" "$@"`;
    const {stdout, stderr} = spawnSync('/bin/bash', ['--norc', '-p', '-c', script, box.launcher, ...argv], {
      cwd: box.folder,
      env: {PATH: '/none', PWD: box.folder, ...env},
      encoding: 'utf8',
    });
    const told = JSON.parse(stdout) as {argv: string[]; env: Record<string, string>; pid: number};
    const launch = Object.fromEntries(
      (told.env.CLOUDTM_LAUNCH ?? '')
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    return {...told, launch, pidBefore: Number(stderr), box};
  }

  test('the launcher gives Node the arguments as typed, in the same process', () => {
    const argv = ['-chdir=a b', 'apply', '', '-var', 'x=\n*', '--', 'é'];
    const told = toNode(argv, {});
    expect(told.argv).toEqual(argv);
    expect(told.pid).toBe(told.pidBefore);
  });

  test('the launcher sets variables aside that would affect our Node, with their exact values, and passes on all others', () => {
    const nodes = {
      NODE_OPTIONS: '--require ./missing.js',
      NODE_EXTRA_CA_CERTS: '/gone.pem',
      NODE_DEBUG: '',
      NODE_PATH: 'a\nb\n',
    };
    // bash counts SHLVL up in the shell that starts the launcher, and that shell sets `_` to the launcher's path.
    const others = without(AWKWARD, 'SHLVL', '_', 'NODE_OPTIONS');
    const {env, box} = toNode(['apply'], {...others, ...nodes});
    const kept = Object.fromEntries(
      Object.entries(nodes).map(([name, value]) => [`CLOUDTM_KEEP_${name}`, value]),
    );
    expect(without(env, 'CLOUDTM_LAUNCH', 'SHLVL', '_')).toEqual({
      ...others,
      ...kept,
      PATH: '/none',
      PWD: box.folder,
    });
  });

  test('the launcher tells Node its name and place, and which terraform the installation found', () => {
    const {launch, box} = toNode(['apply'], {});
    expect(launch).toMatchObject({
      launcher: join(box.folder, 'bin/terraform'),
      program: 'terraform',
      fallback: '/recorded/terraform',
      ignored: '',
    });
  });

  test('the launcher tells Node the ignored signals and the soft limit of open files, in POSIX mode too', () => {
    const before = "trap '' HUP USR1 INT; ulimit -Sn 123; ";
    for (const env of [{}, {POSIXLY_CORRECT: '1'}]) {
      const {launch} = toNode(['apply'], env, before);
      expect(launch.ignored?.split(' ').sort()).toEqual(['SIGHUP', 'SIGINT', 'SIGUSR1']);
      expect(launch.openfiles).toBe('123');
    }
  });

  test("the launcher tells Node the inherited descriptors, including 255, and not bash's own", () => {
    const none = toNode(['apply'], {}).launch.fds?.split(' ') ?? [];
    const {launch} = toNode(['apply'], {}, 'exec 11</dev/null 61< <(:) 255</dev/null; ');
    const gained = launch.fds?.split(' ').filter((number) => !none.includes(number));
    expect(gained?.sort()).toEqual(['11', '255', '61']);
    expect(none).not.toContain('255');
  });
});
