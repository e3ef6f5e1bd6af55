import {describe, expect, test} from 'vitest';
import {statOf, watchParents} from '../../../src/process/parents.js';

/** A parent called so, with a parent of its own; both can be changed. */
function family(name: string) {
  const now = {parent: 10, grandparent: 5};
  const isOrphan = watchParents(
    () => now.parent,
    (pid) => (pid === 10 ? {name, parent: now.grandparent} : undefined),
  );
  return {now, isOrphan};
}

describe('an orphan', () => {
  test.each(['terraform', 'sh'])('a process whose parent is no longer %s is an orphan', (name) => {
    const {now, isOrphan} = family(name);
    expect(isOrphan()).toBe(false);
    now.parent = 1;
    expect(isOrphan()).toBe(true);
  });

  test('a process left with the shell of a program that ended is an orphan', () => {
    const {now, isOrphan} = family('dash');
    now.grandparent = 1;
    expect(isOrphan()).toBe(true);
  });

  test('a process whose terraform continues after its shim was killed is not an orphan', () => {
    const {now, isOrphan} = family('terraform');
    now.grandparent = 1;
    expect(isOrphan()).toBe(false);
  });
});

test('a process is known by the name of its program, and its parent', () => {
  expect(statOf(process.pid)?.parent).toBe(process.ppid);
  expect(statOf(2 ** 31)).toBeUndefined();
});
