import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {copyFiles, type CopiedFiles, type Previous} from '../../../src/store/copy.js';
import type {FileEntry} from '../../../src/store/version.js';
import {temporaryFolder} from '../../support/folder.js';

const old = new Date('2024-01-01T00:00:00Z');

function project(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), content, {mode: 0o644});
    utimesSync(join(folder, path), old, old);
  }
  return folder;
}

async function copy(
  folder: string,
  paths: string[],
  into: string,
  previous?: Previous,
): Promise<CopiedFiles> {
  const sources = paths.map((path) => ({
    from: join(folder, path),
    path,
    stats: lstatSync(join(folder, path)),
  }));
  return copyFiles(
    sources,
    into,
    previous,
    (head) => (head.includes('SECRET PLAN') ? 'saved plan' : undefined),
    () => undefined,
  );
}

function asPrevious(folder: string, {entries}: CopiedFiles): Previous {
  return {folder, entries: new Map((entries as FileEntry[]).map((entry) => [entry.path, entry]))};
}

test('files are copied with their content, hash, size and mode, and are read-only in the store', async () => {
  const folder = project({'main.tf': 'a', 'sub/run.sh': '#!'});
  chmodSync(join(folder, 'sub/run.sh'), 0o755);
  const into = temporaryFolder();
  const {entries, skipped} = await copy(folder, ['main.tf', 'sub/run.sh'], into);
  expect(skipped).toEqual([]);
  expect(entries).toEqual([
    {
      path: 'main.tf',
      size: 1,
      mode: '0644',
      sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    },
    expect.objectContaining({path: 'sub/run.sh', size: 2, mode: '0755'}),
  ]);
  expect(readFileSync(join(into, 'main.tf'), 'utf8')).toBe('a');
  expect(statSync(join(into, 'sub/run.sh')).mode & 0o777).toBe(0o400);
});

test('an unchanged file is a link to the previous version, a changed one is not', async () => {
  const folder = project({same: 'same', other: 'one'});
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  const before = await copy(folder, ['same', 'other'], first);
  writeFileSync(join(folder, 'other'), 'two');
  const after = await copy(folder, ['same', 'other'], second, asPrevious(first, before));
  expect(statSync(join(second, 'same')).ino).toBe(statSync(join(first, 'same')).ino);
  expect(readFileSync(join(second, 'other'), 'utf8')).toBe('two');
  expect(readFileSync(join(first, 'other'), 'utf8')).toBe('one');
  expect(after.fresh).toEqual([join(second, 'other')]);
});

test('a file with the old size and time but other content does not count as unchanged', async () => {
  const folder = project({file: 'one'});
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  const before = await copy(folder, ['file'], first);
  writeFileSync(join(folder, 'file'), 'two');
  utimesSync(join(folder, 'file'), old, old);
  await copy(folder, ['file'], second, asPrevious(first, before));
  expect(readFileSync(join(second, 'file'), 'utf8')).toBe('two');
});

test("a file's stat key is cached once the file was left alone, and then it is linked without being read", async () => {
  const folder = project({file: 'one'});
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 10_000);
  const before = await copy(folder, ['file'], first);
  vi.restoreAllMocks();
  // A hash no content has: it can only have been taken over from the previous version.
  const [entry] = before.entries as FileEntry[];
  const forged = {...before, entries: [{...entry, sha256: 'taken over'} as FileEntry]};
  const after = await copy(folder, ['file'], second, asPrevious(first, forged));
  expect(after.entries).toMatchObject([{path: 'file', sha256: 'taken over'}]);
  expect(after.fresh).toEqual([]);
});

test('a previous copy that was tampered with is not linked to again', async () => {
  const folder = project({file: 'one'});
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  const before = await copy(folder, ['file'], first);
  chmodSync(join(first, 'file'), 0o600);
  writeFileSync(join(first, 'file'), 'tampered');
  await copy(folder, ['file'], second, asPrevious(first, before));
  expect(readFileSync(join(second, 'file'), 'utf8')).toBe('one');
});

test('without a previous version files are copied instead of linked', async () => {
  const folder = project({file: 'one'});
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  const before = await copy(folder, ['file'], first);
  unlinkSync(join(first, 'file'));
  const {fresh} = await copy(folder, ['file'], second, asPrevious(first, before));
  expect(fresh).toEqual([join(second, 'file')]);
  expect(readFileSync(join(second, 'file'), 'utf8')).toBe('one');
});

test('links are kept as links, even dangling and circular ones', async () => {
  const folder = project({});
  symlinkSync('/etc/passwd', join(folder, 'out'));
  symlinkSync('loop', join(folder, 'loop'));
  const into = temporaryFolder();
  const {entries} = await copy(folder, ['out', 'loop'], into);
  expect(entries).toEqual([
    {path: 'out', link: '/etc/passwd'},
    {path: 'loop', link: 'loop'},
  ]);
  expect(readlinkSync(join(into, 'loop'))).toBe('loop');
});

test('a file that became a pipe since it was listed is skipped without waiting', async () => {
  const folder = project({file: 'one'});
  const source = {from: join(folder, 'file'), path: 'file', stats: lstatSync(join(folder, 'file'))};
  unlinkSync(source.from);
  execFileSync('mkfifo', [source.from]);
  const copied = await copyFiles(
    [source],
    temporaryFolder(),
    undefined,
    () => undefined,
    () => undefined,
  );
  expect(copied).toEqual({entries: [], skipped: [{path: 'file', reason: 'no regular file'}], fresh: []});
});

test('a file that vanished since it was listed is skipped with a note', async () => {
  const folder = project({file: 'one'});
  const source = {from: join(folder, 'file'), path: 'file', stats: lstatSync(join(folder, 'file'))};
  unlinkSync(source.from);
  const copied = await copyFiles(
    [source],
    temporaryFolder(),
    undefined,
    () => undefined,
    () => undefined,
  );
  expect(copied.skipped).toEqual([{path: 'file', reason: 'vanished'}]);
});

test('a rejected file leaves nothing in the version', async () => {
  const folder = project({plan: 'SECRET PLAN', file: 'one'});
  const into = temporaryFolder();
  const {entries, skipped} = await copy(folder, ['plan', 'file'], into);
  expect(entries.map(({path}) => path)).toEqual(['file']);
  expect(skipped).toEqual([{path: 'plan', reason: 'saved plan'}]);
  expect(() => lstatSync(join(into, 'plan'))).toThrow('ENOENT');
});

test('configuration of Terragrunt is kept under another name, with the real one in the manifest', async () => {
  const folder = project({'unit/terragrunt.hcl': 'x'});
  const into = temporaryFolder();
  const {entries} = await copy(folder, ['unit/terragrunt.hcl'], into);
  expect(entries).toMatchObject([{path: 'unit/terragrunt.hcl', stored: 'unit/terragrunt.hcl.kept'}]);
  expect(readFileSync(join(into, 'unit/terragrunt.hcl.kept'), 'utf8')).toBe('x');
});

test('a store that cannot be written is an error, not a skipped file', async () => {
  const folder = project({file: 'one'});
  const into = join(temporaryFolder(), 'file');
  writeFileSync(into, 'in the way');
  await expect(copy(folder, ['file'], into)).rejects.toMatchObject({
    code: expect.stringMatching(/EEXIST|ENOTDIR/) as string,
  });
});
