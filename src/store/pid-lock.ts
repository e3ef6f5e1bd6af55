import {mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {codeOf} from '../errors.js';
import {FILE_MODE, readJson} from './disk.js';
import {hostId, isLive, type Liveness, type Owner} from './owner.js';

/** How often (ms) a holder shows that it lives, for those on other hosts. */
const PULSE = 60_000;

/** Who takes hold, and what telling the living from the dead needs. */
export type PidLockOwner = Pick<Liveness, 'isAlive' | 'now'> & {readonly pid: number};

/** `held` where `body` was not run, because somebody who lives holds the file. */
export type PidLockResult<T> = {readonly kind: 'done'; readonly value: T} | {readonly kind: 'held'};

/**
 * Run `body` while this process holds a file, for work that takes minutes: nobody waits here, and the hold of a process
 * that was killed does not count. (The lock of the versions is another one: it is held for milliseconds.)
 *
 * @param path The file that is made and taken away again. Its folder exists.
 * @throws the system's error when it cannot be made, as `HoldError`; and what `body` throws.
 */
export async function withPidLock<T>(
  path: string,
  {pid, isAlive, now}: PidLockOwner,
  body: () => Promise<T>,
): Promise<PidLockResult<T>> {
  const host = hostId();
  const owner: Owner = {host, pid, since: now().toISOString()};
  try {
    if (!take(path, owner, {host, isAlive, now})) return {kind: 'held'};
  } catch (error) {
    throw new PidLockError(codeOf(error), {cause: error});
  }
  const pulse = setInterval(() => {
    quietly(() => {
      utimesSync(path, now(), now());
    });
  }, PULSE);
  try {
    return {kind: 'done', value: await body()};
  } finally {
    clearInterval(pulse);
    remove(path);
  }
}

/** The file cannot be made; `code` is the system's. */
export class PidLockError extends Error {
  override readonly name = 'HoldError';
  constructor(
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

function remove(path: string): void {
  quietly(() => {
    rmSync(path, {force: true});
  });
}

/** @returns false when somebody who lives holds it. */
function take(path: string, owner: Owner, census: Liveness): boolean {
  const mine = JSON.stringify(owner);
  for (;;) {
    try {
      writeFileSync(path, mine, {flag: 'wx', mode: FILE_MODE});
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        remove(path); // It may have been made and not been written.
        throw error;
      }
    }
    const found = quietly(() => ({text: readFileSync(path, 'utf8'), touched: statSync(path).mtime}));
    if (found === undefined) continue; // It ended just now.
    if (isHeld(path, found.touched, census)) return false;
    setAside(path, found.text);
  }
}

/** A lock without content is one that is being made, or was when its maker died. */
function isHeld(path: string, touched: Date, census: Liveness): boolean {
  const read = readJson(path);
  const owner = read.kind === 'read' ? (read.value as Partial<Owner> | null) : undefined;
  if (typeof owner?.host !== 'string' || typeof owner.pid !== 'number' || typeof owner.since !== 'string')
    return census.now().getTime() - touched.getTime() < 1_000;
  return isLive(owner as Owner, touched, census);
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
