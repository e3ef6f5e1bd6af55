import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {doctls} from '../../support/machine/doctl.js';
import {testWithTerraform} from '../../support/scripts.js';
import {deployed, gpuDroplet, said, type MachineBox} from '../../support/machine/rig.js';

// The document's two scenarios, as its user runs them.

const RESTORABLE = 'variable "restore_from" {\n  default = ""\n}\n';
const AUTOMATIC = gpuDroplet('restore_from = var.restore_from') + RESTORABLE;
const OWN =
  gpuDroplet('snapshot_name = "my-trained-model-backup"\n  restore_from = var.restore_from') + RESTORABLE;

const NOTHING_DEPLOYED =
  'cloudtm: nothing is deployed any more (0 added, 0 changed, 2 destroyed), v1 is now inactive\n';

/** What the document shows, for the newest image of the mock's. */
function told(box: MachineBox, name: string, log = `${name}.json`): string[] {
  const action = box.api.actions.at(-1);
  const snapshot = box.api.snapshots.at(-1);
  return [
    `Creating snapshot of droplet ${action?.dropletId} before destruction...`,
    `Creating snapshot: ${name}`,
    `Snapshot creation initiated. Action ID: ${action?.id}`,
    'Waiting for snapshot to complete...',
    `✅ Snapshot created successfully: ${name}`,
    `Snapshot details: ${name} ${snapshot?.id} ${snapshot?.sizeGigabytes}GB`,
    `Snapshot log saved to: snapshots/${log}`,
  ];
}

describe.each(doctls())('with the $name doctl', (doctl) => {
  testWithTerraform(
    'destroy takes a disk snapshot with an automatic name, and the next apply boots from it',
    async () => {
      const box = await deployed(doctl, AUTOMATIC);
      const outcome = await box.run('destroy', '-auto-approve');
      expect([outcome.exitCode, outcome.stderr]).toEqual([0, NOTHING_DEPLOYED]);
      const [action] = box.api.actions;
      const [snapshot] = box.api.snapshots;
      const name = snapshot?.name ?? '';
      expect(name).toMatch(/^my-gpu-droplet-snapshot-\d{8}-\d{6}$/);
      expect(said(outcome.stdout)).toEqual(told(box, name));
      expect(box.files()).toEqual([`${name}.json`]);
      expect(box.json(`snapshots/${name}.json`)).toEqual({
        cloudtm: 'machine-image',
        format: 1,
        provider: 'digitalocean',
        machine: {id: box.dropletId, name: 'my-gpu-droplet', region: 'tor1', size: 's-1vcpu-1gb'},
        image: {id: snapshot?.id, name, sizeGb: 2.5, monthlyCost: 0.13},
        action: String(action?.id),
        started: action?.startedAt,
        completed: action?.completedAt,
        workspace: 'default',
        cloudtmVersion: '0.1.0',
        git: null,
      });
      expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 1 logged`]);

      const again = box.api.addDroplet({name: 'my-gpu-droplet'});
      writeFileSync(join(box.root, 'droplet-id'), String(again.id));
      await box.must('apply', '-auto-approve', '-var=restore_from=latest');
      expect((await box.must('output', '-raw', 'image')).stdout).toBe(snapshot?.id);
    },
  );

  testWithTerraform(
    "destroy takes a disk snapshot with the user's name, and never replaces its log",
    async () => {
      const box = await deployed(doctl, OWN);
      const name = 'my-trained-model-backup';
      const outcome = await box.run('destroy', '-auto-approve');
      expect([outcome.exitCode, outcome.stderr]).toEqual([0, NOTHING_DEPLOYED]);
      expect(said(outcome.stdout)).toEqual(told(box, name));
      expect(box.files()).toEqual([`${name}.json`]);
      const first = box.json(`snapshots/${name}.json`);

      const again = box.api.addDroplet({name: 'my-gpu-droplet'});
      writeFileSync(join(box.root, 'droplet-id'), String(again.id));
      await box.must('apply', '-auto-approve', '-var=restore_from=latest');
      const second = await box.must('destroy', '-auto-approve', '-var=restore_from=latest');
      expect(said(second.stdout)).toEqual(told(box, name, `${name}-2.json`));
      expect(box.files()).toEqual([`${name}-2.json`, `${name}.json`]);
      expect(box.json(`snapshots/${name}.json`)).toEqual(first);
      expect(box.json(`snapshots/${name}-2.json`)).toMatchObject({
        machine: {id: String(again.id)},
        image: {id: box.api.snapshots[1]?.id, name},
      });
      expect(box.destroyed()).toEqual([
        `droplet ${box.dropletId}, 1 logged`,
        `droplet ${again.id}, 2 logged`,
      ]);
      expect(box.requests()).toBe(2);
    },
  );
});
