import {makeFolder} from './disk.js';
import type {Layout} from './layout.js';
import {UserError, codeOf} from '../errors.js';

/** A lock whose holder died is taken over after this long (milliseconds); a living holder renews it every second. */
const STALE = 5_000;
const WAIT = 30_000;
const PAUSE = 20;

/** Called once when the lock is not free within a second. */
export type WaitNotice = (path: string) => void;

/**
 * Run `body` while no other cloudtm numbers or renames versions in this workspace's tree.
 *
 * The lock guards numbering, renaming and the two small files that point at versions, nothing else: it is held for
 * milliseconds, never while files are copied or terraform runs. It is a folder beside the staging area (the npm package
 * proper-lockfile: `mkdir` is atomic on network filesystems too). A holder that was killed is recognised by its lock
 * growing stale. One that was stopped for longer than that (Ctrl-Z) and wakes up comes late: the rename of a version
 * refuses an existing one, and `current.json` only goes up.
 *
 * @throws UserError `store-locked` after 30 s, `store-unwritable` when the lock cannot be made.
 */
export async function withLock<T>(layout: Layout, notice: WaitNotice, body: () => T): Promise<T> {
  const {lock} = await import('proper-lockfile');
  makeFolder(layout.staging);
  const started = Date.now();
  let noticed = false;
  const state = {held: true};
  for (;;) {
    try {
      const release = await lock(layout.tree, {
        lockfilePath: layout.lock,
        realpath: false,
        stale: STALE,
        update: 1_000,
        onCompromised: () => {
          state.held = false;
        },
      });
      try {
        return body();
      } finally {
        // A lock that was lost belongs to another process by now.
        if (state.held) await release().catch(() => undefined);
      }
    } catch (error) {
      if (codeOf(error) !== 'ELOCKED') throw error;
    }
    const waited = Date.now() - started;
    if (waited > WAIT) throw new UserError({kind: 'store-locked', path: layout.lock, seconds: WAIT / 1000});
    if (waited > 1_000 && !noticed) {
      noticed = true;
      notice(layout.lock);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE + Math.random() * PAUSE));
  }
}
