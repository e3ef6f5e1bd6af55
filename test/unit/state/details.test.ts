import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {attributeChanges, outputChanges} from '../../../src/state/details.js';
import type {Instance} from '../../../src/state/state.js';

const attribute = (name: string) => ({type: 'get_attr', value: name});

function instance(attributes: unknown, ...sensitive: unknown[]): Instance {
  return {
    type: 't',
    id: '1',
    attributes,
    sensitive,
    schemaVersion: 0,
    status: '',
    createBeforeDestroy: false,
    deposed: false,
  };
}

/** The changes between two sets of attributes, each as one line. */
function between(before: unknown, after: unknown, ...marks: unknown[]): string[] {
  const side = (attributes: unknown) =>
    attributes === undefined ? undefined : instance(attributes, ...marks);
  return attributeChanges(side(before), side(after)).map((change) => {
    const values = [change.before, change.after]
      .map((value) => (value === undefined ? '' : JSON.stringify(value)))
      .join('>');
    return `${change.action} ${change.path.join('/')} ${change.sensitive ? 'SENSITIVE' : values}`;
  });
}

describe('the attributes that changed', () => {
  test('changed attributes are named by their path, in the order of their names', () => {
    expect(
      between({b: {x: 1, y: {z: 'a'}}, a: true, c: 1}, {c: 1, a: false, b: {x: 1, y: {z: 'b'}}}),
    ).toEqual(['changed a true>false', 'changed b/y/z "a">"b"']);
  });

  test('an attribute that is null counts as not set', () => {
    expect(between({a: null, b: 1, c: null}, {b: null, c: 2})).toEqual(['removed b 1>', 'added c >2']);
    expect(between({a: null}, {})).toEqual([]);
  });

  test('the changed attributes of an added or removed resource are all that are set', () => {
    const all = {id: '1', none: null, empty: {}, list: ['a', 'b'], block: [{k: 1, none: null}]};
    expect(between(undefined, all)).toEqual([
      'added block/0/k >1',
      'added empty >{}',
      'added id >"1"',
      'added list >["a","b"]',
    ]);
    expect(between(all, undefined)).toHaveLength(4);
  });

  test('changed attributes of a list are the elements on one side only', () => {
    expect(between({l: ['b', 'c']}, {l: ['a', 'b', 'c']})).toEqual(['added l/0 >"a"']);
    expect(between({l: [{k: 1}, {k: 2}, {k: 3}]}, {l: [{k: 1}, {k: 9}, {k: 3}]})).toEqual([
      'changed l/1/k 2>9',
    ]);
    expect(between({l: ['a', 'b']}, {l: ['c', 'b']})).toEqual(['changed l/0 "a">"c"']);
    expect(between({l: ['a', 'a']}, {l: ['a']})).toEqual(['removed l/1 "a">']);
  });

  test('another order of a list is shown as a change of the whole list', () => {
    expect(between({l: [1, 2]}, {l: [2, 1]})).toEqual(['changed l [1,2]>[2,1]']);
  });

  test('JSON in a text is compared as JSON, and as text if only its formatting differs', () => {
    expect(between({p: '{"a":[{"b":1}]}'}, {p: '{"a":[{"b":2}]}'})).toEqual(['changed p/a/0/b 1>2']);
    expect(between({p: '{"a":1}'}, {p: '{ "a": 1 }'})).toEqual(['changed p "{\\"a\\":1}">"{ \\"a\\": 1 }"']);
  });

  test('attributes of several lines are compared line by line', () => {
    expect(attributeChanges(instance({t: 'a\nb\n'}), instance({t: 'a\nc\n'}))[0]?.lines).toEqual([
      '@@ -1,2 +1,2 @@',
      ' a',
      '-b',
      '+c',
    ]);
  });

  test('the type next to a value of any type is only shown if it changed', () => {
    const typed = (value: unknown, type: unknown) => ({input: {value, type}});
    expect(between(typed('a', 'string'), typed('b', 'string'))).toEqual(['changed input "a">"b"']);
    expect(between(typed('1', 'string'), typed(1, 'number'))).toEqual(['changed input "1">1']);
    expect(between(typed([], ['list', 'string']), typed([], ['set', 'string']))).toEqual([
      'changed input/type/0 "list">"set"',
    ]);
  });
});

describe('sensitive attributes', () => {
  test('sensitive attributes are named without their values, whichever side marks them', () => {
    const password = [attribute('password')];
    expect(between({password: 'a', b: 1}, {password: 'b', b: 2}, password)).toEqual([
      'changed b 1>2',
      'changed password SENSITIVE',
    ]);
    const marked = instance({password: 'a'}, password);
    const open = instance({password: 'b', copy: 'a'});
    for (const changes of [attributeChanges(marked, open), attributeChanges(open, marked)]) {
      expect(JSON.stringify(changes)).not.toMatch(/"[ab]"/);
    }
  });

  test('equal sensitive attributes are not a change', () => {
    expect(between({password: {x: ['a']}}, {password: {x: ['a']}}, [attribute('password')])).toEqual([]);
  });

  test('sensitive attributes in a reordered list hide the list', () => {
    const marks = [attribute('l'), {type: 'index', value: {value: 0, type: 'number'}}];
    expect(between({l: ['s', 'x']}, {l: ['x', 's']}, marks)).toEqual(['changed l SENSITIVE']);
  });

  test('sensitive attributes are never shown, whatever surrounds them', () => {
    const any = fc.jsonValue({maxDepth: 3});
    fc.assert(
      fc.property(any, any, any, (one, two, three) => {
        const before = {a: [one, 'SECRET', {k: two, s: 'SECRET'}], b: three, s: 'SECRET'};
        const after = {a: ['SECRET', three, {k: one, s: 'SECRET'}], b: {c: 'SECRET'}, s: 'other'};
        const changes = attributeChanges(
          instance(before, [attribute('s')]),
          instance(after, [attribute('a'), attribute('nowhere')], [attribute('b')]),
        );
        expect(JSON.stringify(changes)).not.toContain('SECRET');
      }),
    );
  });
});

test('outputs are compared like attributes, sensitive ones without their values', () => {
  const output = (value: unknown, isSensitive = false) => ({value, isSensitive});
  const before = new Map([
    ['a', output({x: 1})],
    ['s', output('one', true)],
    ['t', output('one', true)],
  ]);
  const after = new Map([
    ['a', output({x: 2})],
    ['n', output('new')],
    ['s', output('two')],
  ]);
  expect(outputChanges(before, after)).toEqual([
    {path: ['a', 'x'], action: 'changed', sensitive: false, before: 1, after: 2},
    {path: ['n'], action: 'added', sensitive: false, after: 'new'},
    {path: ['s'], action: 'changed', sensitive: true},
    {path: ['t'], action: 'removed', sensitive: true},
  ]);
});

test('attributes compared with themselves do not differ', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (attributes) => {
      expect(attributeChanges(instance(attributes), instance(structuredClone(attributes)))).toEqual([]);
    }),
  );
});
