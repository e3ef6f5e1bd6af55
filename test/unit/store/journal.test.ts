import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {UserError, type Problem} from '../../../src/errors.js';
import {finishJournal, openTransaction, refuseInHand, replacingFolder} from '../../../src/store/journal.js';
import {layOut} from '../../../src/store/layout.js';
import type {Liveness} from '../../../src/store/lease.js';
import {changesetOf, planReplacement} from '../../../src/store/replace.js';
import {makeReadOnly, testWithMount} from '../../support/faults.js';
import {listing} from '../../support/listing.js';
import {newStore} from '../../support/versions.js';

const OWNER = {pid: 1 << 30, now: () => new Date()};
const dead: Liveness = {isAlive: () => false, now: () => new Date()};
const alive: Liveness = {...dead, isAlive: () => true};

/** A project with a store, and the replacement of its main.tf, not begun yet. */
function project(workspace = 'default') {
  const {store} = newStore();
  const layout = layOut(store, workspace);
  const root = join(dirname(store), 'project');
  mkdirSync(root);
  writeFileSync(join(root, 'main.tf'), 'before');
  writeFileSync(join(root, 'gone.tf'), 'before');
  const folder = replacingFolder(layout, OWNER.pid);
  const wanted = join(folder, 'tree');
  mkdirSync(join(wanted, 'sub'), {recursive: true});
  writeFileSync(join(wanted, 'main.tf'), 'after');
  writeFileSync(join(wanted, 'sub/new.tf'), 'after');
  const replacement = planReplacement(root, wanted, {files: undefined, goes: ['gone.tf']});
  const area = changesetOf(root, wanted, replacement);
  return {
    layout,
    root,
    folder,
    before: listing(root),
    open: (owner = OWNER) => openTransaction(layout, owner, folder, [{area, replacement}], ['lock']),
  };
}

function problemOf(action: () => unknown): Problem | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.problem;
    throw error;
  }
  return undefined;
}

const AFTER = ['main.tf', 'sub/', 'sub/new.tf'];

test('replaced files are put back by the command that finds their owner dead', () => {
  const {layout, root, before, open} = project();
  open().carryOut();
  writeFileSync(join(root, 'lock'), 'made meanwhile');
  expect(finishJournal(layout, alive).isUndone).toBe(false);
  expect(Object.keys(listing(root))).toEqual(['lock', ...AFTER]);
  expect(finishJournal(layout, dead).isUndone).toBe(true);
  expect(listing(root)).toEqual(before);
  expect(existsSync(layout.journal)).toBe(false);
  expect(readdirSync(layout.replacing)).toEqual([]);
  expect(finishJournal(layout, dead).isUndone).toBe(false);
});

test('a command that was killed before it replaced anything leaves all files as they are', () => {
  const {layout, root, before, open} = project();
  open();
  expect(finishJournal(layout, dead).isUndone).toBe(true);
  expect(listing(root)).toEqual(before);
});

test('leftovers of a command that was killed before it wrote a journal are removed, those of a running one are not', () => {
  const {layout, folder} = project();
  expect(finishJournal(layout, alive).isUndone).toBe(false);
  expect(existsSync(folder)).toBe(true);
  expect(finishJournal(layout, dead).isUndone).toBe(false);
  expect(existsSync(folder)).toBe(false);
});

test('a journal is found from every workspace, since they share the files', () => {
  const {layout, root, before, open} = project('dev');
  open().carryOut();
  expect(finishJournal(layOut(layout.store, 'default'), dead).isUndone).toBe(true);
  expect(listing(root)).toEqual(before);
});

test('a journal still works after its project was moved', () => {
  const {layout, root, before, open} = project();
  open().carryOut();
  const folder = dirname(layout.store);
  const moved = `${folder}-moved`;
  renameSync(folder, moved);
  try {
    expect(finishJournal(layOut(join(moved, '.cloudtm'), 'default'), dead).isUndone).toBe(true);
    expect(listing(join(moved, 'project'))).toEqual(before);
    expect(existsSync(root)).toBe(false);
  } finally {
    renameSync(moved, folder);
  }
});

test('a journal that cannot be used is never removed', () => {
  const {layout, root, open} = project();
  open().carryOut();
  const elsewhere = `${root}-elsewhere`;
  renameSync(root, elsewhere);
  expect(() => finishJournal(layout, dead)).toThrow('is gone');
  renameSync(elsewhere, root);
  const text = readFileSync(layout.journal);
  writeFileSync(layout.journal, '{"owner"');
  expect(() => finishJournal(layout, dead)).toThrow('damaged');
  writeFileSync(layout.journal, text);
  expect(finishJournal(layout, dead).isUndone).toBe(true);
});

test('two commands cannot replace files at the same time', () => {
  const {layout, root, before, open} = project();
  const swap = open();
  const second = {...OWNER, pid: OWNER.pid + 1};
  const inHand = {kind: 'files-in-hand', path: layout.journal, pid: OWNER.pid};
  expect(problemOf(() => open(second))).toEqual(inHand);
  expect(
    problemOf(() => {
      refuseInHand(layout, dead);
    }),
  ).toEqual({...inHand, pid: undefined});
  swap.carryOut();
  expect(swap.undo()).toEqual({left: [], edited: []});
  expect(listing(root)).toEqual(before);
  expect(
    problemOf(() => {
      refuseInHand(layout, dead);
    }),
  ).toBeUndefined();
  expect(readdirSync(layout.store)).not.toContain(`restore.json.${second.pid}`);
});

test('once committed, only the file that goes in any case goes', () => {
  const {layout, root, open} = project();
  const swap = open();
  swap.carryOut();
  swap.commit(root, 'lock');
  writeFileSync(join(root, 'lock'), 'generated');
  expect(finishJournal(layout, dead).isUndone).toBe(true);
  expect(Object.keys(listing(root))).toEqual(AFTER);
});

test('after it was committed it can still be undone', () => {
  const {root, before, open} = project();
  const swap = open();
  swap.carryOut();
  swap.commit(root, 'lock');
  expect(swap.undo()).toEqual({left: [], edited: []});
  expect(listing(root)).toEqual(before);
});

testWithMount('files that cannot be put back are named, and the next command retries', () => {
  const {layout, root, folder, open} = project();
  const swap = open();
  swap.carryOut();
  makeReadOnly(root);
  expect(
    problemOf(() => {
      swap.carryOut();
    }),
  ).toBeUndefined();
  expect(swap.undo().left.sort()).toEqual([
    join(root, 'gone.tf'),
    join(root, 'main.tf'),
    join(root, 'sub/new.tf'),
  ]);
  expect(existsSync(layout.journal)).toBe(true);
  expect(existsSync(folder)).toBe(true);
  expect(() => finishJournal(layout, dead)).toThrow('EROFS');
});

testWithMount('a project that cannot be written is a problem that names the path', () => {
  const {root, open} = project();
  const swap = open();
  makeReadOnly(root);
  expect(
    problemOf(() => {
      swap.carryOut();
    }),
  ).toMatchObject({kind: 'files-unwritable', code: 'EROFS', path: expect.stringContaining(root) as unknown});
});
