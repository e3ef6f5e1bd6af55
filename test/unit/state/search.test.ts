import {describe, expect, test} from 'vitest';
import {searchState} from '../../../src/state/search.js';
import {leavesOf} from '../../../src/state/operand.js';
import {secretsIn} from '../../../src/state/sensitive.js';

interface Made {
  name?: string;
  attributes?: Record<string, unknown>;
  attributes_flat?: Record<string, string>;
  sensitive_attributes?: unknown;
  index_key?: string | number;
  deposed?: string;
}

const step = (value: string) => ({type: 'get_attr', value});
const index = (value: unknown) => ({type: 'index', value: {value, type: 'string'}});

function state(instances: Made[], outputs: Record<string, unknown> = {}, mode = 'managed'): Buffer {
  const resources = instances.map(({name = 'web', ...instance}) => ({
    mode,
    type: 't',
    name,
    instances: [instance],
  }));
  return Buffer.from(JSON.stringify({version: 4, serial: 1, lineage: 'l', outputs, resources}));
}

const hits = (bytes: Buffer, text: string) =>
  searchState(bytes, text).hits.map(
    ({address, attribute, value}) => `${address} ${attribute} ${value ?? '(sensitive)'}`,
  );

describe('a search in a state', () => {
  test('a search in a state finds ids, attributes at any depth, numbers and outputs; the best match of each resource', () => {
    const bytes = state(
      [
        {
          attributes: {
            id: 'i-1',
            tags: {Name: 'i-1', 'a b': 'x'},
            ports: [80, 8080],
            note: 'of i-1',
            ok: true,
            n: null,
          },
        },
        {name: 'other', index_key: 'k', attributes: {id: 'x', list: [{peer: 'i-1'}]}},
      ],
      {o: {value: {all: ['i-1']}, type: 'string'}},
    );
    expect(hits(bytes, 'i-1')).toEqual([
      't.web id i-1',
      't.other["k"] list[0].peer i-1',
      'output.o value.all[0] i-1',
    ]);
    expect(hits(bytes, '808')).toEqual(['t.web ports[1] 8080']);
    expect(hits(bytes, 'of i')).toEqual(['t.web note of i-1']);
    expect(hits(bytes, 'true')).toEqual([]);
    expect(hits(state([{attributes: {m: {'a b': 'x'}}}]), 'x')).toEqual(['t.web m["a b"] x']);
  });

  test('a search in a state leaves data sources out, and knows what an import takes', () => {
    expect(hits(state([{attributes: {id: 'i-1'}}], {}, 'data'), 'i-1')).toEqual([]);
    expect(searchState(state([{attributes: {id: 'i-1', a: 'x'}}]), 'x').hits).toMatchObject([
      {importId: 'i-1', isExactId: false},
    ]);
    expect(searchState(state([{attributes: {a: 'x'}}]), 'x').hits[0]?.importId).toBeUndefined();
    expect(searchState(state([{attributes_flat: {id: 'i', 'tags.a': 'x'}}]), 'x').hits).toMatchObject([
      {importId: 'i', attribute: '["tags.a"]'},
    ]);
  });

  test.each([
    'null',
    '[]',
    '{"version": 3}',
    '',
    '{"version": 4, "resources": 1}',
    '{"version":4,"outputs":{"a":null}}',
  ])('a search in a state refuses %s, or finds nothing in it', (content) => {
    let found: unknown = [];
    try {
      found = searchState(Buffer.from(content), 'x').hits;
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
    expect(found).toEqual([]);
  });
});

describe('what is sensitive', () => {
  test.each([
    ['an attribute', {p: 'secret-1'}, [[step('p')]]],
    ['all below an attribute', {p: {a: ['secret-1']}}, [[step('p')]]],
    ['one below another', {p: {a: 'secret-1', b: 'y'}}, [[step('p'), step('a')]]],
    ['one in a map', {p: {a: 'secret-1'}}, [[step('p'), index('a')]]],
    ['one in a list', {p: [{a: 'y'}, {a: 'secret-1'}]}, [[step('p'), index(1), step('a')]]],
    ['one in a set, which has no place', {p: ['secret-1']}, [[step('p'), index('secret-1')]]],
    [
      'one in a set of objects',
      {p: [{a: 'secret-1'}]},
      [[step('p'), {type: 'index', value: {value: {}, type: []}}]],
    ],
    [
      'one in a value of any type',
      {p: {value: {a: 'secret-1'}, type: ['object', {}]}},
      [[step('p'), step('a')]],
    ],
    ['a mark nobody understands', {p: 'secret-1'}, [[step('p'), {type: 'star'}]]],
    ['marks nobody understands', {p: 'secret-1'}, 'all'],
    ['a path nobody understands', {p: 'secret-1'}, ['p']],
  ])('a sensitive value is found and not shown: %s', (_, attributes, sensitive_attributes) => {
    expect(hits(state([{attributes, sensitive_attributes}]), 'ret-1')).toEqual([
      expect.stringMatching(/^t\.web p\S* \(sensitive\)$/) as unknown,
    ]);
  });

  test('a sensitive value is not shown in an output, or where it is copied to', () => {
    const bytes = state(
      [
        {attributes: {id: 'secret-1', p: 'secret-1'}, sensitive_attributes: [[step('p')]]},
        {name: 'copy', attributes: {id: 'i-1', url: 'https://u:secret-1@host'}},
        {name: 'free', attributes: {id: 'i-2', note: 'secret-2'}},
      ],
      {o: {value: 'secret-1', sensitive: true}},
    );
    expect(hits(bytes, 'secret-')).toEqual([
      't.web id (sensitive)',
      't.copy url (sensitive)',
      't.free note secret-2',
      'output.o value (sensitive)',
    ]);
    expect(searchState(bytes, 'secret-').hits[0]?.importId).toBeUndefined();
    expect(searchState(bytes, 'secret-').hits[1]?.importId).toBe('i-1');
  });

  test('a sensitive mark does not reach beyond its value', () => {
    const attributes = {p: {a: 'x', b: 'y'}, q: 'z'};
    const secrets = secretsIn(attributes, [[step('p'), step('a')]]);
    const leaves = leavesOf({value: attributes, secrets}).map(
      ({path, isSensitive}) => `${path} ${String(isSensitive)}`,
    );
    expect(leaves).toEqual(['p.a true', 'p.b false', 'q false']);
  });
});
