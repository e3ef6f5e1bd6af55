import {describe, expect} from 'vitest';
import {doctls} from '../support/machine/doctl.js';
import {testWithTerraform} from '../support/scripts.js';
import {deployed, gpuDroplet, said} from './machine-rig.js';

describe.each(doctls())('with the $name doctl', (doctl) => {
  testWithTerraform(
    'destroy takes an image with an automatic name, and the next apply boots from it',
    async () => {
      const box = await deployed(
        doctl,
        gpuDroplet('restore_from = var.restore_from') + 'variable "restore_from" {\n  default = ""\n}\n',
      );
      const outcome = await box.run('destroy', '-auto-approve');
      expect(outcome.stderr).toBe(
        'cloudtm: nothing is deployed any more (0 added, 0 changed, 2 destroyed), v1 is now inactive\n',
      );
      expect(outcome.exitCode).toBe(0);
      const [log = ''] = box.logs();
      expect(box.logs()).toHaveLength(1);
      const name = log.replace(/\.json$/, '');
      expect(name).toMatch(/^my-gpu-droplet-snapshot-\d{8}-\d{6}$/);
      const [action] = box.api.actions;
      const [snapshot] = box.api.snapshots;
      expect(said(outcome.stdout)).toEqual([
        `Creating snapshot of droplet ${box.dropletId} before destruction...`,
        `Creating snapshot: ${name}`,
        `Snapshot creation initiated. Action ID: ${action?.id}`,
        'Waiting for snapshot to complete...',
        `✅ Snapshot created successfully: ${name}`,
        `Snapshot details: ${name} ${snapshot?.id} ${snapshot?.size_gigabytes}GB`,
        `Snapshot log saved to: snapshots/${log}`,
      ]);
      expect(box.destroyed()).toEqual([`droplet ${box.dropletId}`]);
      expect(box.pending()).toEqual([]);
    },
  );
});
