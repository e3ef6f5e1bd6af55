import {stripVTControlCharacters} from 'node:util';
import {expect, onTestFinished} from 'vitest';
import {doctls} from '../support/machine/doctl.js';
import {openTerminal, type Terminal} from '../support/pty.js';
import {sandbox} from '../support/sandbox.js';
import {testWithTerraform} from '../support/scripts.js';
import {deployed, EVERYTHING, type MachineBox} from './machine-rig.js';

function sit(
  program: string,
  argv: readonly string[],
  options: {env: Record<string, string>; cwd: string},
): Terminal {
  const terminal = openTerminal('/bin/sh', ['-c', 'stty noflsh && exec "$@"', 'sh', program, ...argv], {
    cols: 200,
    ...options,
  });
  let ended = false;
  void terminal.exited.then(() => (ended = true));
  onTestFinished(() => {
    if (!ended) terminal.hangUp();
  });
  return terminal;
}

testWithTerraform('x', async () => {
  const box = await deployed();
  box.api.course = {polls: Infinity};
  const t = sit(box.box.shim, ['destroy', '-auto-approve'], {env: box.env, cwd: box.root});
  await t.waitFor('Waiting for snapshot');
  await box.untilAsked();
  t.type('\x03');
  console.log(await t.exited, t.screen().slice(t.screen().indexOf('Executing')));
  const bare = sandbox({
    files: {
      'main.tf': `resource "terraform_data" "x" {\n provisioner "local-exec" {\n when = destroy\n command = "echo Waiting; exec sleep 1000"\n}\n}\n`,
    },
  });
  await bare.run('init');
  await bare.run('apply', '-auto-approve');
  const u = sit(bare.real, ['destroy', '-auto-approve'], {env: bare.env, cwd: bare.project});
  await u.waitFor('): \x1b[0m\x1b[0mWaiting').catch(() => u.waitFor('Waiting'));
  u.type('\x03');
  console.log(await u.exited, u.screen().slice(u.screen().indexOf('Executing')));
  console.log(box.pending());
});
