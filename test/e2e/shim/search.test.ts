import {existsSync, readFileSync, realpathSync} from 'node:fs';
import {dirname} from 'node:path';
import {describe, expect, test} from 'vitest';
import {locate} from '../../../src/terraform/locate.js';
import {LAYOUTS} from '../../support/layouts.js';
import {rig, type Rig} from '../../support/launcher-rig.js';

function traced(box: Rig): string[] {
  const file = box.path('trace');
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split(/(?<=terraform|mine|1\.5)\n/)
        .filter(Boolean)
    : [];
}

describe('the real terraform behind', () => {
  test.for(LAYOUTS)('$name: launcher and locate find the same', ({make}, {skip}) => {
    const box = rig();
    const made = make(box);
    if (made === undefined) return skip('no C compiler here');
    const {fallback = '', named, reason, runs} = made;
    box.install('bin/terraform', {fallback});
    const env = {
      PATH: made.path.map((folder) => box.path(folder)).join(':'),
      TRACE: box.path('trace'),
      ...(named === undefined ? {} : {CLOUDTM_TERRAFORM: named}),
    };

    const outcome = box.run(['plan', '-x'], {env});
    const ran = traced(box);
    expect(ran.map((path) => realpathSync(path))).toEqual(runs.map((path) => realpathSync(path)));
    if (reason === undefined) expect(outcome).toEqual({status: 0, stdout: 'real plan -x\n', stderr: ''});
    else expect({...outcome, stderr: ''}).toEqual({status: 127, stdout: '', stderr: ''});
    if (reason === 'nowhere') {
      const folders = made.path.map((folder) => box.path(folder)).join(', ');
      expect(outcome.stderr).toBe(
        `cloudtm: terraform was not found in: ${folders}.\nInstall terraform, or set CLOUDTM_TERRAFORM to its path.\n`,
      );
    }
    if (reason === 'named')
      expect(outcome.stderr).toMatch(/^cloudtm: CLOUDTM_TERRAFORM names .*, which is .*\n$/);
    if (reason === 'loop')
      expect(outcome.stderr).toMatch(/^cloudtm: every terraform in .* leads back to cloudtm\.\n/);

    const launch = {
      launcher: box.launcher,
      program: 'terraform' as const,
      fallback,
      ignoredSignals: [],
      openFiles: undefined,
      descriptors: [],
    };
    const located = locate({env, cwd: box.folder, launch, pid: process.pid, parentPid: process.ppid});
    if (located.kind === 'not-found') {
      expect({reason: located.reason, runs}).toEqual({reason, runs: []});
      return;
    }
    expect(realpathSync(located.path)).toBe(realpathSync(runs[0] ?? ''));
    // What Node starts may come back through the launcher; from there on it must end where the launcher's own way ends.
    const again = box.run(['plan', '-x'], {env: located.env, program: located.path});
    expect({...again, stderr: ''}).toEqual({...outcome, stderr: ''});
    expect(
      traced(box)
        .slice(ran.length)
        .map((path) => realpathSync(path)),
    ).toEqual(ran.map((path) => realpathSync(path)));
  });
});

test('relative and empty elements of PATH mean the working folder', () => {
  const box = rig();
  box.script('work/terraform', 'echo here');
  box.script('work/sub/terraform', 'echo below');
  const cwd = box.path('work');
  for (const [PATH, stdout] of [
    ['', 'here\n'],
    ['/none:', 'here\n'],
    [':/none', 'here\n'],
    ['/none::sub', 'here\n'],
    ['.', 'here\n'],
    ['sub', 'below\n'],
    ['./sub/../sub/', 'below\n'],
  ] as const) {
    expect({PATH, ...box.run(['plan'], {env: {PATH}, cwd})}).toEqual({PATH, status: 0, stdout, stderr: ''});
  }
});

test('a shim that forks instead of becoming the next terraform is stopped after forty rounds', () => {
  const box = rig();
  box.script('shims/terraform', 'echo round >>"$TRACE"; terraform "$@"; exit $?');
  const env = {PATH: `${box.path('bin')}:${box.path('shims')}`, TRACE: box.path('trace')};
  expect(box.run(['plan'], {env})).toEqual({
    status: 127,
    stdout: '',
    stderr: `cloudtm: every terraform in ${box.path('shims')} leads back to cloudtm.\nSet CLOUDTM_TERRAFORM to the path of the real terraform.\n`,
  });
  expect(readFileSync(box.path('trace'), 'utf8')).toBe('round\n'.repeat(40));
});

test('a terraform that terraform itself starts searches again, although it inherits the chain', () => {
  const box = rig();
  box.script('real/terraform', 'echo "real $*"; [ "$1" = inner ] || { terraform inner; echo "status $?"; }');
  const env = {PATH: `${box.path('bin')}:${box.path('real')}`};
  expect(box.run(['outer'], {env})).toEqual({
    status: 0,
    stdout: 'real outer\nreal inner\nstatus 0\n',
    stderr: '',
  });
});

test('a shim that our Node started and that comes back is not intercepted a second time', () => {
  const box = rig();
  box.script('shims/terraform', 'exec terraform "$@"');
  box.script('real/terraform', 'echo "real $*"');
  const env = {
    PATH: `${box.path('bin')}:${box.path('shims')}:${box.path('real')}`,
    CLOUDTM_CHAIN: `parent:${process.pid}:1|${box.path('shims')}`,
  };
  expect(box.run(['apply'], {env})).toEqual({status: 0, stdout: 'real apply\n', stderr: ''});
  // Not our child: the chain is somebody else's.
  const other = {...env, CLOUDTM_CHAIN: `parent:1:1|${box.path('shims')}`};
  expect(box.run(['apply'], {env: other})).toEqual({status: 0, stdout: 'node [apply]\n', stderr: ''});
});

test('the search for terraform ignores a chain that makes no sense', () => {
  const box = rig();
  box.script('real/terraform', 'echo real');
  for (const CLOUDTM_CHAIN of [
    '',
    '|',
    'x',
    'self::|',
    'self:1:-1|/',
    `parent:${process.pid}:1`,
    'self:1:99999|/',
  ]) {
    const env = {PATH: dirname(box.path('real/x')), CLOUDTM_CHAIN};
    expect(box.run(['plan'], {env})).toEqual({status: 0, stdout: 'real\n', stderr: ''});
  }
});
