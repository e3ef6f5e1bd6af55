import {describe, expect, test} from 'vitest';
import type {MachineEvent} from '../../../../src/machine/events.js';
import {machineReport} from '../../../../src/machine/words/progress.js';

/** What these events look like. */
function shown(isTTY: boolean, ...events: readonly MachineEvent[]): string {
  let text = '';
  const output = {
    isTTY,
    write: (more: string | Uint8Array) => {
      text += String(more);
    },
  };
  const {say, end} = machineReport(output, 'snapshots/');
  events.forEach(say);
  end();
  return text;
}

const status = (seconds: number): MachineEvent => ({
  type: 'in-progress',
  status: 'in-progress',
  elapsed: seconds * 1000,
});
const twiceASecond = (until: number): MachineEvent[] =>
  Array.from({length: until * 2 + 1}, (_, half) => status(half / 2));

describe('how far an image is', () => {
  test('the progress of a disk snapshot is a line every 30 seconds without a terminal', () => {
    expect(shown(false, {type: 'waiting'}, ...twiceASecond(95), {type: 'created', name: 'x'})).toBe(
      'Waiting for snapshot to complete...\n' +
        'Snapshot in progress... Status: in-progress (30s elapsed)\n' +
        'Snapshot in progress... Status: in-progress (60s elapsed)\n' +
        'Snapshot in progress... Status: in-progress (90s elapsed)\n' +
        '✅ Snapshot created successfully: x\n',
    );
  });

  test('the progress of a disk snapshot is also a line after a slow check, and then not sooner', () => {
    expect(shown(false, ...[10, 75, 80, 89, 90, 91].map(status))).toBe(
      'Snapshot in progress... Status: in-progress (75s elapsed)\n' +
        'Snapshot in progress... Status: in-progress (90s elapsed)\n',
    );
  });

  test('the progress of a disk snapshot is one line that is rewritten on a terminal, and what follows starts a new one', () => {
    const line = (seconds: number): string =>
      `\r\u001B[KSnapshot in progress... Status: in-progress (${seconds}s elapsed)`;
    expect(shown(true, status(0), status(0.5), status(1), {type: 'created', name: 'x'}, status(2))).toBe(
      `${line(0)}${line(0)}${line(1)}\n✅ Snapshot created successfully: x\n${line(2)}\n`,
    );
  });
});

test('every other step of a disk snapshot is one line, in which names are plain text', () => {
  const name = 'a\u001b[31m\nb';
  const told = shown(
    true,
    {type: 'started', noun: 'droplet', machine: name, before: true},
    {type: 'started', noun: 'droplet', machine: '1', before: false},
    {type: 'named', name},
    {type: 'requested', action: '7'},
    {type: 'waiting'},
    {type: 'details', name, id: '9', sizeGb: 2.5},
    {type: 'details', name: 'x', id: '9', sizeGb: null},
    {type: 'logged', file: 'x.json'},
    {type: 'resumed', name, action: '7', asked: 'T'},
    {type: 'resumed', name: '', action: '7', asked: 'T'},
    {type: 'adopted', action: '7', startedAt: 'T'},
    {type: 'found-again', action: '7'},
    {type: 'stale', name, action: '7', asked: 'T', seen: 'U'},
    {type: 'stale-logged', name, file: 'x.json'},
    {type: 'earlier-failed', name, action: '7', words: 'no\nspace'},
    {type: 'earlier-failed', name: 'x', action: '7', words: ''},
    {type: 'retrying', words: '503', busy: false, after: 2000},
    {type: 'retrying', words: '422', busy: true, after: 10},
    {type: 'other-process', path: '/s/x.lock'},
    {type: 'continuing-without', machine: name},
  );
  const safe = 'a\\u001b[31m\\u000ab';
  expect(told.split('\n')).toEqual([
    `Creating snapshot of droplet ${safe} before destruction...`,
    'Creating snapshot of droplet 1...',
    `Creating snapshot: ${safe}`,
    'Snapshot creation initiated. Action ID: 7',
    'Waiting for snapshot to complete...',
    `Snapshot details: ${safe} 9 2.5GB`,
    'Snapshot details: x 9',
    'Snapshot log saved to: snapshots/x.json',
    `Resuming the disk snapshot ${safe} started at T; it contains the disk as of that time. Action ID: 7`,
    'Resuming the disk snapshot started at T; it contains the disk as of that time. Action ID: 7',
    'A snapshot of this machine has been under way since T: waiting for that one, a second one would be paid for too. Action ID: 7',
    'The answer was lost, the snapshot is under way. Action ID: 7',
    `The disk snapshot ${safe} started at T has not been waited for since U: it does not contain the disk as it is now. A new one will be taken once it is complete. Action ID: 7`,
    `The disk snapshot ${safe} is kept; its log is snapshots/x.json`,
    `The disk snapshot ${safe} of an earlier run failed (no\\u000aspace). Action ID: 7`,
    'The disk snapshot x of an earlier run failed. Action ID: 7',
    'No success yet: 503. Trying again in 2s...',
    'The machine is busy: 422. Trying again in 1s...',
    'Another process is taking a snapshot of this machine: waiting for it... (If there is none, remove /s/x.lock)',
    `⚠️  NO DISK SNAPSHOT of machine ${safe} WAS COMPLETED, AND THE MACHINE WILL BE DESTROYED ANYWAY: on_failure is "continue".`,
    '',
  ]);
});
