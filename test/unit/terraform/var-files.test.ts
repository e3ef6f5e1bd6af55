import {describe, expect, test} from 'vitest';
import {automaticVarFiles, scanAssignments, valueText} from '../../../src/terraform/var-files.js';

test('variable files that terraform loads by itself come in its order', () => {
  expect(
    automaticVarFiles([
      'z.auto.tfvars',
      'B.auto.tfvars.json',
      'a.auto.tfvars',
      'terraform.tfvars.json',
      'other.tfvars',
      'terraform.tfvars',
      '.hidden.auto.tfvars',
      'x.auto.tfvars~',
    ]),
  ).toEqual([
    'terraform.tfvars',
    'terraform.tfvars.json',
    'B.auto.tfvars.json',
    'a.auto.tfvars',
    'z.auto.tfvars',
  ]);
});

describe('what a file with values assigns', () => {
  test('assignments in a file with values are read with plain values', () => {
    const text =
      'a = "x\\n\\u0041\\""\nb = 5\nc = true # yes\nd = [1]\ne = "$${x}"\nf = <<E\nx\nE\ng = -1.5\nh = "}"\n';
    expect(Object.fromEntries(scanAssignments('x.tfvars', text))).toEqual({
      a: 'x\nA"',
      b: '5',
      c: 'true',
      d: undefined,
      e: undefined,
      f: undefined,
      g: '-1.5',
      h: '}',
    });
  });

  test('all assignments of a JSON file are read', () => {
    const text = '{"a": "${x}", "b": 5, "c": {"y": [1, null]}, "d": null}';
    expect(Object.fromEntries(scanAssignments('x.tfvars.json', text))).toEqual({
      a: '${x}',
      b: '5',
      c: '{"y":[1,null]}',
      d: 'null',
    });
  });

  test.each(['a = ', 'a = "', '{', '[1]'])(
    'a file with values that is not understood assigns nothing: %s',
    (text) => {
      expect([scanAssignments('x.tfvars', text).size, scanAssignments('x.json', text).size]).toEqual([0, 0]);
    },
  );
});

test('values of variable files are spelled as in TF_VAR_x', () => {
  expect(['a b', 5, true, null, {a: [1]}].map(valueText)).toEqual(['a b', '5', 'true', 'null', '{"a":[1]}']);
});
