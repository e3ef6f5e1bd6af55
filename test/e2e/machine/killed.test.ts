import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {doctls} from '../../support/machine/doctl.js';
import {childrenOf, isAlive, until, type ProcessInfo} from '../../support/processes.js';
import {testWithTerraform} from '../../support/scripts.js';
import {deployed, EVERYTHING, said, type MachineBox} from '../../support/machine/rig.js';

// A destroy that is killed while it waits for its image, and what the next one makes of that.

/** A process and all below it, parents first. */
function tree(pid: number): ProcessInfo[] {
  return childrenOf(pid).flatMap((child) => [child, ...tree(child.pid)]);
}

/** A destroy that waits for an image which does not come to an end by itself. */
async function waiting(
  box: MachineBox,
): Promise<{pid: number; all: ProcessInfo[]; terraform: number; snapshot: number}> {
  box.api.course = {polls: Infinity};
  const {pid = 0} = box.start('destroy', '-auto-approve');
  await box.untilAsked();
  const all = [{pid, args: []}, ...tree(pid)];
  const find = (isIt: (info: ProcessInfo) => boolean): number => all.find(isIt)?.pid ?? 0;
  return {
    pid,
    all,
    terraform: find(({args}) => args[0] === box.box.real),
    snapshot: find(({args}) => args.includes('machine') && args.includes('snapshot')),
  };
}

async function kill(...pids: readonly number[]): Promise<void> {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await until(() => pids.every((pid) => !isAlive(pid)));
}

/** What is there after a wait that did not come to its end: nothing destroyed, and the image's action noted. */
function expectPending(box: MachineBox): void {
  expect(box.destroyed()).toEqual([]);
  expect(box.state()).toEqual(EVERYTHING);
  expect(box.pending()).toMatchObject([
    {machineId: box.dropletId, action: {id: String(box.api.actions[0]?.id)}},
  ]);
  expect(box.logs()).toEqual([]);
}

/** The next destroy goes on with the image of the first, which is complete by now. */
async function expectOneImage(box: MachineBox): Promise<void> {
  const [action] = box.api.actions;
  if (action?.status === 'in-progress') box.api.finish(action.id);
  const {stdout} = await box.must('destroy', '-auto-approve');
  const [snapshot] = box.api.snapshots;
  expect(said(stdout)).toEqual([
    `Creating snapshot of droplet ${box.dropletId} before destruction...`,
    expect.stringMatching(
      `^Resuming the disk snapshot ${snapshot?.name} started at [-\\d]+ [:\\d]+ [+-]\\d{4}; it contains the disk as of that time\\. Action ID: ${action?.id}$`,
    ),
    'Waiting for snapshot to complete...',
    `✅ Snapshot created successfully: ${snapshot?.name}`,
    `Snapshot details: ${snapshot?.name} ${snapshot?.id} 2.5GB`,
    `Snapshot log saved to: snapshots/${snapshot?.name}.json`,
  ]);
  expect(box.requests()).toBe(1);
  expect(box.api.snapshots).toHaveLength(1);
  expect(box.files()).toEqual([`${snapshot?.name}.json`]);
  expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 1 logged`]);
}

describe.each(doctls())('with the $name doctl', (doctl) => {
  testWithTerraform(
    'after a destroy was killed while it waited, the next one resumes with its disk snapshot',
    async () => {
      const box = await deployed(doctl);
      const {all} = await waiting(box);
      await kill(...all.map(({pid}) => pid));
      expectPending(box);
      await expectOneImage(box);
    },
  );

  testWithTerraform('the process that waits for a disk snapshot stops when terraform is killed', async () => {
    const box = await deployed(doctl);
    const {terraform, snapshot} = await waiting(box);
    await kill(terraform);
    await until(() => !isAlive(snapshot));
    expectPending(box);
    expect(box.files()).toEqual([`.pending/digitalocean-${box.dropletId}.json`]);
    await expectOneImage(box);
  });
});

testWithTerraform(
  'the process that waits for a disk snapshot stops when none of its parents is left',
  async () => {
    const box = await deployed();
    const {pid, terraform, snapshot} = await waiting(box);
    await kill(pid);
    process.kill(terraform, 'SIGKILL');
    await until(() => !isAlive(snapshot));
    expectPending(box);
    await expectOneImage(box);
  },
);

testWithTerraform(
  'after a destroy was killed before its request was answered, the next one finds what was started',
  async () => {
    const box = await deployed();
    box.api.course = {polls: Infinity};
    box.api.faults.next('POST', '/v2/droplets/:id/actions', {kind: 'hang', effect: 'after'});
    const {pid = 0} = box.start('destroy', '-auto-approve');
    await until(() => box.api.hanging() === 1);
    await kill(...[pid, ...tree(pid).map((child) => child.pid)]);
    expect(box.pending()).toMatchObject([{machineId: box.dropletId}]);
    expect(box.pending()).not.toMatchObject([{action: {}}]);
    await expectOneImage(box);
  },
);

testWithTerraform('two simultaneous requests for one droplet make one disk snapshot', async () => {
  const box = await deployed();
  box.api.course = {polls: Infinity};
  const snapshot = ['tm', 'machine', 'snapshot', '-machine-id', box.dropletId];
  const first = box.box.finish(box.start(...snapshot));
  await box.untilAsked();
  const second = box.start(...snapshot);
  let shown = '';
  second.stdout?.setEncoding('utf8').on('data', (text: string) => (shown += text));
  const ended = box.box.finish(second);
  await until(() => shown.includes('Another process'));
  box.api.finish(box.api.actions[0]?.id ?? 0);
  const [one, other] = await Promise.all([first, ended]);
  const name = box.api.snapshots[0]?.name;
  const closing = `Snapshot details: ${name} ${box.api.snapshots[0]?.id} 2.5GB\nSnapshot log saved to: snapshots/${name}.json\n`;
  expect([one.exitCode, one.stdout.slice(-closing.length)]).toEqual([0, closing]);
  const lock = join(box.root, 'snapshots', '.pending', `digitalocean-${box.dropletId}.lock`);
  expect(other).toEqual({
    exitCode: 0,
    stdout:
      `Creating snapshot of droplet ${box.dropletId}...\n` +
      `Another process is taking a snapshot of this machine: waiting for it... (If there is none, remove ${lock})\n${closing}`,
    stderr: '',
  });
  expect(box.requests()).toBe(1);
  expect(box.files()).toEqual([`${name}.json`]);
});

testWithTerraform('a disk snapshot that was started elsewhere is waited for', async () => {
  const box = await deployed();
  box.api.course = {polls: 2};
  const {id} = box.api.begin(Number(box.dropletId), 'snapshot', 'by hand');
  const {stdout} = await box.must('destroy', '-auto-approve');
  expect(said(stdout).slice(1, 4)).toEqual([
    expect.stringMatching(
      `^A snapshot of this machine has been under way since [-\\d]+ [:\\d]+ [+-]\\d{4}: waiting for that one, a second one would be paid for too\\. Action ID: ${id}$`,
    ),
    'Waiting for snapshot to complete...',
    '✅ Snapshot created successfully: by hand',
  ]);
  expect(box.requests()).toBe(0);
  expect(box.files()).toEqual(['by hand.json']);
});
