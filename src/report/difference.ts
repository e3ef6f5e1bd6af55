import type {AttributeChange} from '../capture/attributes.js';
import type {ConfigDifference, FileDifference} from '../capture/config-difference.js';
import type {ResourceDifference, StateDifference} from '../capture/state-difference.js';
import type {ChangeAction} from '../store/version.js';
import {painter, type Paint, type Style} from './paint.js';
import {plain, plainLine} from './plain.js';

/** What `tm diff` compared, and what it found; a part that was not asked for is missing. */
export interface Compared {
  readonly before: string;
  readonly after: string;
  readonly configuration?: ConfigDifference;
  readonly state?: StateDifference;
}

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

/** Whether nothing differs in the parts that were compared. */
export function isSame({configuration, state}: Compared): boolean {
  return (configuration?.size ?? 0) === 0 && (state === undefined || state.size + state.outputs.length === 0);
}

/** What `tm diff` shows, line by line. The configuration's part is a patch, for `patch -p0`. */
export function* differenceLines(compared: Compared, colour: boolean): Generator<string> {
  const {before, after, configuration, state} = compared;
  const paint = painter(colour);
  if (isSame(compared)) {
    const what =
      configuration === undefined
        ? 'state'
        : state === undefined
          ? 'configuration'
          : 'configuration and state';
    yield `${before} and ${after}: no difference in ${what}.`;
    return;
  }
  const hasFiles = configuration !== undefined && configuration.size > 0;
  if (hasFiles) {
    const files = configuration.size === 1 ? '1 file differs' : `${configuration.size} files differ`;
    yield paint('bold', `Configuration, ${before} to ${after}: ${files}`);
    for (const file of configuration.files) yield* fileLines(file, compared, paint);
  }
  if (state === undefined) return;
  if (state.size > 0) {
    if (hasFiles) yield '';
    const {added, changed, destroyed} = state.counts;
    const counts = `${added} added, ${changed} changed, ${destroyed} destroyed`;
    yield paint('bold', `State, ${before} to ${after}: ${plain(counts)}`);
    for (const resource of state.resources) yield* resourceLines(resource, paint);
  }
  if (state.outputs.length > 0) {
    if (hasFiles || state.size > 0) yield '';
    yield paint('bold', `Outputs, ${before} to ${after}`);
    yield* attributeLines(state.outputs, '  ', paint);
  }
}

/** The same as data, a file, resource or output a line: all of it at once may be more than fits into memory. */
export function* differenceJson(compared: Compared): Generator<string> {
  const {before, after, configuration, state} = compared;
  const parts: readonly [string, Iterable<unknown> | undefined][] = [
    ['configuration', configuration?.files],
    ['resources', state?.resources],
    ['outputs', state?.outputs],
  ];
  yield '{';
  yield `  "from": ${JSON.stringify(before)},`;
  yield `  "to": ${after === NOW ? 'null' : JSON.stringify(after)},`;
  if (state !== undefined) yield `  "counts": ${JSON.stringify(state.counts)},`;
  for (const [name, values] of parts) {
    if (values !== undefined) yield* listLines(name, values);
  }
  yield `  "same": ${isSame(compared)}`;
  yield '}';
}

function* listLines(name: string, values: Iterable<unknown>): Generator<string> {
  yield `  "${name}": [`;
  let last: string | undefined;
  for (const value of values) {
    if (last !== undefined) yield `${last},`;
    last = `    ${JSON.stringify(value)}`;
  }
  if (last !== undefined) yield last;
  yield '  ],';
}

/** What the project and its state are called. */
export const NOW = 'now';

function* fileLines(file: FileDifference, {before, after}: Compared, paint: Paint): Generator<string> {
  const name = fileName(file.path);
  if (file.action === 'unknown') {
    yield paint('yellow', `${name}: not compared (${plain(file.reason ?? '')})`);
    return;
  }
  if (file.executable !== undefined)
    yield paint('bold', `${name}: ${file.executable ? 'executable' : 'not executable'} in ${after}`);
  if (file.links !== undefined) {
    const side = (target: string | undefined, isThere: boolean) =>
      target === undefined ? (isThere ? 'a file' : 'nothing') : `a link to ${fileName(target)}`;
    const was = side(file.links.before, file.action !== 'added');
    yield paint(
      'bold',
      `${name}: ${was} in ${before}, ${side(file.links.after, file.action !== 'removed')} in ${after}`,
    );
    return;
  }
  if (file.unshown !== undefined || file.lines === undefined) {
    yield paint(
      'bold',
      `${name}: ${file.action} (${file.unshown === 'large' ? 'too large to show' : 'binary'})`,
    );
    return;
  }
  if (file.lines.length === 0 && file.action === 'changed') return;
  if (file.lines.length === 0) {
    yield paint('bold', `${name}: ${file.action} (empty)`);
    return;
  }
  yield paint('bold', `--- ${file.action === 'added' ? '/dev/null' : name}\t${before}`);
  yield paint('bold', `+++ ${file.action === 'removed' ? '/dev/null' : name}\t${after}`);
  yield* patchLines(file.lines, '', paint);
}

function* patchLines(lines: readonly string[], indent: string, paint: Paint): Generator<string> {
  for (const line of lines) {
    const style = ({'+': 'green', '-': 'red', '@': 'cyan'} as const)[line.charAt(0)];
    yield indent + (style === undefined ? plainLine(line) : paint(style, plainLine(line)));
  }
}

function* resourceLines(resource: ResourceDifference, paint: Paint): Generator<string> {
  const [sign, style] = SIGNS[resource.action];
  const notes = [
    ...(resource.from === undefined ? [] : [`moved from ${plain(resource.from)}`]),
    ...(resource.taint === undefined ? [] : [resource.taint === 'set' ? 'tainted' : 'no longer tainted']),
  ];
  const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  yield `${paint(style, sign)} ${paint('bold', plain(resource.address))}${note}`;
  yield* attributeLines(resource.attributes, '      ', paint);
}

/** The longest name (characters) that others are set in line with. */
const WIDEST = 32;

function* attributeLines(
  changes: readonly AttributeChange[],
  indent: string,
  paint: Paint,
): Generator<string> {
  const named = changes.map((change) => ({change, name: pathText(change.path)}));
  const widths = named.map(({name}) => name.length).filter((width) => width <= WIDEST);
  const width = Math.max(0, ...widths);
  for (const {change, name} of named) {
    const [sign, style] = ATTRIBUTE_SIGNS[change.action];
    if (change.lines === undefined) {
      yield `${indent}${paint(style, sign)} ${name.padEnd(width)} = ${valueText(change)}`;
    } else {
      yield `${indent}${paint(style, sign)} ${name}`;
      yield* patchLines(change.lines, `${indent}    `, paint);
    }
  }
}

function valueText({action, sensitive, before, after}: AttributeChange): string {
  if (sensitive) return '(sensitive value)';
  if (action === 'added') return jsonText(after);
  return action === 'removed' ? jsonText(before) : `${jsonText(before)} -> ${jsonText(after)}`;
}

function jsonText(value: unknown): string {
  return plain(JSON.stringify(value));
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

/** Between quotes where a name holds what would end it in a patch, as git writes it. */
function fileName(path: string): string {
  return plain(path) === path && !/["\\]|\s$/.test(path) ? path : plain(JSON.stringify(path));
}
