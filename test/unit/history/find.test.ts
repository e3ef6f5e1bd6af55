import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {changedChunks, findInVersions, standings} from '../../../src/history/find.js';
import {stateBytes} from '../../../src/terraform/state-file.js';
import {newStore} from '../../support/versions.js';

type Resources = Readonly<Record<string, {id?: string; note?: string}>>;

/** A state as terraform writes it, or in one line. */
function state(resources: Resources, indent: number | undefined = 2): string {
  return JSON.stringify(
    {
      version: 4,
      serial: 1,
      lineage: 'l',
      outputs: {},
      resources: Object.entries(resources).map(([name, attributes]) => ({
        mode: 'managed',
        type: 't',
        name,
        instances: [{attributes}],
      })),
    },
    undefined,
    indent,
  );
}

/** Search a store with these states, the oldest first. */
function find(text: string, ...states: (Resources | string)[]): string[] {
  const layout = newStore();
  const versions = states.map((content, at) => {
    const number = at + 1;
    const configs = join(layout.version(number), 'tf_configs');
    mkdirSync(configs, {recursive: true});
    const text = typeof content === 'string' ? content : state(content);
    writeFileSync(join(configs, 'terraform.tfstate'), text);
    const resources = {added: '0', changed: '0', destroyed: '0'};
    return {number, name: `v${number}`, meta: {version: `v${number}`, timestamp: '', resources}};
  });
  const {found, unsearched} = findInVersions(layout, versions.reverse(), text);
  return [
    ...found.map(({name, address, attribute}) => `${name} ${address} ${attribute}`),
    ...unsearched.map((name) => `${name} unsearched`),
  ];
}

test('find reports each resource once, in the newest version that has the text', () => {
  const web = {web: {id: 'i-1', note: 'x'}};
  expect(find('i-1', web, web, {web: {id: 'i-1', note: 'y'}}, {})).toEqual(['v3 t.web id']);
  expect(find('x', web, web, {web: {id: 'i-1', note: 'y'}})).toEqual(['v2 t.web note']);
});

test('find reports a moved resource under its newest address', () => {
  expect(find('i-1', {a: {id: 'i-1'}}, {b: {id: 'i-1'}}, {c: {id: 'i-1'}})).toEqual(['v3 t.c id']);
});

test('find reports a replaced resource twice, and an id before what mentions it', () => {
  expect(find('i-1', {a: {id: 'i-1'}}, {a: {id: 'i-2', note: 'was i-1'}})).toEqual([
    'v1 t.a id',
    'v2 t.a note',
  ]);
});

test('find does not merge two resources because of ids that say nothing', () => {
  const both = {a: {id: 'none', note: 'x'}, b: {id: 'none', note: 'x'}};
  expect(find('x', both, {b: {id: 'none', note: 'x'}})).toEqual(['v2 t.b note', 'v1 t.a note']);
});

test('find identifies resources without an id by their address', () => {
  expect(find('x', {a: {note: 'x'}, b: {note: 'x'}}, {a: {note: 'x'}})).toEqual([
    'v2 t.a note',
    'v1 t.b note',
  ]);
});

test('find names a damaged state, and searches states in one line', () => {
  expect(find('i-1', '{"i-1"', state({a: {id: 'i-1'}}, 0))).toEqual(['v2 t.a id', 'v1 unsearched']);
});

test('find finds text that JSON escapes', () => {
  expect(find('a"b\\', {a: {note: 'a"b\\c'}})).toEqual(['v1 t.a note']);
  expect(find('"', {a: {note: '"'}})).toEqual(['v1 t.a note']);
  expect(find('ü<', {a: {note: 'ü<'}})).toEqual(['v1 t.a note']);
  const escaped = state({a: {note: 'x'}}).replace('"x"', '"\\u00fc\\u003c 1"');
  expect(find('ü< 1', escaped)).toEqual(['v1 t.a note']);
});

test('find only parses states with something new', () => {
  const isNew = changedChunks('i-1');
  const one = {a: {id: 'i-1'}, b: {id: 'i-2'}};
  expect(isNew(Buffer.from(state(one)))).toBe(true);
  expect(isNew(Buffer.from(state({...one, b: {id: 'i-3'}})))).toBe(false);
  expect(isNew(Buffer.from(state({...one, b: {id: 'i-1'}})))).toBe(true);
  expect(isNew(Buffer.from(state({b: {id: 'i-3'}})))).toBe(false);
  expect(isNew(Buffer.alloc(0))).toBe(false);
});

test('find tells from the present state where a resource is now', () => {
  const hit = {
    kind: 'resource',
    address: 't.a',
    identity: 't\0i-1',
    attribute: 'id',
    value: 'i-1',
    isExactId: true,
    importId: 'i-1',
  } as const;
  const standing = (now: Resources) => standings(stateBytes(Buffer.from(state(now))), 'i-1')?.(hit);
  expect(standing({a: {id: 'i-1'}})).toEqual({kind: 'there', address: 't.a', hasText: true});
  expect(standing({b: {id: 'i-1'}})).toEqual({kind: 'there', address: 't.b', hasText: true});
  expect(standing({a: {id: 'i-2'}})).toEqual({kind: 'gone', taken: true});
  expect(standing({})).toEqual({kind: 'gone', taken: false});
  expect(standings({kind: 'none'}, 'i-1')?.(hit)).toEqual({kind: 'gone', taken: false});
  expect(standings({kind: 'unreadable', reason: ''}, 'i-1')).toBeUndefined();
  expect(standings(stateBytes(Buffer.from('x')), 'i-1')).toBeUndefined();
});
