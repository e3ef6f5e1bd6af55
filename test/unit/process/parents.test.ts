import {describe, expect, test} from 'vitest';
import {watchParents} from '../../../src/process/parents.js';
import {statOf} from '../../../src/process/stat.js';

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
  test.each(['terraform', 'sh'])('is who got another parent than %s', (name) => {
    const {now, isOrphan} = family(name);
    expect(isOrphan()).toBe(false);
    now.parent = 1;
    expect(isOrphan()).toBe(true);
  });

  test('is who is left with the shell of a program that ended', () => {
    const {now, isOrphan} = family('dash');
    now.grandparent = 1;
    expect(isOrphan()).toBe(true);
  });

  test('is nobody whose terraform goes on after its shim was killed', () => {
    const {now, isOrphan} = family('terraform');
    now.grandparent = 1;
    expect(isOrphan()).toBe(false);
  });
});

test('a process is known by the name of its program, and its parent', () => {
  expect(statOf(process.pid)?.parent).toBe(process.ppid);
  expect(statOf(2 ** 31)).toBeUndefined();
});
