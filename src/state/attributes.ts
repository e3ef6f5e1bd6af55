import {sameValue} from './compare.js';
import {changedLines} from '../changed-lines.js';
import {secretsIn, secretValues} from './sensitive.js';
import {
  isContainer,
  isEmpty,
  isObject,
  isUnset,
  namesOf,
  NOTHING,
  part,
  partAt,
  withoutTypes,
  type Operand,
} from './operand.js';
import type {Instance, OutputValue} from './state.js';

/** One difference in a resource's attributes, or in the outputs. */
export interface AttributeChange {
  /** The way to it: names of attributes and keys, indexes of lists. An index is that of the list after the change. */
  readonly path: readonly (string | number)[];
  readonly action: 'added' | 'changed' | 'removed';
  /** Then neither value is here. */
  readonly sensitive: boolean;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Of texts of several lines: what changed in them, as in a unified diff. */
  readonly lines?: readonly string[];
}

type Path = readonly (string | number)[];

/** How the attributes of two objects differ, in the order of their names; those of one alone are all added or removed. */
export function attributeChanges(
  before: Instance | undefined,
  after: Instance | undefined,
): AttributeChange[] {
  const known = new Set([
    ...secretValues(before?.attributes, before?.sensitive),
    ...secretValues(after?.attributes, after?.sensitive),
  ]);
  const side = (of: Instance | undefined): Operand => ({
    value: of?.attributes ?? {},
    secrets: secretsIn(of?.attributes, of?.sensitive, known),
  });
  const [left, right] = [side(before), side(after)];
  return namesOf(left, right).flatMap((name) =>
    compareSides([name], ...withoutTypes(part(left, name), part(right, name))),
  );
}

/** How the outputs of two states differ, in the order of their names. */
export function outputChanges(
  before: ReadonlyMap<string, OutputValue>,
  after: ReadonlyMap<string, OutputValue>,
): AttributeChange[] {
  const side = (output: OutputValue | undefined): Operand =>
    output === undefined ? NOTHING : {value: output.value, secrets: output.isSensitive ? true : undefined};
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => compareSides([name], side(before.get(name)), side(after.get(name))));
}

function compareSides(path: Path, before: Operand, after: Operand): AttributeChange[] {
  const [was, is] = [before.value, after.value];
  if (isUnset(was) && isUnset(is)) return [];
  if (before.secrets === true || after.secrets === true)
    return sameValue(was, is) ? [] : [hidden(path, actionOf(before, after))];
  if (isUnset(was)) return expand(path, after, 'added');
  if (isUnset(is)) return expand(path, before, 'removed');
  if (Array.isArray(was) && Array.isArray(is)) return compareLists(path, before, after);
  if (isObject(was) && isObject(is)) {
    return namesOf(before, after).flatMap((name) =>
      compareSides([...path, name], part(before, name), part(after, name)),
    );
  }
  if (was === is) return [];
  if (before.secrets !== undefined || after.secrets !== undefined) return [hidden(path, 'changed')];
  if (typeof was === 'string' && typeof is === 'string') return compareTexts(path, was, is);
  return [{path, action: 'changed', sensitive: false, before: was, after: is}];
}

/**
 * A set is kept as a list, so that one more element may move all others: what stands on both sides is left out, wherever
 * it stands.
 */
function compareLists(path: Path, before: Operand, after: Operand): AttributeChange[] {
  const [was, is] = [before.value as unknown[], after.value as unknown[]];
  const texts = was.map((value) => JSON.stringify(value));
  const left = new Map<string, number[]>();
  for (const [index, text] of texts.entries()) {
    const same = left.get(text);
    if (same === undefined) left.set(text, [index]);
    else same.push(index);
  }
  const added: number[] = [];
  for (const [index, value] of is.entries()) {
    const same = left.get(JSON.stringify(value));
    if (same?.shift() === undefined) added.push(index);
  }
  const removed = [...left.values()].flat().sort((a, b) => a - b);
  if (added.length === 0 && removed.length === 0) {
    if (sameValue(was, is)) return [];
    if (before.secrets !== undefined || after.secrets !== undefined) return [hidden(path, 'changed')];
    return [{path, action: 'changed', sensitive: false, before: was, after: is}];
  }
  const changes: AttributeChange[][] = [];
  for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
    const [from, to] = [removed[at], added[at]];
    const [old, young] = [partAt(before, from), partAt(after, to)];
    const isPair = from === to || (isContainer(old.value) && isContainer(young.value));
    if (from !== undefined && to !== undefined && isPair) {
      changes.push(compareSides([...path, to], old, young));
      continue;
    }
    if (from !== undefined) changes.push(expand([...path, from], old, 'removed'));
    if (to !== undefined) changes.push(expand([...path, to], young, 'added'));
  }
  return changes.flat();
}

function compareTexts(path: Path, before: string, after: string): AttributeChange[] {
  const [was, is] = [document(before), document(after)];
  if (was !== undefined && is !== undefined && !sameValue(was, is))
    return compareSides(path, {value: was, secrets: undefined}, {value: is, secrets: undefined});
  const lines = /\n./.test(before) || /\n./.test(after) ? changedLines(before, after) : undefined;
  const change = {path, action: 'changed', sensitive: false, before, after} as const;
  return [lines === undefined ? change : {...change, lines}];
}

/** A text that is JSON, as policies are. */
function document(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** All that a value on one side alone holds. */
function expand(path: Path, side: Operand, action: 'added' | 'removed'): AttributeChange[] {
  const {value, secrets} = side;
  if (isUnset(value)) return [];
  if (secrets === true) return [hidden(path, action)];
  const isWhole = !isContainer(value) || isEmpty(value) || (Array.isArray(value) && !value.some(isContainer));
  if (isWhole && secrets === undefined)
    return [{path, action, sensitive: false, [action === 'added' ? 'after' : 'before']: value}];
  if (Array.isArray(value)) return value.flatMap((_, at) => expand([...path, at], partAt(side, at), action));
  return namesOf(side, NOTHING).flatMap((name) => expand([...path, name], part(side, name), action));
}

function hidden(path: Path, action: AttributeChange['action']): AttributeChange {
  return {path, action, sensitive: true};
}

function actionOf(before: Operand, after: Operand): AttributeChange['action'] {
  if (isUnset(before.value)) return 'added';
  return isUnset(after.value) ? 'removed' : 'changed';
}
