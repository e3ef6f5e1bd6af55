import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {hostId, isLive, type Liveness} from '../../../src/store/lease.js';
import {claimLeftovers, hasLeftovers, noteTerraform, openStaging} from '../../../src/store/staging.js';
import {intent, newStore} from '../../support/versions.js';

const here = hostId();
const liveness: Liveness = {
  isAlive: (pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  },
  now: () => new Date(),
};
const since = () => new Date().toISOString();

async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('the leftover of a dead command is claimed once, however many try', async () => {
  const layout = newStore();
  const left = intent({owner: {host: here, pid: await deadPid(), since: since()}});
  openStaging(layout, 'left', left);
  const first = claimLeftovers(layout, `a-${process.pid}-x`, liveness);
  const second = claimLeftovers(layout, `b-${process.pid}-y`, liveness);
  expect(first.map((leftover) => leftover.intent?.startedAt)).toEqual([left.startedAt]);
  expect(second).toEqual([]);
});

test('a claim whose holder died can be claimed again', async () => {
  const layout = newStore();
  openStaging(layout, 'left', intent({owner: {host: here, pid: await deadPid(), since: since()}}));
  const dying = await deadPid();
  expect(claimLeftovers(layout, `a-${dying}-x`, liveness)).toHaveLength(1);
  expect(claimLeftovers(layout, `b-${process.pid}-y`, liveness)).toHaveLength(1);
});

test('the staging of a running command is left alone', () => {
  const layout = newStore();
  openStaging(layout, 'mine', intent({owner: {host: here, pid: process.pid, since: since()}}));
  expect(claimLeftovers(layout, `a-${process.pid}-x`, liveness)).toEqual([]);
  expect(hasLeftovers(layout)).toBe(true);
});

test('the staging of a terraform that outlived its shim is left alone until it ends', async () => {
  const layout = newStore();
  const terraform = spawn('sleep', ['60']);
  onTestFinished(() => {
    terraform.kill('SIGKILL');
  });
  const left = intent({owner: {host: here, pid: await deadPid(), since: since()}});
  const staging = openStaging(layout, 'left', left);
  noteTerraform(staging, left, {host: here, pid: terraform.pid ?? 0, since: since()});
  expect(claimLeftovers(layout, `a-${process.pid}-x`, liveness)).toEqual([]);
  terraform.kill('SIGKILL');
  await once(terraform, 'exit');
  expect(claimLeftovers(layout, `a-${process.pid}-x`, liveness)).toHaveLength(1);
});

test('a staging folder without an intent belongs to the process in its name', async () => {
  const layout = newStore();
  mkdirSync(join(layout.staging, `x-${process.pid}-living`));
  mkdirSync(join(layout.staging, `x-${await deadPid()}-dead`));
  const claimed = claimLeftovers(layout, `a-${process.pid}-x`, liveness);
  expect(claimed.map((leftover) => leftover.intent)).toEqual([undefined]);
  expect(existsSync(join(layout.staging, `x-${process.pid}-living`))).toBe(true);
});

test('a reused process number does not keep a dead command alive', () => {
  // This process started long after 2024, so it is not the one that is meant.
  const owner = {host: here, pid: process.pid, since: '2024-01-01T00:00:00.000Z'};
  expect(isLive(owner, new Date(), liveness)).toBe(process.platform !== 'linux');
});

test('a command on another host counts as dead after ten minutes without a sign of life', () => {
  const owner = {host: 'elsewhere', pid: 1, since: since()};
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  expect(isLive(owner, ago(9), liveness)).toBe(true);
  expect(isLive(owner, ago(11), liveness)).toBe(false);
});

test('a truncated intent counts as none', async () => {
  const layout = newStore();
  const folder = join(layout.staging, `x-${await deadPid()}-dead`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'intent.json'), '{"owner": {"ho');
  utimesSync(folder, new Date(), new Date());
  expect(claimLeftovers(layout, `a-${process.pid}-x`, liveness)).toMatchObject([{intent: undefined}]);
});
