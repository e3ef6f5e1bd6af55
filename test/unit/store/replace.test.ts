import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  changesetOf,
  carryOut,
  planReplacement,
  saveTouched,
  unlike,
  type Changeset,
  type Present,
} from '../../../src/store/replace.js';
import {isRoot} from '../../support/faults.js';
import {temporaryFolder} from '../../support/folder.js';
import {listing} from '../../support/listing.js';

/** A content, or `-> TARGET` for a link; a name that ends in `/` is a folder. */
type Tree = Readonly<Record<string, string>>;

function grow(folder: string, tree: Tree): string {
  mkdirSync(folder, {recursive: true});
  for (const [path, content] of Object.entries(tree)) {
    const file = join(folder, path);
    mkdirSync(path.endsWith('/') ? file : dirname(file), {recursive: true});
    if (path.endsWith('/')) continue;
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), file);
    else writeFileSync(file, content);
  }
  return folder;
}

const ALL: Present = {files: undefined, goes: []};

/** A folder as it is, one as it is to be, and what leads there and back. */
function swapped(live: Tree, wanted: Tree, present: Present = ALL) {
  const folder = temporaryFolder();
  const from = grow(join(folder, 'live'), live);
  const to = grow(join(folder, 'wanted'), wanted);
  const before = listing(from);
  const replacement = planReplacement(from, to, present);
  const area = changesetOf(from, to, replacement);
  const undo = saveTouched(from, join(folder, 'saved'), replacement, []);
  return {folder, live: from, before, replacement, area, undo, wanted: listing(to)};
}

