import {dirname, join, sep} from 'node:path';

/**
 * A whole sentence: it begins with a capital letter and has three words. Clauses that tell a reason (`it is a pipe`) are
 * facts, kept in manifests and the log too, and become part of a sentence in report/.
 */
const SENTENCE = /^\s*[A-Z][a-z]+,? [a-z'-]+,? [a-z'-]+/;

/** What a command's help is made of; its texts stand beside what they describe. */
const HELP = ['usage', 'summary', 'flags', 'more'];

/** Sentences for the user belong in report/ and machine/words/. Texts of errors that are bugs, and of the log, are not for them. */
const noSentences = {
  meta: {
    type: 'problem',
    messages: {sentence: 'A sentence for the user belongs in report/ (or machine/words/); give facts here.'},
    schema: [],
  },
  create(context) {
    const check = (node, text) => {
      if (SENTENCE.test(text) && !context.sourceCode.getAncestors(node).some(isForOthers))
        context.report({node, messageId: 'sentence'});
    };
    return {
      Literal: (node) => {
        if (typeof node.value === 'string') check(node, node.value);
      },
      TemplateElement: (node) => {
        check(node, node.value.cooked);
      },
    };
  },
};

function isForOthers(node) {
  switch (node.type) {
    case 'NewExpression':
      return node.callee.type === 'Identifier' && ['Error', 'RegExp', 'TypeError'].includes(node.callee.name);
    case 'CallExpression':
      return node.callee.type === 'MemberExpression' && /(^|\.)log$/i.test(nameOf(node.callee.object));
    case 'Property':
      return HELP.includes(node.key.name);
    default:
      return false;
  }
}

function nameOf(node) {
  return node.type === 'Identifier' ? node.name : node.type === 'MemberExpression' ? node.property.name : '';
}

/** A file that imports from many others of ours knows too much. */
const mostImports = {
  meta: {
    type: 'problem',
    messages: {many: 'This file imports from {{count}} files of src/; {{most}} is the most.'},
    schema: [{type: 'integer'}],
  },
  create(context) {
    const [most] = context.options;
    return {
      Program(program) {
        const inside = join(context.cwd, 'src') + sep;
        const files = program.body
          .flatMap(({source}) => source?.value ?? [])
          .filter((path) => path.startsWith('.'))
          .map((path) => join(dirname(context.filename), path))
          .filter((path) => path.startsWith(inside));
        const count = new Set(files).size;
        if (count > most) context.report({node: program, messageId: 'many', data: {count, most}});
      },
    };
  },
};

/** What a general rule cannot say of this project. */
export const house = {rules: {'no-sentences': noSentences, 'most-imports': mostImports}};
