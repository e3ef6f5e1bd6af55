import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {readHcl, type Body} from '../../../src/terraform/hcl.js';
import {loadHclGrammar} from '../../support/hcl-grammar.js';
import {damaged, hclConfigurations} from '../../support/hcl-configurations.js';
import {repository} from '../../support/repository.js';

const readByGrammar = await loadHclGrammar();

interface Outline {
  readonly attributes: Readonly<Record<string, string>>;
  readonly blocks: readonly {type: string; labels: readonly string[]; body: Outline}[];
}

/** A body as plain data. Blanks in values are left out: where a comment stood, each reader leaves its own number of them. */
function outline(body: Body): Outline {
  const attributes = [...body.attributes].map(([name, value]) => [name, value.replace(/\s+/g, '')]);
  return {
    attributes: Object.fromEntries(attributes) as Record<string, string>,
    blocks: body.blocks.map(({type, labels, body: inner}) => ({type, labels, body: outline(inner)})),
  };
}

/** What readHcl makes of a text; undefined where it doubts. */
function readIfSure(text: string): Body | undefined {
  try {
    return readHcl(text);
  } catch {
    return undefined;
  }
}

function outlineOf(text: string): Outline | undefined {
  const body = readIfSure(text);
  return body && outline(body);
}

function outlineByGrammar(text: string): Outline | undefined {
  const body = readByGrammar(text);
  return body && outline(body);
}

test('readHcl gives back the text of each value without its comments', () => {
  const {attributes} = readHcl('a = 1 # x\nb = "#" // y\nc = [\n1, # z\n2]\nd = <<E\n# no comment\nE\n');
  expect(Object.fromEntries(attributes)).toEqual({
    a: '1',
    b: '"#"',
    c: expect.stringMatching(/^\[\n1, +\n2\]$/) as unknown,
    d: '<<E\n# no comment\nE',
  });
});

test.each([
  ['a second argument on a line', 'sensitive = false default = 1'],
  ['an argument that is set twice', 'a = 1 a = 2'],
  ['a second sign', 'a = = 1'],
  ['an assignment inside of a value', 'a = b = 1'],
  ['a heredoc whose closing word is not followed by a line end', 'a = <<E\n x\nE'],
])('readHcl doubts %s, which terraform refuses', (_, text) => {
  expect(() => readHcl(text)).toThrow(SyntaxError);
});

test.each([
  'a = b == 1',
  'a = b != 1',
  'a = b <= 1',
  'a = b >= 1',
  'a = { b = 1 }',
  'a = [for k, v in m : { k = v }]',
  'a = {for k, v in m : k => v}',
])('readHcl keeps an equality sign that is part of a value in it: %s', (line) => {
  expect(outlineOf(line)).toEqual(outlineByGrammar(line));
  expect(outlineOf(line)?.attributes).toHaveProperty('a');
});

const FILES = ['examples', 'fixtures', 'modules'].flatMap((folder) =>
  readdirSync(join(repository, folder), {recursive: true, encoding: 'utf8'})
    .filter((path) => path.endsWith('.tf') && !path.includes('.terraform/'))
    .map((path) => `${folder}/${path}`)
    .sort(),
);

test('there are configurations in fixtures/, examples/ and modules/ to compare', () => {
  expect(FILES.length).toBeGreaterThan(15);
});

test.each(FILES)('readHcl and the tree-sitter grammar see the same structure in %s', (file) => {
  const text = readFileSync(join(repository, file), 'utf8');
  expect(outlineOf(text)).toEqual(outlineByGrammar(text));
  expect(outlineOf(text)).toBeDefined();
});

test('readHcl and the tree-sitter grammar see the same structure in any generated configuration', () => {
  fc.assert(
    fc.property(hclConfigurations, (text) => {
      const seen = outlineOf(text);
      expect(seen).toBeDefined();
      expect(seen).toEqual(outlineByGrammar(text));
    }),
    {numRuns: 300},
  );
});

test('readHcl is sure of a damaged configuration only where the grammar agrees, values aside', () => {
  fc.assert(
    fc.property(damaged(hclConfigurations), (text) => {
      const seen = readIfSure(text);
      if (seen === undefined) return;
      const known = readByGrammar(text);
      if (known === undefined) expect(valuesOf(seen).every(isExpression)).toBe(false);
      else expect(outline(seen)).toEqual(outline(known));
    }),
    {numRuns: 1000},
  );
});

function valuesOf({attributes, blocks}: Body): string[] {
  return [...attributes.values(), ...blocks.flatMap(({body}) => valuesOf(body))];
}

function isExpression(value: string): boolean {
  return readByGrammar(`x = ${value}\n`) !== undefined;
}
