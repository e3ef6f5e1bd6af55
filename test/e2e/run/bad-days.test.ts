import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {asUser, makeReadOnly, mountSmallDisk, testAsUser, testWithMount} from '../../support/faults.js';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {APPLY_INPUT, baseline, kept, STATE_SCRIPT} from '../../support/scripts.js';
import type {Manifest} from '../../../src/store/version.js';

/** A project that was applied `times` times; the next input makes another version. */
async function applied(times: number): Promise<Sandbox> {
  const box = sandbox({standIn: `${APPLY_INPUT}\necho done`, files: {'main.tf': 'x', input: ''}});
  for (let time = 1; time <= times; time += 1) {
    box.write('input', 'i'.repeat(time));
    expect(await box.run('apply')).toMatchObject({exitCode: 0});
  }
  box.write('input', 'something else');
  return box;
}

function manifest(box: Sandbox, version: string): Manifest {
  return box.json(`.cloudtm/versions/${version}/manifest.json`) as Manifest;
}

const warns = (...texts: string[]): unknown =>
  expect.stringMatching(new RegExp(`^cloudtm: warning: .*${texts.join('.*')}[^]*\\n$`));

describe('a store that cannot be written', () => {
  testAsUser(
    'a store with missing permissions is one warning that says what and why, and the apply succeeds',
    async () => {
      const box = await applied(1);
      const [program, ...words] = asUser(box);
      for (const folder of ['.cloudtm', '.cloudtm/versions', '.cloudtm/staging', '.cloudtm/meta']) {
        chmodSync(join(box.project, folder), 0o500);
      }
      const outcome = await box.runWith({program}, ...words, box.shim, 'apply');
      expect(outcome).toEqual({
        exitCode: 0,
        stdout: 'done\n',
        stderr: warns(
          'the apply finished, but its version could not be kept',
          '\\.cloudtm.*permission denied',
        ),
      });
      expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(outcome.stderr).toContain('Fix this; the next change will then be kept.');
      expect(box.versions()).toEqual(['v1']);
      expect(box.staging()).toEqual([]);

      for (const folder of ['.cloudtm', '.cloudtm/versions', '.cloudtm/staging', '.cloudtm/meta']) {
        chmodSync(join(box.project, folder), 0o700);
      }
      box.write('input', 'once more');
      expect(await box.runWith({program}, ...words, box.shim, 'apply')).toMatchObject({
        exitCode: 0,
        stderr: kept('v2', 0, 1, 0),
      });
    },
  );

  testAsUser('a read-only project is one warning', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}STATE=../x.tfstate; write_state 1 web=one`,
      files: {'main.tf': 'x'},
    });
    const [program, ...words] = asUser(box);
    chmodSync(box.project, 0o500);
    const outcome = await box.runWith({program}, ...words, box.shim, 'apply', '-state=../x.tfstate');
    expect(outcome).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: warns('\\.cloudtm cannot be written', 'permission denied'),
    });
    expect(readdirSync(box.project)).toEqual(['main.tf']);
  });

  testWithMount('a store on a read-only mount is one warning, and the list still works', async () => {
    const box = await applied(1);
    makeReadOnly(box.store);
    expect(await box.run('apply')).toEqual({
      exitCode: 0,
      stdout: 'done\n',
      stderr: warns('the apply finished', 'read-only file system'),
    });
    expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.versions()).toEqual(['v1']);
  });

  testWithMount('a disk that fills up during a version leaves no partial version', async () => {
    const box = sandbox({standIn: `${APPLY_INPUT}\necho done`, files: {'main.tf': 'x', input: 'a'}});
    mountSmallDisk(box.store, 'size=256k');
    box.write('big.bin', 'x'.repeat(1_000_000));
    expect(await box.run('apply')).toEqual({
      exitCode: 0,
      stdout: 'done\n',
      stderr: warns('the apply finished', 'no space left on the disk'),
    });
    expect(box.versions()).toEqual([]);
    expect(box.staging()).toEqual([]);
    expect((await box.run('tm', 'list')).stdout).toContain('No version has been kept yet');

    // The next one that fits is kept.
    rmSync(join(box.project, 'big.bin'));
    box.write('input', 'b');
    expect(await box.run('apply')).toMatchObject({
      exitCode: 0,
      stderr: baseline('v1', 1) + kept('v2', 0, 1, 0),
    });
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: true});
  });

  testWithMount('a full disk is one warning', async () => {
    const box = await applied(0);
    mountSmallDisk(box.store, 'size=256k');
    try {
      writeFileSync(join(box.store, 'filler'), 'x'.repeat(1_000_000));
    } catch {
      // Full, as intended.
    }
    const outcome = await box.run('apply');
    expect(outcome).toEqual({exitCode: 0, stdout: 'done\n', stderr: warns('no space left on the disk')});
    expect(box.versions()).toEqual([]);
  });

  testWithMount('a disk without free inodes leaves no partial version', async () => {
    const files = Object.fromEntries(Array.from({length: 100}, (_, index) => [`f${index}`, `${index}`]));
    const box = sandbox({
      standIn: `${APPLY_INPUT}\necho done`,
      files: {'main.tf': 'x', input: 'a', ...files},
    });
    mountSmallDisk(box.store, 'nr_inodes=40');
    expect(await box.run('apply')).toMatchObject({
      exitCode: 0,
      stdout: 'done\n',
      stderr: warns('no space left'),
    });
    expect(box.versions()).toEqual([]);
    expect(box.staging()).toEqual([]);
  });

  test('a file in the place of the store is one warning', async () => {
    const box = sandbox({standIn: APPLY_INPUT, files: {'main.tf': 'x', input: 'a', '.cloudtm': 'mine'}});
    expect(await box.run('apply')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: warns('\\.cloudtm cannot be written'),
    });
    expect(box.read('.cloudtm')).toBe('mine');
    const list = await box.run('tm', 'list');
    expect(list.stderr).not.toContain('bug');
  });

  test('a store that cannot be written keeps the exit status of a failed terraform', async () => {
    const box = sandbox({
      standIn: `${APPLY_INPUT}\nexit 7`,
      files: {'main.tf': 'x', input: 'a', '.cloudtm': 'mine'},
    });
    expect(await box.run('apply')).toEqual({
      exitCode: 7,
      stdout: '',
      stderr: warns('\\.cloudtm cannot be written'),
    });
  });

  test('a lock that another cloudtm left is waited for only until it is stale', async () => {
    const box = await applied(1);
    mkdirSync(join(box.store, 'staging/.lock'));
    execFileSync('touch', ['-d', '2020-01-01', join(box.store, 'staging/.lock')]);
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: 'done\n', stderr: kept('v2', 0, 1, 0)});
  });
});

describe('a damaged store', () => {
  const damages: readonly [string, (box: Sandbox) => void, RegExp][] = [
    [
      'meta/v3.json cut off',
      (box) => {
        box.write('.cloudtm/meta/v3.json', '{"version": "v3", "times');
      },
      /damaged: v3: .*meta\/v3\.json is damaged \(not JSON\)/,
    ],
    [
      'meta/v3.json empty',
      (box) => {
        box.write('.cloudtm/meta/v3.json', '');
      },
      /damaged: v3: .*meta\/v3\.json is damaged \(empty\)/,
    ],
    [
      'meta/v3.json of another kind',
      (box) => {
        box.write('.cloudtm/meta/v3.json', '[1, 2]');
      },
      /damaged: v3: .*meta\/v3\.json lacks/,
    ],
    [
      'meta/v3.json null',
      (box) => {
        box.write('.cloudtm/meta/v3.json', 'null');
      },
      /damaged: v3: .*meta\/v3\.json lacks/,
    ],
    [
      'meta/v3.json a folder',
      (box) => {
        rmSync(join(box.store, 'meta/v3.json'));
        mkdirSync(join(box.store, 'meta/v3.json'));
      },
      /damaged: v3: .*meta\/v3\.json/,
    ],
    [
      'the folder versions/v3 deleted by hand',
      (box) => {
        rmSync(join(box.store, 'versions/v3'), {recursive: true});
      },
      /damaged: v3: .*versions\/v3 is missing/,
    ],
  ];
  test.each(damages)(
    'in a damaged store (%s), list shows the rest and names it, and the next apply works',
    async (_name, damage, words) => {
      const box = await applied(3);
      damage(box);
      const list = await box.run('tm', 'list');
      expect(list).toMatchObject({exitCode: 0, stderr: ''});
      expect(list.stdout).toMatch(words);
      expect(list.stdout).toMatch(/^v2 /m);
      expect(list.stdout).toMatch(/^v1 /m);
      expect(list.stdout).not.toMatch(/^v3 /m);
      const json = JSON.parse((await box.run('tm', 'list', '-json')).stdout) as {
        damaged: {version: string}[];
      };
      expect(json.damaged.map(({version}) => version)).toEqual(['v3']);

      expect(await box.run('apply')).toMatchObject({
        exitCode: 0,
        stdout: 'done\n',
        stderr: kept('v4', 0, 1, 0),
      });
      const after = (await box.run('tm', 'list')).stdout;
      expect(after).toContain('Current: v4 (Active)');
      expect(after).toMatch(words);
    },
  );

  test('the number of a newest version that was deleted by hand is not used again', async () => {
    const box = await applied(3);
    rmSync(join(box.store, 'versions/v3'), {recursive: true});
    rmSync(join(box.store, 'meta/v3.json'));
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v4', 0, 1, 0)});
    expect(box.versions()).toEqual(['v1', 'v2', 'v4']);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['cut off', '{"curr'],
    ['of another kind', '"v3"'],
    ['null', 'null'],
  ])(
    'a store with current.json %s: the list is complete and says so, and the next apply writes it again',
    async (_name, content) => {
      const box = await applied(2);
      if (content === undefined) rmSync(join(box.store, 'current.json'));
      else box.write('.cloudtm/current.json', content);
      const list = await box.run('tm', 'list');
      expect(list).toMatchObject({exitCode: 0, stderr: ''});
      expect(list.stdout).toContain('Current: v2 (Active)');
      expect(list.stdout).toMatch(/damaged: .*current\.json/);
      expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v3', 0, 1, 0)});
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v3', status: true});
      expect((await box.run('tm', 'list')).stdout).not.toContain('damaged');
    },
  );

  test('a pointer to a version that is gone does not make the list show that version', async () => {
    const box = await applied(1);
    box.write('.cloudtm/current.json', '{"current": "v9", "status": true}');
    const list = await box.run('tm', 'list');
    expect(list).toMatchObject({exitCode: 0, stderr: ''});
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v10', 0, 1, 0)});
  });

  test('a truncated rollback.json is named by the list', async () => {
    const box = await applied(1);
    box.write('.cloudtm/rollback.json', '{"ro');
    expect((await box.run('tm', 'list')).stdout).toMatch(/damaged: .*rollback\.json: not JSON/);
  });

  test('a store that was deleted by hand is created again by the next apply', async () => {
    const box = await applied(1);
    rmSync(box.store, {recursive: true});
    expect(await box.run('apply')).toMatchObject({
      exitCode: 0,
      stderr: baseline('v1', 1) + kept('v2', 0, 1, 0),
    });
  });

  test('a store that is deleted while terraform runs is created again, and the change is kept', async () => {
    const box = sandbox({
      standIn: `until ls .cloudtm/staging/*/staged.json >/dev/null 2>&1; do sleep 0.01; done
        rm -rf .cloudtm; ${STATE_SCRIPT} write_state 1 web=one`,
      files: {'main.tf': 'x'},
    });
    const outcome = await box.run('apply');
    expect(outcome).toMatchObject({exitCode: 0, stdout: ''});
    // Kept or warned about, never silently wrong.
    if (outcome.stderr === kept('v1', 1, 0, 0)) {
      expect(readdirSync(join(box.store, 'versions/v1/tf_configs')).sort()).toEqual([
        'main.tf',
        'terraform.tfstate',
      ]);
    } else {
      expect(outcome.stderr).toEqual(warns('its version could not be kept'));
      expect(box.versions()).toEqual([]);
    }
  });
});

describe('a state that is not one', () => {
  test('a state that is not one is kept as it is, with a warning that names the last good one', async () => {
    const box = await applied(1);
    writeFileSync(box.real, '#!/bin/sh\nprintf \'{"version": 4, "resou\' >terraform.tfstate; exit 1\n');
    const outcome = await box.run('apply');
    expect(outcome).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: warns('terraform.tfstate is damaged', 'kept as it is in v2', 'The last good state is in v1'),
    });
    expect(box.keptState('v2')).toBe('{"version": 4, "resou');
    expect((await box.run('tm', 'list')).stdout).toMatch(/^v1 /m);
  });

  test('a state of 0 bytes after the command is reported, with the version of the last good one', async () => {
    const box = await applied(1);
    writeFileSync(box.real, '#!/bin/sh\n: >terraform.tfstate; exit 1\n');
    expect(await box.run('apply')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: warns(
        'terraform.tfstate is empty or missing',
        'v1: .*\\.cloudtm/versions/v1/tf_configs/terraform.tfstate',
      ),
    });
    expect(box.versions()).toEqual(['v1']);
  });

  test('a folder in the place of the state is a warning at most', async () => {
    const box = sandbox({standIn: 'echo done', files: {'main.tf': 'x', 'terraform.tfstate/x': ''}});
    const outcome = await box.run('apply');
    expect(outcome).toMatchObject({exitCode: 0, stdout: 'done\n'});
    expect(outcome.stderr).toMatch(/^(cloudtm: warning: .*terraform\.tfstate cannot be read.*\n)?$/);
    expect(box.versions()).toEqual([]);
  });
});

describe('a project file', () => {
  test('a socket, a pipe or a loop of links in the project is noted or kept as it is, and nothing waits', async () => {
    const box = sandbox({standIn: APPLY_INPUT, files: {'main.tf': 'x', input: 'a', 'dir/x': 'x'}});
    execFileSync('mkfifo', [join(box.project, 'pipe')]);
    symlinkSync('loop-b', join(box.project, 'loop-a'));
    symlinkSync('loop-a', join(box.project, 'loop-b'));
    symlinkSync('.', join(box.project, 'dir/up'));
    symlinkSync('/', join(box.project, 'everything'));
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(box.project, 'socket'), done));
    onTestFinished(() => void server.close());

    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
    const {entries, skipped} = manifest(box, 'v1');
    expect([...skipped].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      {path: 'tf_configs/pipe', reason: 'pipe'},
      {path: 'tf_configs/socket', reason: 'socket'},
    ]);
    expect(entries.filter((entry) => 'link' in entry).sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      {path: 'tf_configs/dir/up', link: '.'},
      {path: 'tf_configs/everything', link: '/'},
      {path: 'tf_configs/loop-a', link: 'loop-b'},
      {path: 'tf_configs/loop-b', link: 'loop-a'},
    ]);
  });

  testAsUser('a project file that cannot be read and a folder that cannot be opened are noted', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}write_state 1 web=one`,
      files: {'main.tf': 'x', 'secret.key': 's', 'closed/file': 's', 'open/file': 's'},
    });
    const [program, ...words] = asUser(box);
    chmodSync(join(box.project, 'secret.key'), 0o000);
    chmodSync(join(box.project, 'closed'), 0o000);
    expect(await box.runWith({program}, ...words, box.shim, 'apply')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: kept('v1', 1, 0, 0),
    });
    const {entries, skipped} = manifest(box, 'v1');
    expect(skipped).toEqual(
      expect.arrayContaining([
        {path: 'tf_configs/closed', reason: 'EACCES'},
        {path: 'tf_configs/secret.key', reason: 'EACCES'},
      ]),
    );
    expect(entries.map(({path}) => path).sort()).toEqual([
      'tf_configs/main.tf',
      'tf_configs/open/file',
      'tf_configs/terraform.tfstate',
    ]);
  });

  test('a project file that keeps growing is kept with a note, and copying ends', async () => {
    const box = sandbox({
      standIn: `( while [ ! -e stop ]; do echo x >>growing.txt; done ) & ${STATE_SCRIPT}
        until ls .cloudtm/staging/*/staged.json >/dev/null 2>&1; do sleep 0.01; done
        touch stop; wait; write_state 1 web=one`,
      files: {'main.tf': 'x', 'growing.txt': 'x'.repeat(3_000_000)},
    });
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
    const entry = manifest(box, 'v1').entries.find(({path}) => path === 'tf_configs/growing.txt');
    if (entry === undefined || 'link' in entry) throw new Error('growing.txt was not kept');
    expect(readFileSync(join(box.store, 'versions/v1', entry.path)).length).toBe(entry.size);
  });

  test('a project file with an odd name is kept under that name', async () => {
    const names = [
      'a b.tf',
      'ü.tf',
      '-rf',
      '*',
      '[x].tf',
      '$(id).tf',
      'new\nline.tf',
      '!not.txt',
      '#hash',
      'back\\slash',
      'quote\'"',
      '{a,b}.tf',
    ];
    const box = sandbox({
      standIn: `${STATE_SCRIPT}write_state 1 web=one`,
      files: {'main.tf': 'x', ...Object.fromEntries(names.map((name) => [name, name]))},
    });
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    expect(readdirSync(join(box.store, 'versions/v1/tf_configs')).sort()).toEqual(
      [...names, 'main.tf', 'terraform.tfstate'].sort(),
    );
    for (const name of names) expect(box.read(`.cloudtm/versions/v1/tf_configs/${name}`)).toBe(name);
  });

  test('a project file whose name is not UTF-8 is noted, and the rest is kept', async () => {
    const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one`, files: {'main.tf': 'x'}});
    writeFileSync(
      Buffer.concat([Buffer.from(`${box.project}/odd-`), Buffer.of(0xff), Buffer.from('.tf')]),
      'x',
    );
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    expect(manifest(box, 'v1').skipped).toEqual([
      {path: 'tf_configs/.', reason: 'file name that is not UTF-8'},
    ]);
  });

  test('a file or folder that an ignore file excludes is not kept', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}write_state 1 web=one`,
      files: {
        'main.tf': 'x',
        'big/file': 'x',
        '.terraformignore': 'big/\n',
        'skip.txt': 'x',
        '.cloudtmignore': '*.txt\n!',
      },
    });
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
    expect(readdirSync(join(box.store, 'versions/v1/tf_configs')).sort()).toEqual([
      '.cloudtmignore',
      '.terraformignore',
      'main.tf',
      'terraform.tfstate',
    ]);
  });

  test('a project file that vanishes while it is copied does not cost the version', async () => {
    const many = Object.fromEntries(
      Array.from({length: 300}, (_, index) => [`many/${index}.txt`, `${index}`]),
    );
    const box = sandbox({
      standIn: `until ls .cloudtm/staging/*/version/tf_configs/many >/dev/null 2>&1; do :; done
        rm -rf many; ${STATE_SCRIPT} write_state 1 web=one`,
      files: {'main.tf': 'x', ...many},
    });
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
    const {entries, skipped} = manifest(box, 'v1');
    expect(skipped.every(({reason}) => reason === 'vanished')).toBe(true);
    for (const {path} of entries) expect(existsSync(join(box.store, 'versions/v1', path))).toBe(true);
  });

  test('a project file 200 folders deep does not prevent the version', async () => {
    const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one`, files: {'main.tf': 'x'}});
    box.write(`${'d/'.repeat(200)}deep.txt`, 'deep');
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
  });
});
