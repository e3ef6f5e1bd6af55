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

describe('comparing two states', () => {
  test('an address that is new is added', () => {
    expect(compareStates(state(), state({name: 'a', id: '1'}))).toEqual({
      counts: {added: '1', changed: '0', destroyed: '0'},
      changes: [{address: 'terraform_data.a', action: 'added'}],
    });
  });

  test('an address that is gone is destroyed', () => {
    expect(compareStates(state({name: 'a', id: '1'}), state())).toEqual({
      counts: {added: '0', changed: '0', destroyed: '1'},
      changes: [{address: 'terraform_data.a', action: 'destroyed'}],
    });
  });

  test('another id at the same address is a replacement and counts as both', () => {
    expect(compareStates(state({name: 'a', id: '1'}), state({name: 'a', id: '2'}))).toEqual({
      counts: {added: '1', changed: '0', destroyed: '1'},
      changes: [{address: 'terraform_data.a', action: 'replaced'}],
    });
  });

  test('the same type and id at another address is moved and counts as nothing', () => {
    expect(compareStates(state({name: 'a', id: '1'}), state({name: 'b', id: '1'}))).toEqual({
      counts: {added: '0', changed: '0', destroyed: '0'},
      changes: [{address: 'terraform_data.b', action: 'moved', from: 'terraform_data.a'}],
    });
  });

  test('the same id under another type is not a move', () => {
    const {changes} = compareStates(state({name: 'a', id: '1'}), state({name: 'b', id: '1', type: 'other'}));
    expect(changes.map(({action}) => action).sort()).toEqual(['added', 'destroyed']);
  });

  test('a difference in attributes is changed, their order is none', () => {
    const before = state({name: 'a', id: '1', value: {x: 1, y: [1, 2]}});
    expect(compareStates(before, state({name: 'a', id: '1', value: {y: [1, 2], x: 1}})).changes).toEqual([]);
    expect(compareStates(before, state({name: 'a', id: '1', value: {x: 1, y: [2, 1]}})).counts.changed).toBe(
      '1',
    );
  });

  test('a resource that became tainted is changed', () => {
    const after = state({name: 'a', id: '1', status: 'tainted'});
    expect(compareStates(state({name: 'a', id: '1'}), after).counts).toEqual({
      added: '0',
      changed: '1',
      destroyed: '0',
    });
  });

  test('data sources do not count', () => {
    expect(compareStates(state(), state({name: 'a', id: '1', mode: 'data'})).changes).toEqual([]);
  });

  test('a deposed object counts when it goes, not when it appears', () => {
    const current = {name: 'a', id: '2'};
    const deposed = {name: 'a', id: '1', deposed: 'beef'};
    expect(compareStates(state(current), state(current, deposed)).changes).toEqual([]);
    expect(compareStates(state(current, deposed), state(current)).counts.destroyed).toBe('1');
  });

  test('addresses are written as terraform writes them', () => {
    const {changes} = compareStates(
      state(),
      state({name: 'a', id: '1', key: 0}, {name: 'b', id: '2', key: 'x"y', module: 'module.m["k"]'}),
    );
    expect(changes.map(({address}) => address)).toEqual([
      'module.m["k"].terraform_data.b["x\\"y"]',
      'terraform_data.a[0]',
    ]);
  });

  const resource = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
    value: fc.jsonValue(),
  });
  const anyState = fc
    .uniqueArray(resource, {selector: ({name}) => name})
    .map((list) => list.filter(({id}, at) => list.findIndex((other) => other.id === id) === at));

  test('a state compared with itself is empty', () => {
    fc.assert(
      fc.property(anyState, (list) => {
        expect(compareStates(state(...list), state(...list))).toEqual({
          counts: {added: '0', changed: '0', destroyed: '0'},
          changes: [],
        });
      }),
    );
  });

  test('the changes lead from one set of addresses to the other, and the counts add up', () => {
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
