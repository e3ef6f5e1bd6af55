import {plain} from './format.js';

/**
 * An `import` block that adopts a resource again.
 *
 * @param address As a state has it; the deposed object of a resource is adopted as that resource.
 */
export function importBlock(address: string, id: string): string {
  return `import {\n  to = ${hclAddress(address)}\n  id = ${hclText(id)}\n}`;
}

/** A quoted text of HCL that means exactly this: nothing in it begins a template. */
function hclText(text: string): string {
  // JSON's `\\b` and `\\f` are none of HCL's escapes.
  const json = JSON.stringify(text).replace(/\\(.)/g, (pair, letter: string) => {
    if (letter === 'b') return '\\u0008';
    return letter === 'f' ? '\\u000c' : pair;
  });
  return plain(json).replace(/[$%](?=\{)/g, '$&$&');
}

function hclAddress(address: string): string {
  const hcl = address
    .replace(/ \(deposed object [^)]*\)$/, '')
    .replace(/\[("(?:[^"\\]|\\.)*")\]/g, (_, key: string) => `[${hclText(JSON.parse(key) as string)}]`);
  // Outside of keys such characters are in no address that terraform wrote.
  return plain(hcl);
}
