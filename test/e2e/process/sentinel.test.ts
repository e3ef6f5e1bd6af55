import {existsSync, readFileSync, readlinkSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {Sentinel} from '../../../src/terraform/sentinel.js';
import {RELAYED_SIGNALS} from '../../../src/terraform/signals.js';
import {childrenOf, isAlive} from '../../support/processes.js';
import {sentinelOf} from '../../support/run-rig.js';

// Signals are sent to the sentinel alone here, as the kernel does when it goes through the members of a group.

let sentinel: Sentinel;
let shell: number;
beforeEach(async () => {
  sentinel = new Sentinel();
  shell = await sentinelOf(process.pid);
});
afterEach(async () => {
  await sentinel.close();
  expect(childrenOf(process.pid).map(({pid}) => pid)).not.toContain(shell);
});

test.each(RELAYED_SIGNALS)('a sentinel reports %s once and then forgets it', async (signal) => {
  process.kill(shell, signal);
  expect(await sentinel.signalScope(signal)).toBe('group');
  expect(await sentinel.signalScope(signal)).toBe('alone');
});

test('a sentinel reports a signal that came right before the question before it answers', async () => {
  for (let round = 0; round < 300; round++) {
    process.kill(shell, 'SIGINT');
    expect(await sentinel.signalScope('SIGINT')).toBe('group');
    expect(await sentinel.signalScope('SIGTERM')).toBe('alone');
  }
});

test('a sentinel answers questions about several signals at once one by one', async () => {
  process.kill(shell, 'SIGTERM');
  const answers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => sentinel.signalScope(signal));
  expect(await Promise.all(answers)).toEqual(['alone', 'group', 'alone']);
});

test('an old report of a sentinel says nothing about a new signal', async () => {
  process.kill(shell, 'SIGINT');
  expect(await sentinel.signalScope('SIGTERM')).toBe('alone');
  await delay(600);
  expect(await sentinel.signalScope('SIGINT')).toBe('alone');
});

test('a signal that kills a sentinel before its traps are set counts as reported, and a new sentinel takes over', async () => {
  const fresh = new Sentinel();
  const young = childrenOf(process.pid).find(({pid}) => pid !== shell)?.pid ?? 0;
  process.kill(young, 'SIGTERM');
  expect(await fresh.signalScope('SIGTERM')).toBe('group');
  expect(await fresh.signalScope('SIGTERM')).toBe('alone');
  await fresh.close();
  expect(childrenOf(process.pid).map(({pid}) => pid)).toEqual([shell]);
});

test('a killed sentinel does not know the scope of a signal, the next one does', async () => {
  process.kill(shell, 'SIGSTOP');
  const answer = sentinel.signalScope('SIGINT');
  process.kill(shell, 'SIGKILL');
  expect(await answer).toBe('unknown');
  shell = await sentinelOf(process.pid);
  expect(await sentinel.signalScope('SIGINT')).toBe('alone');
});

test('a stopped sentinel is given up after two seconds, and still ends', async () => {
  process.kill(shell, 'SIGSTOP');
  expect(await sentinel.signalScope('SIGINT')).toBe('unknown');
  process.kill(shell, 'SIGCONT');
  expect(await sentinel.signalScope('SIGINT')).toBe('alone');
  process.kill(shell, 'SIGSTOP');
});

test('a sentinel shares our process group, and holds neither terminal nor output nor environment', () => {
  const group = (pid: number) =>
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[2];
  expect(group(shell)).toBe(group(process.pid));
  const streams = [0, 1, 2].map((descriptor) =>
    readlinkSync(`/proc/${shell}/fd/${descriptor}`).replace(/\d+/, 'N'),
  );
  expect(streams).toEqual(['socket:[N]', 'socket:[N]', '/dev/null']);
  expect(readFileSync(`/proc/${shell}/environ`, 'utf8')).toBe('');
});

test('a sentinel uses no processor time while it waits', async () => {
  const ticks = () =>
    readFileSync(`/proc/${shell}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .slice(11, 13);
  const before = ticks();
  await delay(300);
  expect(ticks()).toEqual(before);
  expect(isAlive(shell)).toBe(true);
});

test('without a shell for the sentinel the scope of a signal is unknown, and nothing waits', async () => {
  const none = new Sentinel(['/nowhere/sh']);
  expect(await none.signalScope('SIGINT')).toBe('unknown');
  await none.close();
  const early = new Sentinel(['/nowhere/sh']);
  await early.close();
});

/** What `/bin/sh` is elsewhere; those that this machine lacks are left out. */
const shells = [
  ['dash'],
  ['bash', '--posix', '--norc'],
  ['busybox', 'ash'],
  ['mksh'],
  ['ksh93'],
  ['zsh', '-f'],
].flatMap(([name = '', ...options]) => {
  const folder = ['/bin', '/usr/bin'].find((place) => existsSync(`${place}/${name}`));
  return folder ? [[`${folder}/${name}`, ...options]] : [];
});

test.each(shells)('a sentinel run by %s sends every report before its answer', async (...words) => {
  const other = new Sentinel(words);
  const pid = await sentinelOf(process.pid, shell);
  for (let round = 0; round < 50; round++) {
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
      process.kill(pid, signal);
      expect(await other.signalScope(signal)).toBe('group');
      expect(await other.signalScope(signal)).toBe('alone');
    }
  }
  await other.close();
  expect(isAlive(pid)).toBe(false);
});
