import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  scanVariables,
  automaticVarFiles,
  scanAssignments,
  valueText,
} from '../../../src/terraform/variables.js';
import {temporaryFolder} from '../../support/folder.js';
import {realTerraform} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';

function scan(files: Readonly<Record<string, string>>) {
  const {variables, doubtful} = scanVariables(new Map(Object.entries(files)));
  return {variables: Object.fromEntries(variables), doubtful};
}

const PLAIN = {sensitive: false, ephemeral: false, required: true};

describe('variables of a root module', () => {
  test('variables are listed with whether their values may be kept', () => {
    const text = `
      variable "plain" {}
      variable unquoted { default = 1 }
      variable "secret" { # with a comment
        type      = string
        sensitive = true // and another
      }
      variable "open" { sensitive = /* really */ false }
      variable "once" { ephemeral = true }
      resource "x" "variable" { variable = "no" }
      module "m" { source = "./m" }
    `;
    expect(scan({'main.tf': text})).toEqual({
      doubtful: [],
      variables: {
        plain: PLAIN,
        unquoted: {...PLAIN, required: false},
        secret: {...PLAIN, sensitive: true},
        open: PLAIN,
        once: {...PLAIN, ephemeral: true},
      },
    });
  });

  test.each(['true', '"true"', '(true)', '!false', '(false)', '"false"', 'null', 'var.x'])(
    'a variable with sensitive = %s is sensitive: anything but a plain false',
    (value) => {
      expect(scan({'a.tf': `variable "x" {\n  sensitive = ${value}\n}\n`}).variables).toEqual({
        x: {...PLAIN, sensitive: true},
      });
    },
  );

  test('variables are found between everything that can hold braces and quotes', () => {
    const text = [
      'locals {',
      '  a = "} \\" ${jsonencode({x = "${"}"}"})} $${ %%{ $5 100%"',
      '  b = <<-EOT',
      '    variable "ghost" { "',
      '    ${ join("}", [',
      '      "EOT"',
      '    ]) } EOT',
      '    $${not a template',
      '    EOT',
      '  c = [ # }',
      '    { k = "v" }, /* ] */',
      '    <<X',
      '}}}',
      'X',
      '  ]',
      '  d = "%{ if true }${"%{ if "}"=="}" }a%{ endif }"}%{ endif }"',
      '}',
      'variable "after" { sensitive = true }',
      '# variable "commented" {}',
      '/* variable "blocked" {} */',
    ].join('\n');
    expect(scan({'a.tf': text})).toEqual({
      doubtful: [],
      variables: {after: {...PLAIN, sensitive: true}},
    });
  });

  test.each([
    ['an open block', 'variable "x" {'],
    ['an open string', 'locals { a = "x\n }'],
    ['an open comment', 'variable "x" {}\n/* '],
    ['an open heredoc', 'locals {\n a = <<E\n x\n}'],
    ['brackets that cross', 'locals {\n a = [(])\n}'],
    ['a brace too many', 'variable "x" {}\n}'],
    ['a label with a template', 'variable "${x}" {}'],
    ['a label with an escape', 'variable "\\u0078" {}'],
    ['two labels', 'variable "x" "y" {}'],
    ['no label', 'variable {}'],
    ['an argument that is set twice', 'variable "x" {\n sensitive = true\n sensitive = false\n}'],
    ['more dollar signs than anybody agrees on', 'locals {\n a = "$$${x}"\n}'],
    ['nothing after the sign', 'variable "x" {\n sensitive = \n}'],
    ['depth beyond reason', `locals {\n a = ${'"${'.repeat(20_000)}`],
    ['something else altogether', '\u0000\u0001 PK'],
  ])('%s leaves the file doubtful, and every variable sensitive', (_, text) => {
    expect(scan({'bad.tf': text, 'good.tf': 'variable "y" {}'})).toEqual({
      doubtful: ['bad.tf'],
      variables: expect.objectContaining({y: {...PLAIN, sensitive: true}}) as unknown,
    });
  });

  test('a file that cannot be read is doubtful', () => {
    expect(scanVariables(new Map([['a.tf', undefined]])).doubtful).toEqual(['a.tf']);
  });

  test('of several blocks for one variable the strictest counts, as with override files', () => {
    const files = {
      'a.tf': 'variable "x" {\n  sensitive = true\n}',
      'a_override.tf': 'variable "x" {\n  sensitive = false\n  default = 1\n}',
    };
    expect(scan(files).variables).toEqual({x: {sensitive: true, ephemeral: false, required: false}});
  });

  test('variables in JSON are read in all its shapes', () => {
    const text = JSON.stringify({
      '//': 'comment',
      variable: [
        {'//': 'comment', a: {sensitive: true}, b: {default: null}},
        {c: [{ephemeral: true}], d: {sensitive: 'false'}, e: null},
      ],
    });
    expect(scan({'v.tf.json': text})).toEqual({
      doubtful: [],
      variables: {
        a: {...PLAIN, sensitive: true},
        b: {...PLAIN, required: false},
        c: {...PLAIN, ephemeral: true},
        d: {...PLAIN, sensitive: true},
      },
    });
  });

  test.each([
    ['{"variable": {"x": "y"}}', 'v.tf.json'],
    ['{"variable": 5}', 'v.tf.json'],
    ['{', 'v.tf.json'],
    ['{"variable": {"x": {"sensitive": true}, "x": {}}}', 'v_override.tf.json'],
    ['{"\\u0076ariable": {"x": {}}}', 'override.tf.json'],
  ])('the JSON %s in %s leaves its file doubtful', (text, name) => {
    expect(scan({[name]: text}).doubtful).toEqual([name]);
  });
});

