import {describe, expect, test} from 'vitest';
import {nearAddresses, targets, typedAddress} from '../../../src/state/address.js';

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
