import {existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {writeLog} from '../support/machine/logs.js';
import {testWithTerraform} from '../support/scripts.js';
import {gpuDroplet, machineBox, type MachineBox} from './machine-rig.js';

const LATEST = gpuDroplet('restore_from = "latest"');

/** What a rollback says where an image belongs to its version. */
function belongs(image: {name: string; id: string; completed: string}): string {
  return `Snapshots of machines that belong to v1:
  my-gpu-droplet: ${image.name} (id ${image.id}), completed ${image.completed.replace('T', ' ')}
A machine that is created now boots from one where its configuration says so: the variable restore_from of
the module gpu_droplet, as in -var restore_from=${image.id}
`;
}

/** The log of the only image there is, or of the one of this name. */
function logOf(box: MachineBox, name?: string) {
  const file = box.logs().find((each) => name === undefined || each === `${name}.json`) ?? '';
  const log = box.json(join('snapshots', file)) as {image: {name: string; id: string}; completed: string};
  return {...log.image, completed: log.completed};
}

/** A version with a droplet, which was destroyed with an image of it. Its version boots from the latest. */
async function destroyed(env: Record<string, string> = {}): Promise<MachineBox> {
  const box = await machineBox(undefined, LATEST);
  Object.assign(box.env, env);
  writeLog(join(box.root, 'snapshots'), {
    image: {id: '55', name: 'of yesterday'},
    machine: {id: '54', name: 'my-gpu-droplet'},
  });
  await box.must('init');
  await box.must('apply', '-auto-approve');
  await box.must('destroy', '-auto-approve');
  return box;
}

function outputs(folder: string): unknown {
  const state = JSON.parse(readFileSync(join(folder, 'terraform.tfstate'), 'utf8')) as {
    outputs: {image: {value: unknown}};
  };
  return state.outputs.image.value;
}

/** The names of all files below a folder called `snapshots`. */
function logsBelow(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, {recursive: true, encoding: 'utf8'})
        .filter((path) => /(^|\/)snapshots\/[^/]+\.json$/.test(path))
        .sort()
    : [];
}

describe('an isolated rollback', () => {
  testWithTerraform(
    'says which image belongs to the version, boots from the latest, and logs the next one in the project',
    async () => {
      const box = await destroyed();
      const image = logOf(
        box,
        box
          .logs()
          .find((name) => name.startsWith('my-gpu'))
          ?.replace(/\.json$/, ''),
      );
      const before = box.logs();
      expect(before).toHaveLength(2);
      const again = String(box.api.addDroplet({name: 'my-gpu-droplet'}).id);
      box.api.removeDroplet(Number(box.dropletId));

      const there = await box.run('tm', 'rollback', '--to', 'v1');
      expect(there).toMatchObject({exitCode: 0, stderr: ''});
      expect(there.stdout).toContain(`Found version v1\n${belongs(image)}`);
      const folder = join(box.root, '.cloudtm', 'rollback');
      const copied = readdirSync(folder, {recursive: true, encoding: 'utf8'});
      const root = join(
        folder,
        copied.find((path) => path.endsWith('main.tf') && !path.includes('modules'))!,
        '..',
      );
      expect(outputs(root)).toBe(image.id);
      expect(logsBelow(root)).toEqual(before.map((name) => `snapshots/${name}`));

      // The droplet it has is the one of the file droplet-id, which is gone.
      const refused = await box.run('tm', 'rollback', '--del');
      expect(refused.exitCode).toBe(1);
      expect(box.logs()).toEqual(before);
      expect(again).not.toBe(box.dropletId);
    },
  );
});
