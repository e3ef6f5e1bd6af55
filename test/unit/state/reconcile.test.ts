import {describe, expect, test} from 'vitest';
import {
  reconcile,
  reconciliationBlocks,
  newerSchemas,
  withoutKeys,
  type Step,
} from '../../../src/state/reconcile.js';
import {parseState, type State} from '../../../src/state/state.js';
import type {Change} from '../../../src/store/version.js';

/** A state with a resource of an id at each address: `{'a.b': 'id'}`; a number behind `@` is its schema version. */
function state(ids: Readonly<Record<string, string>>): State {
  const empty = parseState('{"version":4}');
  const instances = Object.entries(ids).map(([address, id]) => {
    const [own = '', schema = '0'] = id.split('@');
    const type = address.replace(/^(module\.[^.]+\.)+/, '').split('.')[0] ?? '';
    const instance = {
      type,
      id: own,
      attributes: {id: own},
      schemaVersion: Number(schema),
      sensitive: undefined,
      status: '',
      createBeforeDestroy: false,
      deposed: false,
    };
    return [address, instance] as const;
  });
  return {...empty, instances: new Map(instances)};
}

function step(operation: string, changes: readonly Change[], more: Partial<Step> = {}): Step {
  return {isAfter: true, operation, changes, imports: [], ...more};
}

const ADDED: Change = {address: 't.a', action: 'added'};
const GONE: Change = {address: 't.a', action: 'destroyed'};

describe('between a version and the present state', () => {
  test('reconciling moves back what moved', () => {
    const found = reconcile(
      state({'t.a': '1', 't.b["x"]': '2'}),
      state({'t.c': '1', 'module.m.t.b[0]': '2'}),
      [],
    );
    expect(found.moved).toEqual([
      {from: 'module.m.t.b[0]', to: 't.b["x"]'},
      {from: 't.c', to: 't.a'},
    ]);
    expect(found).toMatchObject({imported: [], forgotten: []});
  });

  test.each<[string, Step[], string[]]>([
    ['by the command', [step('import', [ADDED])], ['t.a']],
    ['by a block', [step('apply', [ADDED], {imports: ['t.a']})], ['t.a']],
    [
      'and moved',
      [
        step('import', [{...ADDED, address: 't.x'}]),
        step('apply', [{address: 't.a', action: 'moved', from: 't.x'}]),
      ],
      ['t.a'],
    ],
    [
      'before the version, and forgotten and created since',
      [step('import', [ADDED], {isAfter: false}), step('state-rm', [GONE]), step('apply', [ADDED])],
      [],
    ],
    [
      'and destroyed, then created',
      [step('import', [ADDED]), step('apply', [GONE]), step('apply', [ADDED])],
      [],
    ],
    ['not at all', [step('apply', [ADDED], {imports: ['t.b']})], []],
  ])('reconciling a resource imported %s', (_, steps, imported) => {
    expect(reconcile(state({}), state({'t.a': '1'}), steps).imported).toEqual(imported);
  });

  test.each<[string, Step[], boolean]>([
    ['taken out of the state since is imported again', [step('state-rm', [GONE])], true],
    ['destroyed is not', [step('apply', [GONE])], false],
    ['taken out before the version is not', [step('state-rm', [GONE], {isAfter: false})], false],
    [
      'taken out, created and destroyed is not',
      [step('state-rm', [GONE]), step('apply', [ADDED]), step('apply', [GONE])],
      false,
    ],
    ['that a rollback forgot is', [step('import', [ADDED]), step('rollback', [GONE])], true],
    ['that a rollback destroyed is not', [step('apply', [ADDED]), step('rollback', [GONE])], false],
  ])('reconciling a resource %s', (_, steps, isForgotten) => {
    const {forgotten} = reconcile(state({'t.a': 'i-1'}), state({}), steps);
    expect(forgotten).toEqual(isForgotten ? [{address: 't.a', id: 'i-1'}] : []);
  });
});

test('reconciling names types once that a newer provider wrote', () => {
  const wanted = state({'t.a': '1@1', 'u.a': '1@0', 'v.a': '1@2'});
  expect(
    newerSchemas(wanted, state({'t.a': '1@2', 't.b': '2@2', 'u.a': '1@0', 'v.a': '1@1', 'w.a': '1@9'})),
  ).toEqual(['t']);
});

test('reconciling writes blocks as terraform reads them', () => {
  expect(reconciliationBlocks({moved: [], imported: [], forgotten: []})).toBe('');
  expect(
    reconciliationBlocks({
      moved: [{from: 't.b["k"]', to: 't.a[0]'}],
      imported: ['t.c[0]', 't.c[1]', 'module.m["a.b[1]"].t.d'],
      forgotten: [{address: 't.e', id: 'a"b\\c${d}%{e}\né'}],
    }),
  ).toBe(`# Made by cloudtm for one rollback, and removed after it.

moved {
  from = t.b["k"]
  to   = t.a[0]
}

removed {
  from = t.c
  lifecycle {
    destroy = false
  }
}

removed {
  from = module.m.t.d
  lifecycle {
    destroy = false
  }
}

import {
  to = t.e
  id = "a\\"b\\\\c$\${d}%%{e}\\né"
}
`);
});

test.each([
  ['t.a', 't.a'],
  ['t.a[12]', 't.a'],
  ['t.a["x[0].y"]', 't.a'],
  ['module.m["a\\"]b"].module.n[3].t.a["c"]', 'module.m.module.n.t.a'],
])('the address %s without keys is %s', (address, bare) => {
  expect(withoutKeys(address)).toBe(bare);
});
