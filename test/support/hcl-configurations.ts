import fc from 'fast-check';

const EXPRESSIONS = ['1', 'true', '-2.5', 'var.x', 'a[0].b', 'a == b', 'a <= 1 ? "<" : ">="', 'f(a, b...)'];
const LOOPS = ['[for x in y : x if x != ""]', '{for k, v in m : k => v}'];
const STRINGS = ['"}"', '"\\""', '"$${"', '"%%{ }"', '"# /* //"', '"$5 %"'];
const TEXT_PARTS = ['a', '{', '}', '$', '%', "'", '#', '/*', '$${', '%%{', 'x END'];

/** Expressions that hold whatever could be mistaken for a block; `inline` ones are of one line. */
const {value, heredoc} = fc.letrec<{value: string; heredoc: string; inline: string; part: string}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 3, withCrossShrink: true},
    tie('inline'),
    fc.array(tie('value'), {maxLength: 3}).map((all) => `[ # ]\n${all.join(', /* } */\n')}\n]`),
    fc.tuple(tie('value'), tie('value')).map(([a, b]) => `{\n"}" = ${a}\nx = ${b} // "{\n}`),
    tie('heredoc').map((text) => `f(${text}\n)`),
  ),
  heredoc: fc
    .array(tie('part'), {maxLength: 3})
    .map((parts) => `<<-END\n variable "ghost" {\n${parts.join('\n')} \n  END`),
  inline: fc.oneof(
    {maxDepth: 3},
    fc.constantFrom(...EXPRESSIONS, ...LOOPS, ...STRINGS),
    fc.array(tie('part'), {maxLength: 3}).map((parts) => `"${parts.join(' ')}"`),
  ),
  part: fc.oneof(
    {maxDepth: 3},
    fc.constantFrom(...TEXT_PARTS),
    tie('inline').map((text) => `\${ ${text} }`),
    tie('inline').map((text) => `%{ if ${text} == 1 }}{%{ endif }`),
  ),
}));

const names = fc.constantFrom('a', 'b-c', '_d', 'größe', 'sensitive', 'variable', 'e1');
const labels = fc.constantFrom('', ' "x"', ' y', ' "p q" r', ' "/*" "#"');
const comments = fc.constantFrom('', '', ' # }', ' /* { */', ' // "');

const attribute = fc.oneof(
  fc
    .tuple(names, value, comments)
    .map(([name, text, comment]) => ({name, line: `${name} = ${text}${comment}`})),
  // Nothing may follow the closing word of a heredoc.
  fc.tuple(names, heredoc).map(([name, text]) => ({name, line: `${name} = ${text}`})),
);

const {body} = fc.letrec<{body: string; block: string}>((tie) => ({
  body: fc
    .tuple(
      fc.uniqueArray(attribute, {maxLength: 3, selector: ({name}) => name}),
      fc.array(tie('block'), {maxLength: 3}),
      comments,
    )
    .map(([attributes, blocks, comment]) =>
      [...attributes.map(({line}) => line), ...blocks].map((part) => `${comment}\n${part}\n`).join(''),
    ),
  block: fc.oneof(
    {maxDepth: 2},
    names.map((name) => `${name} {}`),
    fc.tuple(names, labels, comments, tie('body')).map(([name, all, comment, inner]) => {
      return `${name}${all} {${comment}\n${inner}}`;
    }),
  ),
}));

/** Whole files of valid HCL: attributes, blocks with labels, comments, strings, templates and heredocs. */
export const hclConfigurations: fc.Arbitrary<string> = body;

const INSERTED = [
  '"',
  '{',
  '}',
  '=',
  '\n',
  '${',
  '#',
  '/*',
  '*/',
  '<<E\n',
  '\nE\n',
  'a',
  ' ',
  '[',
  ']',
  '\\',
  '%{',
];

/** Texts in which up to three places have lost a few characters, or have others instead. */
export function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const damage = fc.record({
    share: fc.double({min: 0, max: 1, noNaN: true}),
    lost: fc.nat({max: 2}),
    inserted: fc.constantFrom('', '', '', ...INSERTED),
  });
  return fc.tuple(texts, fc.array(damage, {minLength: 1, maxLength: 3})).map(([text, all]) =>
    all.reduce((before, {share, lost, inserted}) => {
      const at = Math.floor(share * before.length);
      return before.slice(0, at) + inserted + before.slice(at + lost);
    }, text),
  );
}
