import {join} from 'node:path';
import {codeOf, UserError} from '../errors.js';
import {makeFolder} from './disk.js';
import type {Layout} from './layout.js';

/** A lock whose holder died is taken over after this long (milliseconds); a living holder renews it every second. */
const STALE = 5_000;
const PAUSE = 100;

/**
 * Run `body` while no other rollback works in this workspace's `rollback/`: it is held as long as terraform runs there.
 *
 * @throws UserError `rollback-running` when another one does, `store-unwritable` when the lock cannot be made.
 */
export async function withRollbackLock<T>(layout: Layout, body: () => Promise<T>): Promise<T> {
  const {lock} = await import('proper-lockfile');
  const path = join(layout.staging, '.rollback-lock');
  const state = {held: true};
  const take = async () => {
    makeFolder(layout.staging);
    return lock(layout.tree, {
      lockfilePath: path,
      realpath: false,
      stale: STALE,
      update: 1_000,
      // One that was killed a moment ago.
      retries: {retries: (STALE + 1_000) / PAUSE, factor: 1, minTimeout: PAUSE},
      onCompromised: () => {
        state.held = false;
      },
    });
  };
  const release = await take().catch((error: unknown) => {
    if (codeOf(error) === 'ELOCKED') throw new UserError({kind: 'rollback-running', path});
    const needed = 'to keep other rollbacks away';
    throw new UserError({kind: 'store-unwritable', path, code: codeOf(error), needed}, {cause: error});
  });
  try {
    return await body();
  } finally {
    if (state.held) await release().catch(() => undefined);
  }
}
