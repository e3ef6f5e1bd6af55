import {expect} from 'vitest';
import {testWithTerraform} from '../../support/scripts.js';
import {deployed} from '../../support/machine/rig.js';

const MODULE = 'module.gpu_droplet.module.snapshot_on_destroy.terraform_data.snapshot';

testWithTerraform(
  'tm doctor warns about a machine that would be destroyed without a disk snapshot, and its advice helps',
  async () => {
    const box = await deployed();
    expect((await box.run('tm', 'doctor')).stdout).not.toContain('snapshot');
    await box.must('taint', MODULE);
    const {stdout, exitCode} = await box.run('tm', 'doctor');
    expect(stdout).toMatch(new RegExp(`^warning +snapshots +${MODULE} is tainted`, 'm'));
    expect(stdout).toContain(`terraform untaint ${MODULE}\n`);
    expect(exitCode).toBe(0);
    await box.must('untaint', MODULE);
    expect((await box.run('tm', 'doctor')).stdout).not.toContain('snapshot');
  },
);

testWithTerraform('tm doctor says that the program needed to destroy a machine is missing', async () => {
  const box = await deployed();
  const {stdout} = await box.runWith({PATH: box.box.env.PATH ?? ''}, 'tm', 'doctor');
  expect(stdout).toMatch(
    /^warning +snapshots +doctl is not installed: no machine of digitalocean could be destroyed$/m,
  );
});
