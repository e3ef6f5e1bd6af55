import {join} from 'node:path';
import {codeOf, UserError} from '../errors.js';
import {makeFolder} from './disk.js';
import {PidLockError, withPidLock, type PidLockOwner} from './pid-lock.js';
import type {Layout} from './layout.js';

/**
 * Run `body` while no other rollback works in this workspace's `rollback/`. Unlike the lock of the versions it is held as
 * long as terraform runs there, so that nobody waits for it; that of a holder that was killed does not count.
 *
 * @throws UserError `rollback-running` when another one does, `store-unwritable` when the lock cannot be made.
 */
export async function withRollbackLock<T>(
  layout: Layout,
  holder: PidLockOwner,
  body: () => Promise<T>,
): Promise<T> {
  const path = join(layout.staging, '.rollback-lock');
  const unwritable = (error: unknown, code: string) =>
    new UserError(
      {kind: 'store-unwritable', path, code, needed: 'to keep other rollbacks away'},
      {cause: error},
    );
  try {
    makeFolder(layout.staging);
  } catch (error) {
    throw unwritable(error, codeOf(error));
  }
  try {
    const held = await withPidLock(path, holder, body);
    if (held.kind === 'held') throw new UserError({kind: 'rollback-running', path});
    return held.value;
  } catch (error) {
    throw error instanceof PidLockError ? unwritable(error, error.code) : error;
  }
}