/** Whole files of valid HCL that hold whatever could be mistaken for a block, and the variables in them. */
const files = fc.letrec<{expression: string; part: string}>((tie) => ({
  expression: fc.oneof(
    {maxDepth: 4, withCrossShrink: true},
    fc.constantFrom('1', 'true', '"}"', '"\\""', '"$${"', '"%%{ }"', '"# /* //"', '"$5 %"', '-2.5'),
    fc.array(tie('expression'), {maxLength: 3}).map((all) => `[ # ]\n${all.join(', /* } */\n')}\n]`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `{\n"}" = ${a}\nx = ${b} // "{\n}`),
    fc.array(tie('part'), {maxLength: 3}).map((parts) => `"${parts.join(' ')}"`),
    fc
      .array(tie('part'), {maxLength: 3})
      .map((parts) => `upper(<<-END\n variable "ghost" {\n${parts.join('\n')} \n  END\n)`),
  ),
  part: fc.oneof(
    {maxDepth: 4},
    fc.constantFrom('a', '{', '}', '$', '%', "'", '#', '/*', '$${', '%%{', 'x END'),
    tie('expression')
      .filter((text) => !text.includes('\n'))
      .map((text) => `\${ ${text} }`),
    tie('expression')
      .filter((text) => !text.includes('\n'))
      .map((text) => `%{ if ${text} == 1 }}{%{ endif }`),
  ),
}));

const declaration = fc.record({
  expression: files.expression,
  sensitive: fc.boolean(),
  comment: fc.constantFrom('', '# }\n', '/* { */ ', '// "\n'),
});

function written(declarations: readonly {expression: string; sensitive: boolean; comment: string}[]): string {
  return declarations
    .map(
      ({expression, sensitive, comment}, index) =>
        `locals {\n  l${index} = ${expression}\n}\n${comment}variable "v${index}" {\n` +
        `  default = 1\n${sensitive ? '  sensitive = true\n' : ''}}\n`,
    )
    .join('');
}

test('no text between variables hides one or invents one', () => {
  fc.assert(
    fc.property(fc.array(declaration, {minLength: 1, maxLength: 3}), (declarations) => {
      expect(scan({'a.tf': written(declarations)})).toEqual({
        doubtful: [],
        variables: Object.fromEntries(
          declarations.map(({sensitive}, index) => [
            `v${index}`,
            {sensitive, ephemeral: false, required: false},
          ]),
        ),
      });
    }),
    {numRuns: 500},
  );
});

const TRICKY: Readonly<Record<string, string>> = {
  'with a byte order mark and CR LF':
    '\uFEFFvariable "a" {\r\n  default = <<-EOT\r\n  }\r\n  EOT  \r\n  sensitive = true\r\n}\r\nvariable "b" {\r\n  default = ""\r\n}\r\n',
  'with templates in quotes in templates':
    'variable "a" {\n  default = "${"a${"}"}"}"\n  sensitive = !false\n}\nvariable "b" { default = "$${x} %%{y} 5% $1" }\n',
  'with a template of several lines in a heredoc':
    'variable "a" { default = 1 }\nlocals {\n  x = <<E\n${ join("", [\n"}", # "\n"E"\n]) } E\n"{\nE\n}\nvariable "b" {\n  default = 1\n  sensitive = true\n}\n',
  'with a heredoc in a function':
    'variable "a" {\n  default = 1\n  description = <<E\n  sensitive = true\nE\n}\nlocals {\n  x = upper(<<X\n  } "\nX\n  )\n}\nvariable "b" {\n  default = 2\n  sensitive = (true)\n}\n',
  'with comments everywhere':
    '/* variable "z" { */ variable /* n */ "a" /* m */ { # {\n  default /* = 3 */ = /* x */ 1 // }\n  sensitive = /* no */ true\n}\n',
  'on one line':
    'variable "a" { default = { x = [1, 2] } }\nvariable "needed" { sensitive = true }\nvariable c { default = {"}" = "{"} }\n',
  'with strange names':
    'variable "größe" { default = 1 }\nvariable "a-b_c" {\n default = 1\n sensitive = true\n}\n',
};

describe('terraform itself agrees about a file', () => {
  for (const [what, text] of Object.entries(TRICKY)) {
    testWithTerraform(what, () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'main.tf'), text);
      const run = (...args: string[]) =>
        execFileSync(realTerraform ?? '', args, {
          cwd: folder,
          env: {PATH: '/usr/bin:/bin', HOME: folder, CHECKPOINT_DISABLE: '1', TF_VAR_needed: 'x'},
        }).toString();
      run('plan', '-input=false', '-out=p');
      const plan = JSON.parse(run('show', '-json', 'p')) as ShownPlan;
      const said = Object.entries(plan.configuration.root_module.variables).map(([name, variable]) => {
        const required = variable.default === undefined;
        return [name, {sensitive: variable.sensitive === true, ephemeral: false, required}] as const;
      });
      expect(scan({'main.tf': text})).toEqual({doubtful: [], variables: Object.fromEntries(said)});
    });
  }
});

interface ShownPlan {
  configuration: {root_module: {variables: Record<string, {sensitive?: boolean; default?: unknown}>}};
}

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
