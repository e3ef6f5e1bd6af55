import {mkdirSync, mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {planStart} from '../../../src/terraform/handover.js';
import {rawBytes} from '../../../src/terraform/raw-bytes.js';
import {buildRunRig, PLAIN, type RunRig} from '../../support/run-rig.js';

describe('the plan', () => {
  const request = {
    program: '/bin/cat',
    argv: ['a b', ''],
    env: {PATH: '/bin', PWD: process.cwd(), SHLVL: '1'},
  };

  test('a hand-over with nothing to put back is a plain spawn', () => {
    expect(planStart({...request, launch: PLAIN})).toEqual({
      file: '/bin/cat',
      args: ['a b', ''],
      env: request.env,
      stdio: ['inherit', 'inherit', 'inherit'],
    });
  });

  test('a hand-over ignores signals again in a bash that becomes the program', () => {
    const plan = planStart({...request, launch: {...PLAIN, ignoredSignals: ['SIGHUP', 'SIGINT']}});
    const script = 'trap "" 1 2; exec "$0" "$@"';
    expect(plan).toMatchObject({
      file: '/bin/bash',
      args: ['--norc', '-p', '-c', script, '/bin/cat', 'a b', ''],
    });
  });

  test('a hand-over leaves a limit alone that a child gets anyway, or that is not a number', () => {
    for (const openFiles of ['1; reboot', '']) {
      expect(planStart({...request, launch: {...PLAIN, openFiles}}).file).toBe('/bin/cat');
    }
  });

  test('a hand-over spawns a program that cannot be started plainly, so that its failure is seen', () => {
    const launch = {...PLAIN, ignoredSignals: ['SIGHUP'] as const};
    expect(planStart({...request, program: '/nowhere/terraform', launch}).file).toBe('/nowhere/terraform');
  });

  test('a hand-over passes variables that bash would change or add through env(1)', () => {
    const launch = {...PLAIN, ignoredSignals: ['SIGHUP'] as const};
    const env = {'a-b': '1', PS1: '$ ', LC_ALL: 'xx_XX', PWD: '/stale'};
    const plan = planStart({...request, env, launch});
    expect(plan.env).toEqual({'a-b': '1'});
    expect(plan.args.slice(4)).toEqual([
      ...['/usr/bin/env', '-u', 'SHLVL', '--', 'PS1=$ ', 'LC_ALL=xx_XX', 'PWD=/stale'],
      ...['/bin/cat', 'a b', ''],
    ]);
  });

  test('a hand-over keeps the numbers of descriptors, leaves gaps closed, and leaves out those that are not open', () => {
    const {stdio} = planStart({...request, launch: {...PLAIN, descriptors: [0, 5, 9999]}});
    expect(stdio.slice(3)).toEqual(stdio.length > 3 ? ['ignore', 'ignore', 5] : []);
  });
});

describe('bytes that Node lost', () => {
  const bytes = (text: string) => Buffer.from(text, 'latin1');

  test('arguments with bytes that Node lost are found again in order, and edited ones are taken as they are', () => {
    const raw = rawBytes(bytes('node\0x.cjs\0\xff\0same\0\xfe\0'), bytes(''));
    expect(raw.words(['-new', '\uFFFD', 'same', '\uFFFD', '\uFFFDq'])).toEqual([
      ...[bytes('-new'), bytes('\xff'), bytes('same'), bytes('\xfe'), Buffer.from('\uFFFDq')],
    ]);
  });

  test('variables with bytes that Node lost are found by name and value, and set-aside ones under their own name', () => {
    const raw = rawBytes(
      bytes(''),
      bytes('A=\xff\0CLOUDTM_KEEP_NODE_OPTIONS=\xfe\0n\xff=1\0n\xfe=2\0junk\0'),
    );
    expect(raw.entry('A', '\uFFFD')).toEqual(bytes('A=\xff'));
    expect(raw.entry('A', 'edited\uFFFD')).toEqual(Buffer.from('A=edited\uFFFD'));
    expect(raw.entry('NODE_OPTIONS', '\uFFFD')).toEqual(bytes('NODE_OPTIONS=\xfe'));
    expect(raw.hidden).toEqual([bytes('n\xff=1'), bytes('n\xfe=2')]);
  });
});

describe('what the program gets, byte for byte', () => {
  let rig: RunRig;
  beforeAll(async () => {
    rig = await buildRunRig();
  });
  afterAll(() => {
    rig.remove();
  });

  /** Run `setup` in a bash that then runs the host, whose child shows its arguments and environment. */
  async function shown(
    setup: string,
    env: Record<string, string>,
    launch = PLAIN,
    extra: readonly string[] = [],
  ) {
    const show = ['-c', 'cat /proc/$$/cmdline /proc/$$/environ | od -An -v -tx1'];
    const host = rig.command('/bin/sh', [...show, 'sh', ...extra], launch);
    const {output, exited} = rig.start(
      ['/bin/bash', '--norc', '-c', `${setup}\nexec "$@" "\${more[@]}"`, 'x', ...host],
      {
        env,
      },
    );
    expect(await exited).toEqual({code: 0, signal: null});
    const hex = output().replace(/\s+/g, '');
    return Buffer.from(hex, 'hex').toString('latin1').split('\0');
  }
  const restored = {...PLAIN, ignoredSignals: ['SIGHUP'] as const};

  test('a program gets broken text in arguments, values and names byte for byte', async () => {
    const setup = String.raw`more=($'\xc3' $'a\xff\x01\x7f\\ "b\'' '' $'line\nbreak' $'\xe2\x82' ü)
      export V=$'\xfe x' LC_CTYPE=C.UTF-8
      set -- env $'o-d\xff=\xfd' $'o.d=\xfd' "$@"`;
    for (const launch of [PLAIN, restored]) {
      const words = await shown(setup, {...rig.env, TF_VAR_x: 'ü', 'TF_VAR_a-b': ''}, launch);
      const more = ['\xc3', 'a\xff\x01\x7f\\ "b\'', '', 'line\nbreak', '\xe2\x82', '\xc3\xbc'];
      expect(words.slice(4, 10)).toEqual(more);
      expect(words).toEqual(
        expect.arrayContaining([
          'V=\xfe x',
          'o-d\xff=\xfd',
          'o.d=\xfd',
          'TF_VAR_x=\xc3\xbc',
          'TF_VAR_a-b=',
          'LC_CTYPE=C.UTF-8',
        ]),
      );
      expect(words.filter((word) => /^(?:cloudtm|LC_ALL|BASH)/.test(word))).toEqual([]);
    }
  });

  test('a program gets any bytes in an argument and a value unchanged', async () => {
    const byte = fc.integer({min: 1, max: 255});
    const piece = fc.array(
      fc.oneof(byte, fc.constantFrom(0xc3, 0xe2, 0x82, 0xf0, 0x5c, 0x27, 0x0a, 0x01, 0x7f)),
      {maxLength: 12},
    );
    const quote = (numbers: number[]) =>
      `$'${numbers.map((n) => `\\x${n.toString(16).padStart(2, '0')}`).join('')}'`;
    const latin = (numbers: number[]) => Buffer.from(numbers).toString('latin1');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, {minLength: 1, maxLength: 4}), piece, async (words, value) => {
        const setup = `LC_ALL=C; more=(${words.map(quote).join(' ')} $'\\xff'); export VALUE=${quote(value)}; unset LC_ALL`;
        const got = await shown(setup, rig.env, restored);
        expect(got.slice(4, 4 + words.length + 1)).toEqual([...words.map(latin), '\xff']);
        expect(got).toContain(`VALUE=${latin(value)}`);
      }),
      {numRuns: 40},
    );
  });

  test('a program gets an environment that bash would change unchanged, and nothing is printed', async () => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cloudtm-env-'));
    mkdirSync(join(folder, 'sub'));
    const odd = [
      'BASH',
      'BASH_COMPAT',
      'BASH_XTRACEFD',
      'IFS',
      'LC_ALL',
      'LINENO',
      'OLDPWD',
      'OPTIND',
      'PPID',
      'PS1',
    ];
    const env: Record<string, string> = {
      'BASH_FUNC_f%%': '() { :;}',
      'a.b': 'x\ny',
      EMPTY: '',
      UID: '7',
      SHELLOPTS: 'x',
    };
    for (const name of odd) env[name] = 'zz';
    const stale: Record<string, string>[] = [
      {},
      {PWD: '/stale', SHLVL: 'zz'},
      {PWD: rig.folder, SHLVL: '999'},
    ];
    for (const more of stale) {
      const host = rig.command('/usr/bin/env', ['-0'], restored);
      // A socket as stdin and no SHLVL: where bash would read ~/.bashrc.
      const {output, exited, child} = rig.start(host, {env: {...env, ...more}, stdin: 'pipe'});
      child.stdin?.end();
      expect(await exited).toEqual({code: 0, signal: null});
      const expected = Object.entries({...env, ...more}).map(([name, value]) => `${name}=${value}`);
      expect(output().split('\0').slice(0, -1).sort()).toEqual(expected.sort());
    }
    rmSync(folder, {recursive: true});
  });
});
