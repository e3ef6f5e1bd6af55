import type {Change, Counts} from '../store/version.js';
import {attributeChanges, outputChanges, type AttributeChange} from './attributes.js';
import {countChanges, differences, type Difference} from './compare.js';
import type {State} from './state.js';

/** What became of one resource, and how its attributes differ. */
export interface ResourceDifference extends Change {
  readonly attributes: readonly AttributeChange[];
  /** Whether it became tainted, or is so no longer. */
  readonly taint?: 'set' | 'cleared';
}

/** What lies between two states. */
export interface StateDifference {
  readonly counts: Counts;
  /** How many resources differ, also those that only moved. */
  readonly size: number;
  /** In the order of the addresses; made one by one, since each may hold much. */
  readonly resources: Iterable<ResourceDifference>;
  readonly outputs: readonly AttributeChange[];
}

/** Compare two states in detail, by the rules of `differences`. Pure. */
export function compareInDetail(before: State, after: State): StateDifference {
  const found = differences(before, after);
  return {
    counts: countChanges(found.map(({change}) => change)),
    size: found.length,
    resources: {
      *[Symbol.iterator]() {
        for (const each of found) yield inDetail(each);
      },
    },
    outputs: outputChanges(before.outputs, after.outputs),
  };
}

function inDetail({change, before, after}: Difference): ResourceDifference {
  const attributes = attributeChanges(before, after);
  const [was, is] = [before?.status === 'tainted', after?.status === 'tainted'];
  if (was === is || change.action === 'destroyed') return {...change, attributes};
  return {...change, attributes, taint: is ? 'set' : 'cleared'};
}
