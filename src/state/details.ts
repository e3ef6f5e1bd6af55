import {isDeepStrictEqual} from 'node:util';
import {changedLines} from '../changed-lines.js';
import type {Change} from '../store/version.js';
import {countChanges, differences, type Difference} from './compare.js';
import {secretsIn, secretValues} from './sensitive.js';
import {isBox, isContainer, isObject, namesOf, part, type Operand} from './operand.js';
import type {Instance, State} from './state.js';

/** One difference in a resource's attributes, or in the outputs. */
export interface AttributeChange {
  /** The way to it: names of attributes and keys, indexes of lists. An index is that of the list after the change. */
  readonly path: Path;
  readonly action: 'added' | 'changed' | 'removed';
  /** Then neither value is here. */
  readonly sensitive: boolean;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Of texts of several lines: what changed in them, as in a unified diff. */
  readonly lines?: readonly string[];
}

type Path = readonly (string | number)[];

/** What became of one resource, and how its attributes differ. */
export interface ResourceDifference extends Change {
  readonly attributes: readonly AttributeChange[];
  /** Whether it became tainted, or is so no longer. */
  readonly taint?: 'set' | 'cleared';
}

/** What lies between two states. */
export type StateDifference = Readonly<ReturnType<typeof compareInDetail>>;

/** Compare two states in detail, by the rules of `differences`. Pure. */
export function compareInDetail(before: State, after: State) {
  const found = differences(before, after);
  return {
    counts: countChanges(found.map(({change}) => change)),
    /** How many resources differ, also those that only moved. */
    size: found.length,
    /** In the order of the addresses; made one by one, since each may hold much. */
    resources: () => inDetail(found),
    outputs: outputChanges(before.outputs, after.outputs),
  };
}

function* inDetail(found: readonly Difference[]): Generator<ResourceDifference> {
  for (const {change, before, after} of found) {
    const attributes = attributeChanges(before, after);
    const [was, is] = [before?.status === 'tainted', after?.status === 'tainted'];
    if (was === is || change.action === 'destroyed') yield {...change, attributes};
    else yield {...change, attributes, taint: is ? 'set' : 'cleared'};
  }
}

/** How the attributes of two objects differ, in the order of their names; those of one alone are all added or removed. */
export function attributeChanges(
  before: Instance | undefined,
  after: Instance | undefined,
): AttributeChange[] {
  const secret = [before, after].flatMap((each) => [...secretValues(each?.attributes, each?.sensitive)]);
  const known = new Set(secret);
  const [left, right] = [before, after].map((instance): Operand => ({
    value: instance?.attributes,
    secrets: secretsIn(instance?.attributes, instance?.sensitive, known),
  })) as [Operand, Operand];
  return namesOf(left, right).flatMap((name) =>
    compareOperands([name], ...withoutTypes(part(left, name), part(right, name))),
  );
}

/** How the outputs of two states differ, in the order of their names. */
export function outputChanges(before: State['outputs'], after: State['outputs']): AttributeChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) =>
    compareOperands([name], operand(before.get(name)), operand(after.get(name))),
  );
}

function operand(output?: {readonly value?: unknown; readonly isSensitive?: boolean}): Operand {
  return {value: output?.value, secrets: output?.isSensitive === true ? true : undefined};
}

/** Both without the type that is kept beside a value of any type, unless it is the type that changed. */
function withoutTypes(before: Operand, after: Operand): [Operand, Operand] {
  const set = [before, after].filter(({value}) => !isUnset(value));
  const boxes = set.flatMap(({value}) => (isBox(value) ? [value] : []));
  const [was, is] = boxes;
  const isOtherType =
    was && is && !isDeepStrictEqual(was.type, is.type) && isDeepStrictEqual(was.value, is.value);
  if (boxes.length < set.length || isOtherType === true) return [before, after];
  return [part(before, 'value'), part(after, 'value')];
}

function compareOperands(path: Path, before: Operand, after: Operand): AttributeChange[] {
  const [was, is] = [before.value, after.value];
  if (isUnset(was) && isUnset(is)) return [];
  const action = isUnset(was) ? 'added' : isUnset(is) ? 'removed' : 'changed';
  if (before.secrets === true || after.secrets === true)
    return isDeepStrictEqual(was, is) ? [] : [hidden(path, action)];
  if (action !== 'changed') return expand(path, action === 'added' ? after : before, action);
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
    : compareTexts(change, was, is);
}

/** A set is kept as a list, so that one more element may move all others: what stands in both is left out. */
function compareLists(path: Path, before: Operand, after: Operand): AttributeChange[] {
  const [was, is] = [before.value as unknown[], after.value as unknown[]];
  const [removed, added] = [indexesOfOthers(was, is), indexesOfOthers(is, was)];
  if (added.length === 0 && removed.length === 0)
    return isDeepStrictEqual(was, is) ? [] : [changed(path, before, after)];
  return Array.from({length: Math.max(removed.length, added.length)}).flatMap((_, nth) => {
    // No list has an element -1: nothing becomes of that.
    const [from = -1, to = -1] = [removed[nth], added[nth]];
    const [old, young] = [part(before, String(from)), part(after, String(to))];
    if (from === to || (isContainer(old.value) && isContainer(young.value)))
      return compareOperands([...path, to], old, young);
    return [...expand([...path, from], old, 'removed'), ...expand([...path, to], young, 'added')];
  });
}

/** The indexes of elements that the other list does not have, or not as often. */
function indexesOfOthers(list: readonly unknown[], other: readonly unknown[]): number[] {
  const left = new Map<string, number>();
  const count = (value: unknown, by: 1 | -1): number => {
    const text = JSON.stringify(value);
    const sum = (left.get(text) ?? 0) + by;
    left.set(text, sum);
    return sum;
  };
  for (const value of other) count(value, 1);
  return list.flatMap((value, index) => (count(value, -1) < 0 ? [index] : []));
}

function compareTexts(change: AttributeChange, before: string, after: string): AttributeChange[] {
  const [was, is] = [parsed(before), parsed(after)];
  if (was !== undefined && is !== undefined && !isDeepStrictEqual(was, is))
    return compareOperands(change.path, operand({value: was}), operand({value: is}));
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

/** Terraform takes null for not set. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null;
}
