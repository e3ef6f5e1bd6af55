import {mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {codeOf, UserError} from '../errors.js';
import {FILE_MODE, makeFolder, readJson} from './disk.js';
import type {Layout} from './layout.js';
import {hostId, isRunning, type Census, type Owner} from './owner.js';

/** How often (ms) a holder shows that it lives, for those on other hosts. */
const PULSE = 60_000;

/**
 * Run `body` while no other rollback works in this workspace's `rollback/`. Unlike the lock of the versions it is held as
 * long as terraform runs there, so that nobody waits for it; that of a holder that was killed does not count.
 *
 * @throws UserError `rollback-running` when another one does, `store-unwritable` when the lock cannot be made.
 */
export async function withRollbackLock<T>(
  layout: Layout,
  {pid, isAlive, now}: Pick<Census, 'isAlive' | 'now'> & {readonly pid: number},
  body: () => Promise<T>,
): Promise<T> {
  const path = join(layout.staging, '.rollback-lock');
  const host = hostId();
  const owner: Owner = {host, pid, since: now().toISOString()};
  try {
    makeFolder(layout.staging);
    take(path, owner, {host, isAlive, now});
  } catch (error) {
    if (error instanceof UserError) throw error;
    const needed = 'to keep other rollbacks away';
    throw new UserError({kind: 'store-unwritable', path, code: codeOf(error), needed}, {cause: error});
  }
  const pulse = setInterval(() => {
    quietly(() => {
      utimesSync(path, now(), now());
    });
  }, PULSE);
  try {
    return await body();
  } finally {
    clearInterval(pulse);
    remove(path);
  }
}

function remove(path: string): void {
  quietly(() => {
    rmSync(path, {force: true});
  });
}

function take(path: string, owner: Owner, census: Census): void {
  const mine = JSON.stringify(owner);
  for (;;) {
    try {
      writeFileSync(path, mine, {flag: 'wx', mode: FILE_MODE});
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        remove(path); // It may have been made and not been written.
        throw error;
      }
    }
    const found = quietly(() => ({text: readFileSync(path, 'utf8'), touched: statSync(path).mtime}));
    if (found === undefined) continue; // It ended just now.
    if (isHeld(path, found.touched, census)) throw new UserError({kind: 'rollback-running', path});
    setAside(path, found.text);
  }
}

/** A lock without content is one that is being made, or was when its maker died. */
function isHeld(path: string, touched: Date, census: Census): boolean {
  const read = readJson(path);
  const owner = read.kind === 'read' ? (read.value as Partial<Owner> | null) : undefined;
  if (typeof owner?.host !== 'string' || typeof owner.pid !== 'number' || typeof owner.since !== 'string')
    return census.now().getTime() - touched.getTime() < 1_000;
  return isRunning(owner as Owner, touched, census);
}

/** Remove the lock of a dead holder; one that somebody else has made meanwhile is put back. */
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

function quietly<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}