describe('a replacement', () => {
  test('a replacement names what is added, changed and removed, and leaves the rest', () => {
    const {replacement, area, live} = swapped(
      {'same.tf': '1', 'old.tf': '2', 'gone.tf': '3', 'notes.txt': '4'},
      {'same.tf': '1', 'old.tf': 'two', 'new/x.tf': '5'},
      {files: new Set(['same.tf', 'old.tf', 'gone.tf', 'notes.txt']), goes: ['gone.tf', 'old.tf']},
    );
    expect(replacement).toEqual({
      added: ['new/x.tf'],
      changed: ['old.tf'],
      removed: ['gone.tf'],
      blocked: [],
      left: [],
      folders: ['new'],
    });
    carryOut(area);
    expect(Object.keys(listing(live))).toEqual(['new/', 'new/x.tf', 'notes.txt', 'old.tf', 'same.tf']);
    expect(unlike(area)).toEqual([]);
  });

  test.each<[string, Tree, Tree]>([
    ['files', {a: '1', 'b/c': '2'}, {a: 'one', 'b/d': '3', 'e/f/g': '4'}],
    ['links', {a: '-> x', b: '1'}, {a: '-> y', b: '-> a'}],
    ['a link that becomes a file', {a: '-> nowhere'}, {a: 'text'}],
    ['a link to a folder that becomes a folder', {m: '-> real', 'real/x': '1'}, {'m/x': '2', 'm/y': '3'}],
    ['a file where a folder has to be', {m: 'text'}, {'m/n/x': '1'}],
    ['a folder that was empty', {'m/': ''}, {'m/x': '1'}],
    ['a link that leads in a circle', {m: '-> m'}, {'m/x': '1'}],
  ])('a replacement of %s can be carried out twice and undone twice', (_, from, to) => {
    const {live, area, undo, before, wanted} = swapped(from, to);
    for (let times = 0; times < 2; times += 1) {
      carryOut(area);
      expect(listing(live)).toMatchObject(wanted);
      expect(unlike(area)).toEqual([]);
    }
    for (let times = 0; times < 2; times += 1) {
      carryOut(undo);
      expect(listing(live)).toEqual(before);
      expect(unlike(undo)).toEqual([]);
    }
  });

  test('a replacement never reads, writes or removes through a link that leads out of the folder', () => {
    const outside = grow(temporaryFolder(), {'x.tf': 'theirs', 'only-theirs.tf': 'theirs'});
    const {live, area, undo, before, replacement} = swapped(
      {modules: `-> ${outside}`},
      {'modules/x.tf': 'theirs', 'modules/y.tf': 'new'},
    );
    expect(replacement).toMatchObject({removed: ['modules'], added: ['modules/x.tf', 'modules/y.tf']});
    carryOut(area);
    expect(lstatSync(join(live, 'modules')).isDirectory()).toBe(true);
    carryOut(undo);
    carryOut(undo);
    expect(listing(live)).toEqual(before);
    expect(Object.keys(listing(outside))).toEqual(['only-theirs.tf', 'x.tf']);
  });

  test('a folder in the place of a file stops a replacement', () => {
    expect(swapped({'a/b': '1'}, {a: 'text'}).replacement).toMatchObject({blocked: ['a'], changed: []});
  });

  test('a replacement leaves alone what is not part of the configuration', () => {
    const {live, area, before, replacement} = swapped(
      {'secret.tfvars': 'mine', keys: 'mine'},
      {'secret.tfvars': 'kept', 'keys/x': 'kept'},
      {files: new Set<string>(), goes: []},
    );
    expect(replacement).toMatchObject({left: ['keys/x', 'secret.tfvars'], added: [], changed: []});
    carryOut(area);
    expect(listing(live)).toEqual(before);
  });

  test('a replacement restores permissions, bytes that are not text, and line ends', () => {
    const binary = Buffer.from([0, 255, 13, 10, 128]).toString('latin1');
    const {live, area, undo} = swapped(
      {'run.sh': 'x', 'w.tf': 'a\r\nb\r\n'},
      {'run.sh': 'y', 'w.tf': 'a\nb\n'},
    );
    chmodSync(join(live, 'run.sh'), 0o751);
    writeFileSync(join(live, 'w.tf'), binary, 'latin1');
    const replacement = planReplacement(live, area.wanted ?? '', ALL);
    const again = saveTouched(live, join(dirname(undo.wanted ?? ''), 'again'), replacement, []);
    const before = listing(live);
    carryOut(area);
    carryOut(again);
    expect(listing(live)).toEqual(before);
  });

  test.skipIf(!isRoot)('a replacement by root keeps the owner of a file', () => {
    const {live, area} = swapped({a: '1'}, {a: '2'});
    execFileSync('chown', ['1234:2345', join(live, 'a')]);
    carryOut(area);
    expect(lstatSync(join(live, 'a'))).toMatchObject({uid: 1234, gid: 2345});
  });

  test('a replacement removes the partial file of one that was killed', () => {
    const {live, area, undo, before} = swapped({a: '1'}, {a: '2', b: '3'});
    writeFileSync(join(live, 'a.cloudtm-restore'), 'ha');
    writeFileSync(join(live, 'b.cloudtm-restore'), 'lf');
    carryOut(undo);
    expect(listing(live)).toEqual(before);
    expect(area.live).toBe(live);
  });

  test('a missing folder is an error of a replacement, not an empty project', () => {
    const {area} = swapped({a: '1'}, {a: '2'});
    const gone: Changeset = {...area, wanted: join(area.live, 'nowhere')};
    expect(() => {
      carryOut(gone);
    }).toThrow('ENOENT');
    expect(readFileSync(join(area.live, 'a'), 'utf8')).toBe('1');
    expect(() => {
      carryOut({...area, live: join(area.live, 'nowhere')});
    }).toThrow('is gone');
    expect(existsSync(join(area.live, 'nowhere'))).toBe(false);
  });

  test('undoing a replacement restores other saved files, and removes those that did not exist', () => {
    const {live, folder, replacement} = swapped({a: '1', lock: 'before'}, {a: '2'});
    const undo = saveTouched(live, join(folder, 'more'), replacement, ['lock', 'made', 'a']);
    writeFileSync(join(live, 'lock'), 'after');
    writeFileSync(join(live, 'made'), 'after');
    expect(unlike(undo).sort()).toEqual([join(live, 'lock'), join(live, 'made')]);
    carryOut(undo);
    expect(Object.keys(listing(live))).toEqual(['a', 'lock']);
    expect(readFileSync(join(live, 'lock'), 'utf8')).toBe('before');
  });

  test('a replacement of any trees, stopped after any step, can be undone or finished', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const path = fc.array(name, {minLength: 1, maxLength: 3}).map((parts) => parts.join('/'));
    const content = fc.constantFrom('1', '2', '-> a', '-> ../b', '-> nowhere');
    const tree = fc.dictionary(path, content).map((entries) => {
      const kept: Record<string, string> = {};
      for (const [each, text] of Object.entries(entries).sort(([a], [b]) => a.length - b.length)) {
        const isBelow = Object.keys(kept).some((other) => each.startsWith(`${other}/`));
        if (!isBelow) kept[each] = text;
      }
      return kept;
    });
    fc.assert(
      fc.property(tree, tree, fc.nat(6), (from, to, steps) => {
        const {live, area, undo, before, replacement, wanted} = swapped(from, to, {
          files: undefined,
          goes: Object.keys(from),
        });
        if (replacement.blocked.length > 0) return;
        // As if it was killed: a part of what goes, then a part of what comes.
        carryOut({...area, wanted: undefined, folders: [], removed: area.removed.slice(0, steps)});
        if (steps > 2) carryOut(area);
        carryOut(undo);
        expect(listing(live)).toEqual(before);
        carryOut(area);
        const files = Object.entries(listing(live)).filter(([each]) => !each.endsWith('/'));
        expect(Object.fromEntries(files)).toEqual(
          Object.fromEntries(Object.entries(wanted).filter(([each]) => !each.endsWith('/'))),
        );
      }),
      {numRuns: 40},
    );
  });

  test('a replacement a link is replaced by a link in one step', () => {
    const {live, area} = swapped({a: '-> x'}, {a: '-> y'});
    carryOut(area);
    expect(readlinkSync(join(live, 'a'))).toBe('y');
  });
});
