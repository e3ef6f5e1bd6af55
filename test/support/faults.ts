import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {onTestFinished, test} from 'vitest';
import type {Sandbox} from './sandbox.js';

const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** Permissions do not bind root, so such tests run the shim as another user: only root can. */
export const isRoot = process.getuid?.() === 0;

const canBecomeNobody = isRoot && spawnSync('setpriv', [...NOBODY, 'true']).status === 0;
/** A test that runs the shim as a user whom permissions bind; skipped where we cannot become one. */
export const testAsUser = test.skipIf(isRoot && !canBecomeNobody);

const canMount =
  isRoot && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
/** A test that mounts a filesystem of its own; skipped where that is not permitted. */
export const testWithMount = test.skipIf(!canMount);

/** The words in front of a command that make permissions bind it; the sandbox then belongs to that user. */
export function asUser(box: Sandbox): [string, ...string[]] {
  if (!isRoot) return ['env'];
  execFileSync('chown', ['-R', '65534:65534', box.folder]);
  return ['setpriv', ...NOBODY];
}

/** Mount a small filesystem over a folder until the test ends. */
export function mountSmallDisk(folder: string, options: string): void {
  mkdirSync(folder, {recursive: true});
  execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=700`, 'cloudtm-test', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
  });
}

/** Make what lies below a folder read-only until the test ends, for root too. */
export function makeReadOnly(folder: string): void {
  execFileSync('mount', ['--bind', folder, folder]);
  execFileSync('mount', ['-o', 'remount,ro,bind', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
  });
}
