import {sameValue} from './compare.js';
import {changedLines} from '../changed-lines.js';
import {secretsIn, secretValues} from './sensitive.js';
import {isBox, isContainer, isObject, namesOf, NOTHING, part, type Operand} from './operand.js';
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
  const [left, right] = [before, after].map((instance): Operand => ({
    value: instance?.attributes,
    secrets: secretsIn(instance?.attributes, instance?.sensitive, known),
  })) as [Operand, Operand];
  return namesOf(left, right).flatMap((name) =>
    compareOperands([name], ...withoutTypes(part(left, name), part(right, name))),
  );
}

/** How the outputs of two states differ, in the order of their names. */
export function outputChanges(
  before: ReadonlyMap<string, OutputValue>,
  after: ReadonlyMap<string, OutputValue>,
): AttributeChange[] {
  const outputOf = (output: OutputValue | undefined) => operand(output?.value, output?.isSensitive);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) =>
    compareOperands([name], outputOf(before.get(name)), outputOf(after.get(name))),
  );
}

function operand(value: unknown, isSensitive = false): Operand {
  return {value, secrets: isSensitive ? true : undefined};
}

/** Both without the type that is kept beside a value of any type, unless it is the type that changed. */
function withoutTypes(before: Operand, after: Operand): [Operand, Operand] {
  const set = [before, after].filter(({value}) => !isUnset(value));
  const boxes = set.flatMap(({value}) => (isBox(value) ? [value] : []));
  const [was, is] = boxes;
  const isOtherType = was && is && !sameValue(was.type, is.type) && sameValue(was.value, is.value);
  if (boxes.length < set.length || isOtherType === true) return [before, after];
  return [part(before, 'value'), part(after, 'value')];
}

function compareOperands(path: Path, before: Operand, after: Operand): AttributeChange[] {
  const [was, is] = [before.value, after.value];
  if (isUnset(was) && isUnset(is)) return [];
  if (before.secrets === true || after.secrets === true)
    return sameValue(was, is) ? [] : [hidden(path, actionOf(before, after))];
  if (isUnset(was)) return expand(path, after, 'added');
  if (isUnset(is)) return expand(path, before, 'removed');
  if (Array.isArray(was) && Array.isArray(is)) return compareLists(path, before, after);
  if (isObject(was) && isObject(is)) {
    return namesOf(before, after).flatMap((name) =>
      compareOperands([...path, name], part(before, name), part(after, name)),
    );
  }
  if (was === is) return [];
  const change = changed(path, before, after);
  return change.sensitive || typeof was !== 'string' || typeof is !== 'string'
    ? [change]
    : compareTexts(path, was, is);
}

/**
 * A set is kept as a list, so that one more element may move all others: what stands in both is left out, wherever it
 * stands.
 */
function compareLists(path: Path, before: Operand, after: Operand): AttributeChange[] {
  const [was, is] = [before.value as unknown[], after.value as unknown[]];
  const [removed, added] = [indexesOfOthers(was, is), indexesOfOthers(is, was)];
  if (added.length === 0 && removed.length === 0)
    return sameValue(was, is) ? [] : [changed(path, before, after)];
  const changes: AttributeChange[][] = [];
  for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
    const [from, to] = [removed[at], added[at]];
    const [old, young] = [from, to].map((index, side) =>
      index === undefined ? NOTHING : part(side === 0 ? before : after, String(index)),
    ) as [Operand, Operand];
    const isPair = from === to || (isContainer(old.value) && isContainer(young.value));
    if (from !== undefined && to !== undefined && isPair) {
      changes.push(compareOperands([...path, to], old, young));
      continue;
    }
    if (from !== undefined) changes.push(expand([...path, from], old, 'removed'));
    if (to !== undefined) changes.push(expand([...path, to], young, 'added'));
  }
  return changes.flat();
}

/** The indexes of elements that the other list does not have, or not as often. */
function indexesOfOthers(list: readonly unknown[], other: readonly unknown[]): number[] {
  const left = new Map<string, number>();
  const count = (value: unknown, by: 1 | -1): number => {
    const text = JSON.stringify(value);
    left.set(text, (left.get(text) ?? 0) + by);
    return left.get(text) ?? 0;
  };
  for (const value of other) count(value, 1);
  return list.flatMap((value, index) => (count(value, -1) < 0 ? [index] : []));
}

function compareTexts(path: Path, before: string, after: string): AttributeChange[] {
  const [was, is] = [operand(parsed(before)), operand(parsed(after))];
  if (was.value !== undefined && is.value !== undefined && !sameValue(was.value, is.value))
    return compareOperands(path, was, is);
  const change = changed(path, operand(before), operand(after));
  const hasLines = /\n./.test(before) || /\n./.test(after);
  return [hasLines ? {...change, lines: changedLines(before, after)} : change];
}

/** The value of a text that is JSON, as policies are. */
function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** All that an operand without a counterpart holds. */
function expand(path: Path, operand: Operand, action: 'added' | 'removed'): AttributeChange[] {
  const {value, secrets} = operand;
  if (isUnset(value)) return [];
  if (secrets === true) return [hidden(path, action)];
  const isWhole = namesOf(operand).length === 0 || (Array.isArray(value) && !value.some(isContainer));
  if (isWhole && secrets === undefined)
    return [{path, action, sensitive: false, [action === 'added' ? 'after' : 'before']: value}];
  const names = Array.isArray(value) ? [...value.keys()] : namesOf(operand);
  return names.flatMap((name) => expand([...path, name], part(operand, String(name)), action));
}

function changed(path: Path, before: Operand, after: Operand): AttributeChange {
  if (before.secrets !== undefined || after.secrets !== undefined) return hidden(path, 'changed');
  return {path, action: 'changed', sensitive: false, before: before.value, after: after.value};
}

function hidden(path: Path, action: AttributeChange['action']): AttributeChange {
  return {path, action, sensitive: true};
}

function actionOf(before: Operand, after: Operand): AttributeChange['action'] {
  if (isUnset(before.value)) return 'added';
  return isUnset(after.value) ? 'removed' : 'changed';
}

/** Terraform takes null for not set. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null;
}
