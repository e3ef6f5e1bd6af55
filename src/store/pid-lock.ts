import {mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {codeOf, UserError} from '../errors.js';
import {fieldsOf, FILE_MODE, makeFolder, readJson} from './disk.js';
import type {Layout} from './layout.js';
import {isLive, ownerOf, startHeartbeat, type Liveness, type Owner} from './lease.js';

/** Who takes a lock, and what telling the living from the dead needs. */
export type PidLockOwner = Liveness & {readonly pid: number};

/** `held` and `unwritable` where `body` was not run: a living process holds the lock, or it cannot be made. */
export type PidLockResult<T> =
  | {readonly kind: 'done'; readonly value: T}
  | {readonly kind: 'held'}
  | {readonly kind: 'unwritable'; readonly code: string; readonly cause: unknown};

/**
 * Run `body` while this process holds a lock file, for work that takes minutes: nothing waits here, and the lock of a
 * process that was killed does not count. (The lock of the versions is another one: it is held for milliseconds.)
 *
 * @param path The file that is made, with its folder, and taken away again.
 * @throws what `body` throws.
 */
export async function withPidLock<T>(
  path: string,
  {pid, isAlive, now}: PidLockOwner,
  body: () => Promise<T>,
): Promise<PidLockResult<T>> {
  try {
    makeFolder(dirname(path));
    if (!take(path, ownerOf(pid, now()), {isAlive, now})) return {kind: 'held'};
  } catch (error) {
    return {kind: 'unwritable', code: codeOf(error), cause: error};
  }
  const stopHeartbeat = startHeartbeat(() => path, now);
  try {
    return {kind: 'done', value: await body()};
  } finally {
    stopHeartbeat();
    quietly(rmSync, path, {force: true});
  }
}

/** Run `body` while no other rollback works here. @throws UserError `rollback-running`, `store-unwritable`. */
export async function withRollbackLock<T>(
  layout: Layout,
  owner: PidLockOwner,
  body: () => Promise<T>,
): Promise<T> {
  const path = join(layout.staging, '.rollback-lock');
  const locked = await withPidLock(path, owner, body);
  if (locked.kind === 'done') return locked.value;
  if (locked.kind === 'held') throw new UserError({kind: 'rollback-running', path});
  const {code, cause} = locked;
  const needed = 'to keep other rollbacks away';
  throw new UserError({kind: 'store-unwritable', path, code, needed}, {cause});
}

/** @returns false when a living process holds it. */
function take(path: string, owner: Owner, liveness: Liveness): boolean {
  const mine = JSON.stringify(owner);
  for (;;) {
    try {
      writeFileSync(path, mine, {flag: 'wx', mode: FILE_MODE});
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        quietly(rmSync, path, {force: true}); // It may have been made and not been written.
        throw error;
      }
    }
    const found = quietly(() => ({text: readFileSync(path, 'utf8'), touched: statSync(path).mtime}));
    if (found === undefined) continue; // It ended just now.
    if (isHeld(path, found.touched, liveness)) return false;
    setAside(path, found.text);
  }
}

/** A lock without content is one that is being made, or was when its maker died. */
function isHeld(path: string, touched: Date, liveness: Liveness): boolean {
  const {host, pid, since} = fieldsOf(readJson(path));
  return typeof host === 'string' && typeof pid === 'number' && typeof since === 'string'
    ? isLive({host, pid, since}, touched, liveness)
    : liveness.now().getTime() - touched.getTime() < 1_000;
}

/** Remove the lock of a dead holder; one that another process has made meanwhile is put back. */
function setAside(path: string, text: string): void {
  const folder = mkdtempSync(`${path}-`);
  const aside = join(folder, 'lock');
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== text) renameSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function quietly<Given extends unknown[], T>(body: (...given: Given) => T, ...given: Given): T | undefined {
  try {
    return body(...given);
  } catch {
    return undefined;
  }
}
