import {describe, expect, test} from 'vitest';
import {
  fitToConfiguration,
  inPlaceRefusal,
  plannedRefusal,
  type PlannedFacts,
  type PresentFacts,
} from '../../../src/rollback/in-place/checks.js';
import type {Reconciliation} from '../../../src/state/reconcile.js';

const NOTHING: Reconciliation = {moved: [], imported: [], forgotten: []};
const MOVED = {...NOTHING, moved: [{from: 'a.b', to: 'a.c'}]};
const IMPORTED = {...NOTHING, imported: ['a.b["x"]']};
const FORGOTTEN = {...NOTHING, forgotten: [{address: 'a.b', id: '1'}]};

describe('a version can be gone back to in place', () => {
  const meta = {workspace: 'default', backend: 's3', terraform: {product: 'terraform', version: '1.11.4'}};
  const state: PresentFacts['state'] = {
    name: 'the backend "s3"',
    isMissing: false,
    unreadable: undefined,
    lineage: 'x',
  };
  const now: PresentFacts = {workspace: 'default', backend: 's3', terraform: '1.11.4', state, rollback: ''};
  test.each<[string, Partial<PresentFacts>, string | undefined]>([
    ['when everything agrees', {}, undefined],
    ['not in another workspace', {workspace: 'dev'}, 'other-workspace'],
    ['not from another backend', {backend: 'local'}, 'other-backend'],
    ['not when the state cannot be read', {state: {...state, unreadable: 'EACCES'}}, 'state-unreadable'],
    ['not when there is no state', {state: {...state, isMissing: true}}, 'nothing-deployed'],
    ['not when the state has another lineage', {state: {...state, lineage: 'y'}}, 'lineage-differs'],
    ['not while an isolated rollback is active', {rollback: 'v1'}, 'rollback-active'],
    ['not by an older terraform', {terraform: '1.10.9'}, 'terraform-older'],
    ['not by an older patch of it', {terraform: '1.11.3'}, 'terraform-older'],
    ['by a newer terraform', {terraform: '2.0.0'}, undefined],
    ['by a candidate of the same release', {terraform: '1.11.4-rc1'}, undefined],
    ['by a terraform that does not say its version', {terraform: undefined}, undefined],
  ])('%s', (_, other, kind) => {
    expect(inPlaceRefusal({name: 'v1', meta}, 'x', {...now, ...other})?.kind).toBe(kind);
  });

  test('when the original tool kept it, and said nothing of all that', () => {
    expect(inPlaceRefusal({name: 'v1', meta: {}}, 'x', now)).toBeUndefined();
  });
});

describe('what was prepared is carried out', () => {
  const state = (...addresses: string[]) => ({instances: new Set(addresses)});
  const facts: PlannedFacts = {
    version: {name: 'v1'},
    now: {terraform: '1.11.4'},
    reconciliation: NOTHING,
    wanted: state(),
    live: state(),
    blocked: [],
    unkept: [],
  };
  test.each<[string, Partial<PlannedFacts & {destroyImported: boolean}>, string | undefined]>([
    ['when nothing is in its way', {}, undefined],
    ['not where a folder stands in the place of a file', {blocked: ['main.tf']}, 'restore-blocked'],
    ['not over files that no version keeps', {unkept: ['/m/m.tf']}, 'modules-not-kept'],
    ['with moved blocks from 1.1 on', {reconciliation: MOVED, now: {terraform: '1.1.0'}}, undefined],
    ['without them before', {reconciliation: MOVED, now: {terraform: '1.0.11'}}, 'terraform-older'],
    ['with import blocks from 1.5 on', {reconciliation: FORGOTTEN, now: {terraform: '1.5.0'}}, undefined],
    ['without them before', {reconciliation: FORGOTTEN, now: {terraform: '1.4.9'}}, 'terraform-older'],
    ['with removed blocks from 1.7 on', {reconciliation: IMPORTED, now: {terraform: '1.7.0'}}, undefined],
    ['without them before', {reconciliation: IMPORTED, now: {terraform: '1.6.9'}}, 'terraform-older'],
    [
      'with an old terraform where what was imported is destroyed',
      {reconciliation: IMPORTED, now: {terraform: '1.6.9'}, destroyImported: true},
      undefined,
    ],
    [
      'not where others share a block with what was imported',
      {reconciliation: IMPORTED, live: state('a.b["x"]', 'a.b["y"]')},
      'imported-among-others',
    ],
    [
      'where the version has those others',
      {reconciliation: IMPORTED, live: state('a.b["x"]', 'a.b["y"]'), wanted: state('a.b["y"]')},
      undefined,
    ],
    [
      'where all of the block is destroyed',
      {reconciliation: IMPORTED, live: state('a.b["x"]', 'a.b["y"]'), destroyImported: true},
      undefined,
    ],
  ])('%s', (_, {destroyImported = false, ...other}, kind) => {
    expect(plannedRefusal({...facts, ...other}, destroyImported)?.kind).toBe(kind);
  });
});

describe("a reconciliation is fitted to the version's configuration", () => {
  const fit = (found: Reconciliation, declared: string[], moves: Record<string, string> = {}) =>
    fitToConfiguration(found, new Set(declared), new Map(Object.entries(moves)));
  test('what it declares is not removed from the state', () => {
    expect(fit(IMPORTED, ['a.b'])).toEqual(NOTHING);
    expect(fit(IMPORTED, ['a.c'])).toEqual(IMPORTED);
  });
  test('what it does not declare is not imported, except in modules', () => {
    expect(fit(FORGOTTEN, [])).toEqual(NOTHING);
    expect(fit(FORGOTTEN, ['a.b'])).toEqual(FORGOTTEN);
    const inModule = {...NOTHING, forgotten: [{address: 'module.m.a.b', id: '1'}]};
    expect(fit(inModule, [])).toEqual(inModule);
  });
  test('a move leads to where its own moves start, and not in circles', () => {
    expect(fit(MOVED, [], {'a.c': 'a.d', 'a.d': 'a.e'}).moved).toEqual([{from: 'a.b', to: 'a.e'}]);
    expect(fit(MOVED, [], {'a.c': 'a.b'}).moved).toEqual([]);
    expect(fit(MOVED, [], {'a.c': 'a.d', 'a.d': 'a.c'}).moved).toHaveLength(1);
  });
});
