import {createRequire} from 'node:module';
import {Language, Parser, type Node} from 'web-tree-sitter';
import type {Body} from '../../src/terraform/hcl.js';

const require = createRequire(import.meta.url);

/** Read the structure of a text as the grammar that editors use sees it; undefined where it sees an error. */
export type ReadByGrammar = (text: string) => Body | undefined;

/** Load the grammar of HCL's native syntax, https://github.com/tree-sitter-grammars/tree-sitter-hcl. */
export async function loadHclGrammar(): Promise<ReadByGrammar> {
  await Parser.init();
  const language = await Language.load(
    require.resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm'),
  );
  return (text) => {
    const parser = new Parser().setLanguage(language);
    const tree = parser.parse(text);
    if (tree === null) throw new Error('the grammar did not finish');
    try {
      return tree.rootNode.hasError ? undefined : bodyOf(tree.rootNode);
    } finally {
      tree.delete();
      parser.delete();
    }
  };
}

function bodyOf(node: Node): Body {
  const items = node.namedChildren.find((child) => child.type === 'body')?.namedChildren ?? [];
  const attributes = items
    .filter((item) => item.type === 'attribute')
    .map((item) => [childOf(item, 'identifier').text, withoutComments(childOf(item, 'expression'))] as const);
  const blocks = items
    .filter((item) => item.type === 'block')
    .map((item) => ({
      type: childOf(item, 'identifier').text,
      labels: item.namedChildren
        .filter((child) => child.type === 'string_lit' || child.type === 'identifier')
        .slice(1)
        .map((child) => (child.type === 'identifier' ? child.text : child.text.slice(1, -1))),
      body: bodyOf(item),
    }));
  return {attributes: new Map(attributes), blocks};
}

function childOf(node: Node, type: string): Node {
  const found = node.namedChildren.find((child) => child.type === type);
  if (found === undefined) throw new Error(`no ${type} in ${node.toString()}`);
  return found;
}

/** The text of a node with a blank in place of each comment in it. */
function withoutComments(node: Node): string {
  let text = node.text;
  for (const comment of node.descendantsOfType('comment').reverse()) {
    text =
      text.slice(0, comment.startIndex - node.startIndex) +
      ' ' +
      text.slice(comment.endIndex - node.startIndex);
  }
  return text;
}
