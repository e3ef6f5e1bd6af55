import type {ConfigDifference, FileDifference} from '../project/config-difference.js';
import type {StateDifference} from '../state/details.js';
import {attributeLines, patchLines, resourceLines} from './changes.js';
import {painter, type Paint} from './paint.js';
import {plain} from './format.js';

const UNSHOWN = {large: 'too large to show', binary: 'binary', state: 'a state, which may hold secrets'};

/** What `tm diff` compared, and what it found; a part that was not asked for is missing. */
export interface Compared {
  readonly before: string;
  readonly after: string;
  readonly configuration?: ConfigDifference;
  readonly state?: StateDifference;
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
    for (const file of configuration.files()) yield* fileLines(file, compared, paint);
  }
  if (state === undefined) return;
  if (state.size > 0) {
    if (hasFiles) yield '';
    const {added, changed, destroyed} = state.counts;
    const counts = `${added} added, ${changed} changed, ${destroyed} destroyed`;
    yield paint('bold', `State, ${before} to ${after}: ${plain(counts)}`);
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
    yield paint('bold', `${name}: ${file.action} (${UNSHOWN[file.unshown ?? 'binary']})`);
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

/** Between quotes where a name holds what would end it in a patch, as git writes it. */
function fileName(path: string): string {
  return plain(path) === path && !/["\\]|\s$/.test(path) ? path : plain(JSON.stringify(path));
}
