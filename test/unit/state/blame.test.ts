import {describe, expect, test} from 'vitest';
import {blame, nearAddresses, targets, typedAddress, type Candidate} from '../../../src/state/blame.js';
import {EMPTY_STATE, type State} from '../../../src/state/state.js';
import type {Change} from '../../../src/store/version.js';

function state(...addresses: string[]): State {
  const instance = (address: string) => ({
    type: 't',
    id: address,
    attributes: {},
    schemaVersion: 0,
    sensitive: undefined,
    status: '',
    createBeforeDestroy: false,
    deposed: false,
  });
  return {...EMPTY_STATE, instances: new Map(addresses.map((address) => [address, instance(address)]))};
}

/** `added a`, `moved b<a`. */
function changes(...texts: string[]): Change[] {
  return texts.map((text) => {
    const [action = '', addresses = ''] = text.split(' ');
    const [address = '', from] = addresses.split('<');
    return {address, action: action as Change['action'], ...(from !== undefined && {from})};
  });
}

function history(...versions: (string[] | {changes?: string[]; state?: State})[]): Candidate[] {
  return versions.map((version, at) => {
    const {changes: made, state: held} = Array.isArray(version)
      ? {changes: version, state: undefined}
      : version;
    return {name: `v${at + 1}`, changes: made && changes(...made), state: () => held};
  });
}

function touches(candidates: Candidate[], address: string): string[] {
  const found = blame(candidates, address);
  if ('near' in found) return [`near: ${found.near.join(' ')}`];
  return found.versions.flatMap(({name, touches: all}) =>
    all.map(
      (touch) =>
        `${name} ${touch.action} ${touch.address}${touch.from === undefined ? '' : `<${touch.from}`}`,
    ),
  );
}

describe('a resource', () => {
  test('blame follows a resource through all of its names', () => {
    const all = history(
      ['added t.a'],
      ['changed t.a'],
      ['moved t.b<t.a'],
      ['changed t.b'],
      ['moved t.c<t.b'],
    );
    const expected = [
      'v5 moved t.c<t.b',
      'v4 changed t.b',
      'v3 moved t.b<t.a',
      'v2 changed t.a',
      'v1 added t.a',
    ];
    for (const name of ['t.a', 't.b', 't.c']) expect(touches(all, name)).toEqual(expected);
  });

  test('blame takes a resource that replaced a moved one for another', () => {
    const all = history(['added t.a'], ['added t.a', 'moved t.b<t.a'], ['changed t.b'], ['changed t.a']);
    expect(touches(all, 't.b')).toEqual(['v3 changed t.b', 'v2 moved t.b<t.a', 'v1 added t.a']);
    expect(touches(all, 't.a')).toContain('v2 added t.a');
    expect(touches(all, 't.a')).toContain('v3 changed t.b');
  });

  test('blame keeps the histories of two resources that changed places', () => {
    const all = history(
      ['added t.a', 'added t.b'],
      ['changed t.a'],
      ['moved t.a<t.b', 'moved t.b<t.a'],
      ['destroyed t.a'],
    );
    const found = blame(all, 't.b');
    expect('renamed' in found && found.renamed).toEqual([{from: 't.b', to: 't.a'}]);
    expect(touches(all, 't.b')).toContain('v4 destroyed t.a');
  });

  test('blame gives a resource that was destroyed and created again one history', () => {
    const all = history(['added t.a'], ['destroyed t.a'], ['added t.a']);
    expect(touches(all, 't.a')).toEqual(['v3 added t.a', 'v2 destroyed t.a', 'v1 added t.a']);
  });

  test('blame says that a resource in the first state existed before', () => {
    const all = history({changes: [], state: state('t.a', 't.x')}, ['changed t.a']);
    expect(touches(all, 't.a')).toEqual(['v2 changed t.a', 'v1 known t.a']);
    expect(touches(all, 't.x')).toEqual(['v1 known t.x']);
  });

  test('blame finds a resource created without cloudtm in the first state that has it', () => {
    const all = history(
      {changes: ['added t.a'], state: state('t.a')},
      {changes: ['changed t.a'], state: state('t.a', 't.n')},
      {changes: ['replaced t.n'], state: state('t.a', 't.n')},
    );
    expect(touches(all, 't.n')).toEqual(['v3 replaced t.n', 'v2 known t.n']);
    const never = history(
      {changes: ['added t.a'], state: state('t.a')},
      {changes: [], state: state('t.a', 't.n')},
    );
    expect(touches(never, 't.n')).toEqual(['v2 known t.n']);
  });
});

