import {isDeepStrictEqual} from 'node:util';
import type {Change, Counts} from '../store/version.js';
import type {Instance, State} from './state.js';

/** What lies between two states; the changes are in the order of the addresses. */
export type Comparison = Readonly<ReturnType<typeof compareStates>>;

/** No difference at all. */
export const NOTHING: Comparison = {counts: {added: '0', changed: '0', destroyed: '0'}, changes: []};

/** One change with what the resource was before and is after it; the one or the other is missing when there was none. */
export interface Difference {
  readonly change: Change;
  readonly before: Instance | undefined;
  readonly after: Instance | undefined;
}

/** Compare two states, resource by resource, by the rules of `differences`. */
export function compareStates(before: State, after: State) {
  const changes = differences(before, after).map(({change}) => change);
  return {counts: countChanges(changes), changes};
}

/**
 * What lies between two states, in the order of the addresses. Pure; terraform's words are never asked.
 *
 * A new address is added, one that is gone destroyed. One whose `id` differs is replaced and counts as both, as
 * terraform counts it. One that is gone while the same type and id appeared under another address is moved and counts as
 * nothing. Any other difference in attributes, or in being tainted, is changed. A deposed object is not counted when it
 * appears (its successor was), but is destroyed when it goes.
 */
export function differences(before: State, after: State): Difference[] {
  const found: Difference[] = [];
  const gone = new Map<string, {address: string; instance: Instance}[]>();
  for (const [address, instance] of before.instances) {
    if (after.instances.has(address)) continue;
    gone.set(identity(instance), [...(gone.get(identity(instance)) ?? []), {address, instance}]);
  }
  for (const [address, instance] of after.instances) {
    const earlier = before.instances.get(address);
    if (earlier !== undefined) {
      const action = difference(earlier, instance);
      if (action !== undefined) found.push({change: {address, action}, before: earlier, after: instance});
      continue;
    }
    if (instance.deposed) continue;
    const from = instance.id === undefined ? undefined : gone.get(identity(instance))?.shift();
    const change: Change =
      from === undefined ? {address, action: 'added'} : {address, action: 'moved', from: from.address};
    found.push({change, before: from?.instance, after: instance});
  }
  for (const {address, instance} of [...gone.values()].flat())
    found.push({change: {address, action: 'destroyed'}, before: instance, after: undefined});
  return found.sort((a, b) => (a.change.address < b.change.address ? -1 : 1));
}

function difference(before: Instance, after: Instance): 'replaced' | 'changed' | undefined {
  if (before.id !== after.id || before.type !== after.type) return 'replaced';
  return before.status === after.status && isDeepStrictEqual(before.attributes, after.attributes)
    ? undefined
    : 'changed';
}

function identity(instance: Instance): string {
  return `${instance.type}\0${instance.id ?? ''}`;
}

/** How many resources changes add, change and destroy. */
export function countChanges(changes: readonly Change[]): Counts {
  const of = (...actions: Change['action'][]) =>
    String(changes.filter((change) => actions.includes(change.action)).length);
  return {added: of('added', 'replaced'), changed: of('changed'), destroyed: of('destroyed', 'replaced')};
}
