import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {compareStates} from '../../../src/state/compare.js';
import {parseState, type State} from '../../../src/state/state.js';

interface Resource {
  readonly name: string;
  readonly id: string;
  readonly value?: unknown;
  readonly type?: string;
  readonly mode?: string;
  readonly status?: string;
  readonly deposed?: string;
  readonly key?: string | number;
  readonly module?: string;
}

function state(...resources: Resource[]): State {
  return parseState(
    JSON.stringify({
      version: 4,
      serial: 1,
      lineage: 'l',
      terraform_version: '1.11.4',
      resources: resources.map(
        ({name, id, value, type = 'terraform_data', mode = 'managed', status, deposed, key, module}) => ({
          mode,
          type,
          name,
          module,
          instances: [{attributes: {id, value}, status, deposed, index_key: key}],
        }),
      ),
    }),
  );
}

const A = {name: 'a', id: '1'};
const DEPOSED = {name: 'a', id: '0', deposed: 'beef'};

/** Each change as one line, and the counts: added, changed, destroyed. */
function compared(
  before: readonly Resource[],
  after: readonly Resource[],
): {changes: string[]; counts: string} {
  const {changes, counts} = compareStates(state(...before), state(...after));
  return {
    changes: changes.map(({action, address, from}) =>
      [action, address, ...(from === undefined ? [] : ['from', from])].join(' '),
    ),
    counts: `${counts.added} ${counts.changed} ${counts.destroyed}`,
  };
}

describe('comparing two states', () => {
  test.each<[string, Resource[], Resource[], string[], string]>([
    ['a new address is added', [], [A], ['added terraform_data.a'], '1 0 0'],
    ['an address that is gone is destroyed', [A], [], ['destroyed terraform_data.a'], '0 0 1'],
    [
      'another id is replaced and counts twice',
      [A],
      [{...A, id: '2'}],
      ['replaced terraform_data.a'],
      '1 0 1',
    ],
    [
      'the same type and id elsewhere is moved',
      [A],
      [{...A, name: 'b'}],
      ['moved terraform_data.b from terraform_data.a'],
      '0 0 0',
    ],
    [
      'the same id of another type is not moved',
      [A],
      [{...A, name: 'b', type: 'x'}],
      ['destroyed terraform_data.a', 'added x.b'],
      '1 0 1',
    ],
    [
      'other attributes are changed',
      [{...A, value: [1, 2]}],
      [{...A, value: [2, 1]}],
      ['changed terraform_data.a'],
      '0 1 0',
    ],
    [
      'another order of names is no change',
      [{...A, value: {x: 1, y: 2}}],
      [{...A, value: {y: 2, x: 1}}],
      [],
      '0 0 0',
    ],
    [
      'what became tainted is changed',
      [A],
      [{...A, status: 'tainted'}],
      ['changed terraform_data.a'],
      '0 1 0',
    ],
    ['a data source does not count', [], [{...A, mode: 'data'}], [], '0 0 0'],
    ['a deposed object does not count when it appears', [A], [A, DEPOSED], [], '0 0 0'],
    [
      'a deposed object is destroyed when it goes',
      [A, DEPOSED],
      [A],
      ['destroyed terraform_data.a (deposed object beef)'],
      '0 0 1',
    ],
    ['an index is part of the address', [], [{...A, key: 0}], ['added terraform_data.a[0]'], '1 0 0'],
    [
      'a key is quoted, and a module comes first',
      [],
      [{...A, key: 'x"y', module: 'module.m["k"]'}],
      ['added module.m["k"].terraform_data.a["x\\"y"]'],
      '1 0 0',
    ],
  ])('%s', (_, before, after, changes, counts) => {
    expect(compared(before, after)).toEqual({changes, counts});
  });

  const resource = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
    value: fc.jsonValue(),
  });
  const anyState = fc
    .uniqueArray(resource, {selector: ({name}) => name})
    .map((list) => list.filter(({id}, at) => list.findIndex((other) => other.id === id) === at));

  test('a state compared with itself has no changes', () => {
    fc.assert(
      fc.property(anyState, (list) => {
        expect(compareStates(state(...list), state(...list))).toEqual({
          counts: {added: '0', changed: '0', destroyed: '0'},
          changes: [],
        });
      }),
    );
  });

  test('changes between two states lead from one set of addresses to the other, and the counts add up', () => {
    fc.assert(
      fc.property(anyState, anyState, (one, two) => {
        const [before, after] = [state(...one), state(...two)];
        const {changes, counts} = compareStates(before, after);
        const addresses = new Set(before.instances.keys());
        for (const change of changes) {
          if (change.action === 'destroyed') addresses.delete(change.address);
          if (change.action === 'moved') addresses.delete(change.from ?? '');
        }
        for (const change of changes) {
          if (change.action === 'added' || change.action === 'moved') addresses.add(change.address);
        }
        expect([...addresses].sort()).toEqual([...after.instances.keys()].sort());
        expect(before.instances.size + Number(counts.added) - Number(counts.destroyed)).toBe(
          after.instances.size,
        );
      }),
    );
  });
});