describe('versions that do not tell what they changed', () => {
  test('blame compares versions that do not list their changes with the one before', () => {
    const all = history(
      {state: state('t.a')},
      {changes: ['added t.b'], state: state('t.a', 't.b')},
      {state: state('t.b')},
      {},
      {state: state('t.b', 't.c')},
    );
    expect(touches(all, 't.a')).toEqual(['v3 destroyed t.a', 'v1 known t.a']);
    expect(touches(all, 't.b')).toEqual(['v2 added t.b']);
    expect(touches(all, 't.c')).toEqual(['v5 added t.c']);
  });

  test('blame learns nothing from versions without changes and without a state', () => {
    expect(touches(history({}, {}), 't.a')).toEqual(['near: ']);
    expect(touches([], 't.a')).toEqual(['near: ']);
  });
});

test('blame of a module includes what was moved into it and out of it', () => {
  const all = history(
    ['added t.a', 'added module.m.t.b'],
    ['moved module.m.t.a<t.a', 'moved t.b<module.m.t.b'],
  );
  expect(touches(all, 'module.m')).toEqual([
    'v2 moved module.m.t.a<t.a',
    'v2 moved t.b<module.m.t.b',
    'v1 added module.m.t.b',
    'v1 added t.a',
  ]);
});

test('blame answers an unknown address with similar ones from changes and the newest state', () => {
  const all = history(['added t.web'], {changes: [], state: state('t.wen')});
  expect(touches(all, 't.wex')).toEqual(['near: t.web t.wen']);
});

test.each([
  ['a.b', 'a.b', true],
  ['a.b', 'a.b[0]', true],
  ['a.b', 'a.b["x.y"]', true],
  ['a.b', 'a.b (deposed object 00000001)', true],
  ['a.b[0]', 'a.b[0] (deposed object 00000001)', true],
  ['a.b[0]', 'a.b[01]', false],
  ['a.b[1]', 'a.b[10]', false],
  ['a.b', 'a.bc', false],
  ['a.b', 'module.m.a.b', false],
  ['a', 'a.b', false],
  ['module', 'module.m.a.b', false],
  ['module.m', 'module.m.a.b[0]', true],
  ['module.m', 'module.m[0].a.b', true],
  ['module.m', 'module.m["x"].module.n.a.b', true],
  ['module.m[0]', 'module.m[0].a.b', true],
  ['module.m[0]', 'module.m[1].a.b', false],
  ['module.m["x.y"].module.n', 'module.m["x.y"].module.n.a.b', true],
  ['module.m', 'module.mm.a.b', false],
  ['module.m.a', 'module.m.a.b', false],
  ['', 'a.b', false],
])('-target=%s includes %s: %s', (target, address, expected) => {
  expect(targets(target, address)).toBe(expected);
});

test.each([
  ['a.b[0]', 'a.b[0]'],
  ['a.b["x"]', 'a.b["x"]'],
  ["a.b['x']", 'a.b["x"]'],
  ['a.b[x y]', 'a.b["x y"]'],
  [' module.m[x].a.b ', 'module.m["x"].a.b'],
  ['a.b["x[0]"]', 'a.b["x[0]"]'],
])('the address %s is read as %s', (typed, address) => {
  expect(typedAddress(typed)).toBe(address);
});

describe('near addresses', () => {
  test('near addresses differ in few letters, or have the same name elsewhere', () => {
    const known = ['aws_instance.web', 'aws_instance.web', 'module.m.aws_instance.wbe', 'aws_vpc.main'];
    expect(nearAddresses('aws_instance.wbe', known)).toEqual([
      'aws_instance.web',
      'module.m.aws_instance.wbe',
    ]);
    expect(nearAddresses('x', known)).toEqual([]);
  });

  test('near addresses are few', () => {
    const many = Array.from({length: 100}, (_, at) => `a.web${at}`);
    expect(nearAddresses('a.web', many)).toHaveLength(5);
  });
});
