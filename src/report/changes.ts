import stringWidth from 'string-width';
import type {AttributeChange, ResourceDifference} from '../state/details.js';
import type {ChangeAction} from '../store/version.js';
import type {Paint, Style} from './paint.js';
import {padded} from './columns.js';
import {plain, plainLine} from './format.js';

/** Terraform's signs, as wide as the widest. */
export const SIGNS: Readonly<Record<ChangeAction, readonly [string, Style]>> = {
  added: ['  +', 'green'],
  changed: ['  ~', 'yellow'],
  destroyed: ['  -', 'red'],
  replaced: ['-/+', 'red'],
  moved: ['  →', 'cyan'],
};

const ATTRIBUTE_SIGNS: Readonly<Record<AttributeChange['action'], readonly [string, Style]>> = {
  added: ['+', 'green'],
  changed: ['~', 'yellow'],
  removed: ['-', 'red'],
};

/** Lines of a unified diff in their colours. */
export function* patchLines(lines: readonly string[], indent: string, paint: Paint): Generator<string> {
  for (const line of lines) {
    const style = ({'+': 'green', '-': 'red', '@': 'cyan'} as const)[line.charAt(0)];
    yield indent + (style === undefined ? plainLine(line) : paint(style, plainLine(line)));
  }
}

/** A resource with what became of it, and its attributes that differ. */
export function* resourceLines(resource: ResourceDifference, paint: Paint): Generator<string> {
  const [sign, style] = SIGNS[resource.action];
  const notes = [
    ...(resource.from === undefined ? [] : [`moved from ${plain(resource.from)}`]),
    ...(resource.taint === undefined ? [] : [resource.taint === 'set' ? 'tainted' : 'no longer tainted']),
  ];
  const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  yield `${paint(style, sign)} ${paint('bold', plain(resource.address))}${note}`;
  yield* attributeLines(resource.attributes, '      ', paint);
}

/** The longest name (columns of a terminal) that others are set in line with. */
const WIDEST = 32;

/** Attributes or outputs that differ, a line each; texts of several lines as a diff. */
export function* attributeLines(
  changes: readonly AttributeChange[],
  indent: string,
  paint: Paint,
): Generator<string> {
  const named = changes.map((change) => ({change, name: pathText(change.path)}));
  const widths = named.map(({name}) => stringWidth(name)).filter((width) => width <= WIDEST);
  const width = Math.max(0, ...widths);
  for (const {change, name} of named) {
    const [sign, style] = ATTRIBUTE_SIGNS[change.action];
    const value = change.lines === undefined ? `${padded(name, width)} = ${valueText(change)}` : name;
    yield `${indent}${paint(style, sign)} ${value}`;
    yield* patchLines(change.lines ?? [], `${indent}    `, paint);
  }
}

function valueText({action, sensitive, before, after}: AttributeChange): string {
  if (sensitive) return '(sensitive value)';
  const values = [...(action === 'added' ? [] : [before]), ...(action === 'removed' ? [] : [after])];
  return values.map((value) => plain(JSON.stringify(value))).join(' -> ');
}

/** `tags["a b"].list[0]`, as terraform writes it. */
function pathText(path: AttributeChange['path']): string {
  const text = path.map((step, at) => {
    if (typeof step === 'number') return `[${step}]`;
    if (/^[A-Za-z_][\w-]*$/.test(step)) return at === 0 ? step : `.${step}`;
    return `[${JSON.stringify(step)}]`;
  });
  return plain(text.join(''));
}
