import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'vitest';
import {testWithTerraform} from '../../support/scripts.js';
import {
  deployed,
  EVERYTHING,
  gpuDroplet,
  machineBox,
  said,
  type MachineBox,
} from '../../support/machine/rig.js';

// All the ways in which terraform comes to destroy a machine. With the stand-in for doctl: the program does not matter here.

const DROPLET = 'module.gpu_droplet.terraform_data.gpu';

/** One image of the first droplet, logged before the droplet went. */
function expectImage(box: MachineBox, root = '.'): void {
  expect(box.requests()).toBe(1);
  const names = box.api.snapshots.map(({name}) => `${name}.json`);
  expect(box.files(join(root, 'snapshots'))).toEqual(names);
  expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 1 logged`]);
}

testWithTerraform('a destroy of the droplet alone takes a disk snapshot', async () => {
  const box = await deployed();
  await box.must('destroy', '-auto-approve', `-target=${DROPLET}`);
  expectImage(box);
});

testWithTerraform('a replacement in an apply takes a disk snapshot of the old droplet', async () => {
  const box = await deployed();
  const {id} = box.api.addDroplet({name: 'my-gpu-droplet'});
  writeFileSync(join(box.root, 'droplet-id'), String(id));
  await box.must('apply', '-auto-approve');
  expectImage(box);
  expect(box.api.actions.map(({dropletId}) => String(dropletId))).toEqual([box.dropletId]);
  expect(box.state()).toEqual(EVERYTHING);
});

testWithTerraform(
  'a saved plan takes a disk snapshot when it is applied, and none when it is created',
  async () => {
    const box = await deployed();
    await box.must('plan', '-destroy', '-out=saved.tfplan');
    expect(box.api.requests).toEqual([]);
    await box.must('apply', 'saved.tfplan');
    expectImage(box);
  },
);

testWithTerraform('with disk snapshots turned off nothing is asked, and doctl is not needed', async () => {
  const box = await deployed('none', gpuDroplet().replace('_on_destroy = true', '_on_destroy = false'));
  const {stdout} = await box.must('destroy', '-auto-approve');
  expect(said(stdout)).toEqual([]);
  expect(box.api.requests).toEqual([]);
  expect(box.files()).toEqual([]);
  expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 0 logged`]);
});

testWithTerraform('the log of a disk snapshot names another workspace', async () => {
  const box = await machineBox();
  await box.must('init');
  await box.must('workspace', 'new', 'staging');
  await box.must('apply', '-auto-approve');
  await box.must('destroy', '-auto-approve');
  expectImage(box);
  expect(box.json(`snapshots/${box.logs()[0]}`)).toMatchObject({workspace: 'staging'});
});

testWithTerraform('disk snapshots work from another folder, with -chdir and with TF_CLI_ARGS', async () => {
  const box = await deployed();
  const elsewhere = {
    cwd: box.box.folder,
    env: {...box.env, TF_CLI_ARGS: '-no-color', TF_CLI_ARGS_destroy: '-auto-approve -parallelism=1'},
  };
  const outcome = await box.box.runWith(elsewhere, `-chdir=${box.root}`, 'destroy');
  expect(outcome.exitCode).toBe(0);
  expect(said(outcome.stdout)).toContain(`Snapshot log saved to: snapshots/${box.logs()[0]}`);
  expectImage(box);
});

testWithTerraform('the log of a disk snapshot names the commit', async () => {
  const box = await deployed();
  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], {
      cwd: box.root,
      env: box.env,
      encoding: 'utf8',
    }).trim();
  git('init', '-q', '-b', 'main');
  git('add', 'main.tf', 'droplet-id');
  git('commit', '-qm', 'first');
  await box.must('destroy', '-auto-approve');
  expect(box.json(`snapshots/${box.logs()[0]}`)).toMatchObject({
    git: {commit: git('rev-parse', 'HEAD'), branch: 'main'},
  });
});

testWithTerraform('two droplets in one destroy get a disk snapshot each, at the same time', async () => {
  const box = await machineBox(undefined, TWO);
  box.api.addDroplet({name: 'other'});
  await box.must('init');
  await box.must('apply', '-auto-approve');
  await box.must('destroy', '-auto-approve');
  expect(box.requests()).toBe(2);
  expect(box.files()).toEqual(['droplet-386734001.json', 'droplet-386734002.json']);
});

const TWO = `module "snapshot" {
  for_each = toset(["386734001", "386734002"])
  source   = "../../modules/snapshot_on_destroy"

  machine_id                 = each.key
  machine_name               = "gpu"
  snapshot_name              = "droplet-\${each.key}"
  create_snapshot_on_destroy = true
}
`;

testWithTerraform('logs are written to another folder, relative or absolute', async () => {
  for (const directory of ['kept/images/', 'ABSOLUTE']) {
    const box = await machineBox();
    const folder = directory === 'ABSOLUTE' ? join(box.box.folder, 'images of "mine"') : directory;
    const quoted = JSON.stringify(folder);
    writeFileSync(join(box.root, 'main.tf'), gpuDroplet(`snapshot_directory = ${quoted}`));
    mkdirSync(join(box.root, 'kept'));
    await box.must('init');
    await box.must('apply', '-auto-approve');
    const {stdout} = await box.must('destroy', '-auto-approve');
    const name = box.api.snapshots[0]?.name ?? '';
    expect(said(stdout).at(-1)).toBe(`Snapshot log saved to: ${folder.replace(/\/$/, '')}/${name}.json`);
    expect(box.files(folder.startsWith('/') ? join('../../..', 'images of "mine"') : folder)).toEqual([
      `${name}.json`,
    ]);
  }
});
