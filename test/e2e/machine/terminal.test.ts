import {stripVTControlCharacters} from 'node:util';
import {expect, onTestFinished, test} from 'vitest';
import {until} from '../../support/processes.js';
import {openTerminal, type Terminal} from '../../support/pty.js';
import {sandbox} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';
import {deployed, EVERYTHING, machineBox} from '../../support/machine/rig.js';

// What a person at a terminal sees and does. With the stand-in for doctl: the program does not matter here.

/** Without `noflsh` the kernel throws away, with Ctrl-C, what was written and not yet read. */
function sit(
  program: string,
  argv: readonly string[],
  options: {env: Record<string, string>; cwd: string},
): Terminal {
  const words = ['-c', 'stty noflsh && exec "$@"', 'sh', program, ...argv];
  const terminal = openTerminal('/bin/sh', words, {cols: 200, ...options});
  let ended = false;
  void terminal.exited.then(() => (ended = true));
  onTestFinished(() => {
    if (!ended) terminal.hangUp();
  });
  return terminal;
}

/**
 * How terraform's words end after Ctrl-C, without where it was and what the command had said. Whether the command was ended
 * by terraform or had ended itself by then is a race of the two.
 */
function closing(screen: string): string[] {
  return stripVTControlCharacters(screen)
    .split('\r\n')
    .map((line) => line.replace(/^[│╷╵] */, '').replace(/^(Error running command).*/, '$1'))
    .filter((line) => /^(Interrupt|Please|Gracefully|Stopping|Error)/.test(line))
    .filter((line) => line !== 'Error: execution halted');
}

const SLEEPER = `resource "terraform_data" "machine" {
  provisioner "local-exec" {
    when    = destroy
    command = "trap '' INT; echo waiting $((1 + 1)); while [ -e main.tf ]; do sleep 0.05; done"
  }
}
`;

testWithTerraform('Ctrl-C stops a destroy as with terraform alone, and the next one resumes', async () => {
  const bare = sandbox({files: {'main.tf': SLEEPER}});
  for (const words of [['init'], ['apply', '-auto-approve']])
    await bare.runWith({program: bare.real}, ...words);
  const alone = sit(bare.real, ['destroy', '-auto-approve'], {env: bare.env, cwd: bare.project});
  await alone.waitFor('waiting 2');
  alone.type('\x03');

  const box = await deployed();
  box.api.course = {polls: Infinity};
  const ours = sit(box.box.shim, ['destroy', '-auto-approve'], {env: box.env, cwd: box.root});
  await ours.waitFor('Waiting for snapshot to complete...');
  await box.untilAsked();
  ours.type('\x03');

  expect(await ours.exited).toEqual(await alone.exited);
  expect(closing(ours.screen())).toEqual(closing(alone.screen()));
  expect(closing(ours.screen())).toEqual([
    'Interrupt received.',
    'Please wait for Terraform to exit or data loss may occur.',
    'Gracefully shutting down...',
    'Stopping operation...',
    'Error: local-exec provisioner error',
    'Error running command',
  ]);
  expect(box.destroyed()).toEqual([]);
  expect(box.state()).toEqual(EVERYTHING);
  // Terraform waits for the shell alone.
  await until(() => box.files().join() === `.pending/digitalocean-${box.dropletId}.json`);

  const [action] = box.api.actions;
  box.api.finish(action?.id ?? 0);
  await box.must('destroy', '-auto-approve');
  expect(box.requests()).toBe(1);
  expect(box.files()).toEqual([`${box.api.snapshots[0]?.name}.json`]);
  expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 1 logged`]);
});

test('on a terminal, the progress of a disk snapshot is one line that is rewritten', async () => {
  const box = await machineBox();
  box.api.course = {polls: 1};
  const argv = ['tm', 'machine', 'snapshot', '-machine-id', box.dropletId, '-name', 'by hand'];
  const terminal = sit(box.box.shim, argv, {env: box.env, cwd: box.root});
  expect(await terminal.exited).toEqual({code: 0, signal: 0});
  const id = box.api.actions[0]?.id;
  const lines = terminal.screen().split('\r\n');
  expect(lines.filter((line) => !line.startsWith('\r'))).toEqual([
    `Creating snapshot of droplet ${box.dropletId}...`,
    'Creating snapshot: by hand',
    `Snapshot creation initiated. Action ID: ${id}`,
    'Waiting for snapshot to complete...',
    '✅ Snapshot created successfully: by hand',
    `Snapshot details: by hand ${box.api.snapshots[0]?.id} 2.5GB`,
    'Snapshot log saved to: snapshots/by hand.json',
    '',
  ]);
  const [status, ...others] = lines.filter((line) => line.startsWith('\r'));
  expect(others).toEqual([]);
  expect(status?.replaceAll('\r\u001B[K', '|')).toMatch(
    /^(\|Snapshot in progress\.\.\. Status: in-progress \(\d+s elapsed\)){2,}$/,
  );
});

test('Ctrl-C ends tm machine snapshot with status 130, and says what carries on', async () => {
  const box = await machineBox();
  box.api.course = {polls: Infinity};
  const argv = [
    'tm',
    'machine',
    'snapshot',
    '-machine-id',
    box.dropletId,
    '-name',
    'mine',
    '-on-failure=continue',
  ];
  const terminal = sit(box.box.shim, argv, {env: box.env, cwd: box.root});
  await terminal.waitFor('in-progress');
  terminal.type('\x03');
  expect(await terminal.exited).toEqual({code: 130, signal: 0});
  expect(terminal.screen().split('\r\n').slice(-3)).toEqual([
    `cloudtm: interrupted. The provider is still making the disk snapshot mine. Action ID: ${box.api.actions[0]?.id}`,
    'Run the same command again within 15 minutes to resume it; terraform tm machine list shows it once it is complete.',
    '',
  ]);
});

test('tm machine snapshot -json prints only the log on stdout', async () => {
  const box = await machineBox();
  const argv = [
    'tm',
    'machine',
    'snapshot',
    `-machine-id=${box.dropletId}`,
    '-machine-name=gpu',
    '-name=x',
    '-json',
  ];
  const {exitCode, stdout, stderr} = await box.run(...argv);
  const {cloudtm, format, ...log} = box.json('snapshots/x.json') as Record<string, unknown>;
  expect([exitCode, cloudtm, format]).toEqual([0, 'machine-image', 1]);
  expect(JSON.parse(stdout)).toEqual({...log, path: `${box.root}/snapshots/x.json`});
  expect(log).toMatchObject({machine: {id: box.dropletId, name: 'gpu'}});
  expect(stderr.split('\n')[0]).toBe(`Creating snapshot of droplet ${box.dropletId}...`);
});
