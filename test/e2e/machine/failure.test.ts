import {expect} from 'vitest';
import {testWithTerraform} from '../../support/scripts.js';
import {deployed, EVERYTHING, gpuDroplet, said, type MachineBox} from '../../support/machine/rig.js';

// What becomes of the destroy when there is no image in time. With the stand-in for doctl: the program does not matter here.

const LOUD = (box: MachineBox): string =>
  `⚠️  NO DISK SNAPSHOT of machine ${box.dropletId} WAS COMPLETED, AND THE MACHINE WILL BE DESTROYED ANYWAY: on_failure is "continue".`;

function timedOut(box: MachineBox): string[] {
  const id = box.api.actions[0]?.id;
  return [
    `cloudtm: disk snapshot of droplet ${box.dropletId} timed out after 3s. It may still complete. Action ID: ${id}`,
    `Look at it with: doctl compute action get ${id}`,
    'Run the same command again within 15 minutes to resume it. After that a new one is taken.',
    'To destroy without it: CLOUDTM_ON_FAILURE=continue terraform destroy',
  ];
}

function expectStopped(box: MachineBox): void {
  expect(box.destroyed()).toEqual([]);
  expect(box.state()).toEqual(EVERYTHING);
  expect(box.logs()).toEqual([]);
}

testWithTerraform(
  'a destroy stops when its time is over, and the next one uses the disk snapshot',
  async () => {
    const box = await deployed(undefined, gpuDroplet('timeout_minutes = 0.05'));
    box.api.course = {polls: Infinity};
    const {exitCode, stdout} = await box.run('destroy', '-auto-approve');
    expect(exitCode).toBe(1);
    expect(said(stdout).slice(-4)).toEqual(timedOut(box));
    expectStopped(box);
    expect(box.files()).toEqual([`.pending/digitalocean-${box.dropletId}.json`]);

    box.api.finish(box.api.actions[0]?.id ?? 0);
    await box.must('destroy', '-auto-approve');
    expect(box.requests()).toBe(1);
    expect(box.files()).toEqual([`${box.api.snapshots[0]?.name}.json`]);
    expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 1 logged`]);
  },
);

const CONTINUE = gpuDroplet('timeout_minutes = 0.05\n  on_failure = "continue"');

testWithTerraform(
  'on_failure "continue" destroys the machine without a disk snapshot, with a clear warning',
  async () => {
    const box = await deployed(undefined, CONTINUE);
    box.api.course = {polls: Infinity};
    const {stdout} = await box.must('destroy', '-auto-approve');
    expect(said(stdout).slice(-5)).toEqual([...timedOut(box), LOUD(box)]);
    expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 0 logged`]);
  },
);

testWithTerraform('CLOUDTM_ON_FAILURE overrides what was applied, either way', async () => {
  const lenient = await deployed(undefined, CONTINUE);
  lenient.api.faults.always('POST', '/v2/droplets/:id/actions', {kind: 'status', status: 403});
  const stopped = await lenient.runWith({CLOUDTM_ON_FAILURE: 'stop'}, 'destroy', '-auto-approve');
  expect(stopped.exitCode).toBe(1);
  expectStopped(lenient);
  // An empty one says nothing.
  const gone = await lenient.runWith({CLOUDTM_ON_FAILURE: ''}, 'destroy', '-auto-approve');
  expect(gone.exitCode).toBe(0);
  expect(said(gone.stdout).at(-1)).toBe(LOUD(lenient));

  const strict = await deployed();
  strict.api.removeDroplet(Number(strict.dropletId));
  const refused = await strict.run('destroy', '-auto-approve');
  expect(refused.exitCode).toBe(1);
  expect(said(refused.stdout).slice(1)).toEqual([
    `cloudtm: there is no droplet ${strict.dropletId}, so no disk snapshot of it can be taken: 404 The resource you were accessing could not be found.`,
    'You may be logged in to another account. If it is gone for good, remove its snapshot_on_destroy from the state (terraform state rm ADDRESS),',
    'or destroy without a disk snapshot of any machine: CLOUDTM_ON_FAILURE=continue terraform destroy',
  ]);
  expectStopped(strict);
  const forced = await strict.runWith({CLOUDTM_ON_FAILURE: 'continue'}, 'destroy', '-auto-approve');
  expect(forced.exitCode).toBe(0);
  expect(said(forced.stdout).at(-1)).toBe(LOUD(strict));
});

testWithTerraform('settings that make no sense stop the destroy before anything is requested', async () => {
  const box = await deployed();
  const {exitCode, stdout} = await box.runWith({CLOUDTM_ON_FAILURE: 'Continue'}, 'destroy', '-auto-approve');
  expect(exitCode).toBe(1);
  expect(said(stdout)).toEqual(['cloudtm: on_failure cannot be "Continue": it must be stop or continue.']);
  expect(box.api.requests).toEqual([]);
  expectStopped(box);
});
