import {describe, expect, test} from 'vitest';
import {
  blockedFiles,
  foreignState,
  otherWorkspace,
  projectInUse,
  promotionRefusal,
  restoreRefusal,
  rollbackInUse,
  sharedStateInUse,
  type PromotionFacts,
  type StateFacts,
} from '../../../src/rollback/refusals.js';

const state = (facts: Partial<StateFacts> = {}): StateFacts => ({
  path: '/p/terraform.tfstate',
  name: 'terraform.tfstate',
  resources: 0,
  reason: 'why',
  isMissing: false,
  ...facts,
});
const EMPTY = state();
const FULL = state({resources: 2});
const UNREADABLE = state({resources: undefined});
const GONE = state({isMissing: true});

describe('a version belongs to its workspace', () => {
  test.each([
    ['of another one it is refused', 'dev', 'other-workspace'],
    ['of the selected one it is taken', 'default', undefined],
    ['where the original tool did not say it is taken', undefined, undefined],
  ])('%s', (_, workspace, kind) => {
    const meta = workspace === undefined ? {} : {workspace};
    expect(otherWorkspace({name: 'v1', meta}, 'default')?.kind).toBe(kind);
  });
});

describe('an isolated rollback begins', () => {
  const NOTHING = {path: '/p/errored.tfstate', resources: 0};
  test.each<[string, StateFacts, typeof NOTHING | {path: string; resources: undefined}, boolean, unknown]>([
    ['with an empty state', EMPTY, NOTHING, true, undefined],
    ['without a state where nothing is deployed', GONE, NOTHING, false, undefined],
    ['not where resources exist', FULL, NOTHING, true, {kind: 'resources-exist', count: 2}],
    [
      'not where the state cannot be counted',
      UNREADABLE,
      NOTHING,
      true,
      {kind: 'state-unreadable', reason: 'why'},
    ],
    ['not where the state is gone', GONE, NOTHING, true, {kind: 'state-unreadable', reason: 'it is gone'}],
    [
      'not where a state could not be written',
      EMPTY,
      {...NOTHING, resources: 1},
      true,
      {kind: 'state-unwritten'},
    ],
    [
      'not where that cannot be counted',
      EMPTY,
      {...NOTHING, resources: undefined},
      true,
      {kind: 'state-unwritten'},
    ],
  ])('%s', (_, live, errored, isDeployed, problem) => {
    const found = projectInUse(live, 'default', errored, isDeployed);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(problem as object);
  });
});

describe('there is one rollback at a time', () => {
  test.each([
    ['without one and without a folder', '', undefined, 0, undefined],
    ['with a folder that holds nothing', '', '/r', 0, undefined],
    ['not while one is active', 'v1', '/r', 0, 'rollback-active'],
    ['not while its folder is gone', 'v1', undefined, 0, 'rollback-active'],
    ['not in a folder with resources', '', '/r', 1, 'rollback-folder-live'],
    ['not in a folder whose states cannot be counted', '', '/r', undefined, 'rollback-folder-live'],
  ])('%s', (_, active, folder, resources, kind) => {
    expect(rollbackInUse(active, folder, resources)?.kind).toBe(kind);
  });
});

describe('a state outside of the folder', () => {
  test.each([
    ['is used with -same-backend, if it is empty', true, false, EMPTY, undefined],
    ['is not used without -same-backend', false, false, EMPTY, 'rollback-state-shared'],
    ['is not used when it is a file', true, true, EMPTY, 'rollback-state-shared'],
    ['is not used when it holds resources', true, false, FULL, 'resources-exist'],
    ['is not used when it cannot be counted', true, false, UNREADABLE, 'state-unreadable'],
  ])('%s', (_, sameBackend, isLocal, shared, kind) => {
    expect(sharedStateInUse({sameBackend, isLocal, folder: '/r'}, shared, 'default')?.kind).toBe(kind);
  });

  test.each([
    ['is emptied by the rollback that began with it', true, 'v1', false, undefined],
    ['is not emptied by a rollback with a state of its own', false, 'v1', false, 'rollback-state-shared'],
    ['is not emptied when no rollback is recorded', true, '', false, 'rollback-state-shared'],
    ['is not emptied once the project was deployed to it', true, 'v1', true, 'rollback-state-used'],
  ])('%s', (_, sameBackend, version, status, kind) => {
    expect(foreignState({version, sameBackend, root: '/r'}, {name: 'v3', status})?.kind).toBe(kind);
  });
});

describe('a rollback becomes the project', () => {
  const facts: PromotionFacts = {
    version: 'v1',
    isUnfinished: false,
    folder: '/r',
    edited: [],
    deployed: FULL,
    live: EMPTY,
    isHandedOver: false,
    workspace: 'default',
  };
  test.each<[string, Partial<PromotionFacts>, string | undefined]>([
    ['when all is as it should be', {}, undefined],
    ['when it deployed nothing', {deployed: EMPTY}, undefined],
    ['not before it is deployed completely', {isUnfinished: true}, 'rollback-unfinished'],
    ['not when its files were edited', {edited: ['main.tf']}, 'rollback-edited'],
    ['not without its state', {deployed: GONE}, 'state-unreadable'],
    ['not when its state cannot be read', {deployed: UNREADABLE}, 'state-unreadable'],
    ['not over resources of the project', {live: FULL}, 'resources-exist'],
    ['not over a state that cannot be read', {live: UNREADABLE}, 'state-unreadable'],
    ["when its state is the project's already", {live: FULL, isHandedOver: true}, undefined],
  ])('%s', (_, other, kind) => {
    expect(promotionRefusal({...facts, ...other})?.kind).toBe(kind);
  });
});

describe('a state is restored', () => {
  test.each([
    ['over one of its lineage', undefined, 'a', false, undefined],
    ['over none, or a damaged one', undefined, undefined, false, undefined],
    ['over one without a lineage', undefined, '', false, undefined],
    ['not over another lineage', undefined, 'b', false, 'lineage-differs'],
    ['over another lineage with -force', undefined, 'b', true, undefined],
    ['never over one that cannot be read', 'EACCES', undefined, true, 'state-unreadable'],
  ])('%s', (_, unreadable, lineage, force, kind) => {
    const live = {name: 'terraform.tfstate', unreadable, lineage};
    expect(restoreRefusal({name: 'v1', lineage: 'a'}, live, force)?.kind).toBe(kind);
  });
});

test('a folder where the version has a file is not replaced', () => {
  expect(blockedFiles('v1', ['main.tf'])).toEqual({
    kind: 'restore-blocked',
    version: 'v1',
    paths: ['main.tf'],
  });
  expect(blockedFiles('v1', [])).toBeUndefined();
});
