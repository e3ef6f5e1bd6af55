import type {ConfigDifference, FileDifference} from '../project/config-difference.js';
import type {StateDifference} from '../state/details.js';
import {attributeLines, patchLines, resourceLines} from './changes.js';
import {painter, type Paint} from './paint.js';
import {count, countWords, plain} from './format.js';

const UNSHOWN = {
  large: 'too large to show',
  binary: 'binary',
  state: 'a state, which may hold secrets',
  empty: 'empty',
};

/** What `tm diff` compared, and what it found; undefined what was not asked for. */
export interface Compared {
  readonly before: string;
  readonly after: string;
  readonly configuration: ConfigDifference | undefined;
  readonly state: StateDifference | undefined;
}

/** Whether nothing differs in the parts that were compared. */
export function isSame({configuration, state}: Compared): boolean {
  return (configuration?.size ?? 0) === 0 && (state === undefined || state.size + state.outputs.length === 0);
}

/** What `tm diff` shows, line by line. The configuration's part is a patch, for `patch -p0`. */
export function* differenceLines(compared: Compared, colour: boolean): Generator<string> {
  const {before, after, configuration, state} = compared;
  const paint = painter(colour);
  if (isSame(compared)) {
    const parts = (['configuration', 'state'] as const).filter((part) => compared[part] !== undefined);
    yield `${before} and ${after}: no difference in ${parts.join(' and ')}.`;
    return;
  }
  const hasFiles = configuration !== undefined && configuration.size > 0;
  if (hasFiles) {
    const files = `${count(configuration.size, 'file')} ${configuration.size === 1 ? 'differs' : 'differ'}`;
    yield paint('bold', `Configuration, ${before} to ${after}: ${files}`);
    for (const file of configuration.files()) yield* fileLines(file, compared, paint);
  }
  if (state === undefined) return;
  if (state.size > 0) {
    if (hasFiles) yield '';
    yield paint('bold', `State, ${before} to ${after}: ${countWords(state.counts)}`);
    for (const resource of state.resources()) yield* resourceLines(resource, paint);
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
    ['configuration', configuration?.files()],
    ['resources', state?.resources()],
    ['outputs', state?.outputs],
  ];
  yield '{';
  yield `  "from": ${JSON.stringify(before)},`;
  yield `  "to": ${JSON.stringify(after === NOW ? null : after)},`;
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
  const {action, executable, links, lines} = file;
  const name = fileName(file.path);
  if (action === 'unknown') {
    yield paint('yellow', `${name}: not compared (${plain(file.reason ?? '')})`);
    return;
  }
  if (executable !== undefined)
    yield paint('bold', `${name}: ${executable ? 'executable' : 'not executable'} in ${after}`);
  if (links !== undefined) {
    const side = (target: string | undefined, isThere: boolean) =>
      target === undefined ? (isThere ? 'a file' : 'nothing') : `a link to ${fileName(target)}`;
    const [was, is] = [side(links.before, action !== 'added'), side(links.after, action !== 'removed')];
    yield paint('bold', `${name}: ${was} in ${before}, ${is} in ${after}`);
    return;
  }
  const unshown = file.unshown ?? (lines === undefined ? 'binary' : lines.length === 0 ? 'empty' : undefined);
  if (unshown !== undefined) {
    // Of a changed file only what is above has changed.
    if (unshown !== 'empty' || action !== 'changed')
      yield paint('bold', `${name}: ${action} (${UNSHOWN[unshown]})`);
    return;
  }
  yield paint('bold', `--- ${action === 'added' ? '/dev/null' : name}\t${before}`);
  yield paint('bold', `+++ ${action === 'removed' ? '/dev/null' : name}\t${after}`);
  yield* patchLines(lines ?? [], '', paint);
}

/** Between quotes where a name holds what would end it in a patch, as git writes it. */
function fileName(path: string): string {
  return plain(path) === path && !/["\\]|\s$/.test(path) ? path : plain(JSON.stringify(path));
}
