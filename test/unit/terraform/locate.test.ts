import {copyFileSync, mkdirSync, symlinkSync} from 'node:fs';
import {expect, test} from 'vitest';
import type {Launch} from '../../../src/context.js';
import {candidates, locate} from '../../../src/terraform/locate.js';
import {rig, type Rig} from '../../support/launcher-rig.js';

// What both searches find, layout by layout, is in test/shim/search.test.ts.

function around(box: Rig, env: NodeJS.ProcessEnv, fallback = '') {
  const launch: Launch = {
    launcher: box.launcher,
    program: 'terraform',
    fallback,
    ignoredSignals: [],
    openFiles: undefined,
    descriptors: [],
  };
  return {env, cwd: box.folder, launch, pid: 42, parentPid: 41};
}

test("the installation's binary gets its environment as it was, without a leaked chain", () => {
  const box = rig();
  mkdirSync(box.path('real'));
  copyFileSync('/usr/bin/env', box.path('real/terraform'));
  const env = {PATH: box.path('real'), EMPTY: '', CLOUDTM_CHAIN: 'self:7:3|/x'};
  const search = around(box, env, box.path('real/terraform'));
  expect(locate(search)).toMatchObject({
    kind: 'found',
    path: box.path('real/terraform'),
    via: 'path',
    env: {PATH: box.path('real'), EMPTY: ''},
  });
  const found = locate(search);
  expect(found.kind === 'found' && 'CLOUDTM_CHAIN' in found.env).toBe(false);
  expect(env.CLOUDTM_CHAIN).toBe('self:7:3|/x');
});

test('every other terraform gets a chain that is valid for our children, with what this process has visited', () => {
  const box = rig();
  box.script('one/terraform', '');
  box.script('two/terraform', '');
  const PATH = `${box.path('one')}:${box.path('two')}`;
  const chain = (CLOUDTM_CHAIN?: string) => {
    const found = locate(around(box, CLOUDTM_CHAIN === undefined ? {PATH} : {PATH, CLOUDTM_CHAIN}));
    return found.kind === 'found' ? found.env.CLOUDTM_CHAIN : found;
  };
  const [one, two] = [box.path('one'), box.path('two')];
  expect(chain()).toBe(`parent:42:1|${one}`);
  expect(chain(`self:42:1|${one}`)).toBe(`parent:42:2|${one}|${two}`);
  expect(chain(`parent:41:1|${one}`)).toBe(`parent:42:2|${one}|${two}`);
  expect(chain(`self:43:5|${one}`)).toBe(`parent:42:6|${one}`);
  expect(chain('nonsense')).toBe(`parent:42:1|${one}`);
  expect(chain(`self:42:2|${one}|${two}`)).toEqual({kind: 'not-found', reason: 'loop', searched: [one, two]});
  expect(chain('self:43:40')).toMatchObject({kind: 'not-found', reason: 'loop'});
});

test('without PATH the standard folders are searched for terraform', () => {
  const box = rig();
  const found = locate(around(box, {}));
  const searched = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  if (found.kind === 'found') expect(searched.map((folder) => `${folder}/terraform`)).toContain(found.path);
  else expect(found).toEqual({kind: 'not-found', reason: 'nowhere', searched});
});

test('every terraform on PATH is listed in order, with what it is', () => {
  const box = rig();
  box.install('copy/terraform');
  box.script('shims/terraform', 'exit');
  mkdirSync(box.path('binary'));
  copyFileSync('/usr/bin/env', box.path('binary/terraform'));
  mkdirSync(box.path('link'));
  symlinkSync('../binary/terraform', box.path('link/terraform'));
  box.write('plain/terraform', 'no executable');
  const PATH = ['bin', 'copy', 'none', 'plain', 'shims', 'link', 'binary']
    .map((folder) => box.path(folder))
    .join(':');
  expect(candidates(around(box, {PATH}))).toEqual([
    {path: box.path('bin/terraform'), kind: 'ours'},
    {path: box.path('copy/terraform'), kind: 'ours'},
    {path: box.path('shims/terraform'), kind: 'script'},
    {path: box.path('link/terraform'), kind: 'link'},
    {path: box.path('binary/terraform'), kind: 'binary'},
  ]);
});
