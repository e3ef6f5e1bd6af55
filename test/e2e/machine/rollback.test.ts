import {existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {temporaryFolder} from '../../support/folder.js';
import {writeLog} from '../../support/machine/logs.js';
import {testWithTerraform} from '../../support/scripts.js';
import {deployed, gpuDroplet, machineBox, type MachineBox} from '../../support/machine/rig.js';

const LATEST = gpuDroplet('restore_from = "latest"');
const FRESH = gpuDroplet();

/** What a rollback says where an image belongs to its version. */
function belongs(image: {name: string; id: string; completed: string}): string {
  return `Snapshots of machines that belong to v1:
  my-gpu-droplet: ${image.name} (id ${image.id}), completed ${image.completed.slice(0, 19).replace('T', ' ')} +0000
A machine that is created now boots from one where its configuration says so: the variable restore_from of
the module gpu_droplet, as in -var restore_from=${image.id}
`;
}

interface Log {
  readonly image: {readonly name: string; readonly id: string};
  readonly completed: string;
}

function logOf(box: MachineBox, file: string) {
  const {image, completed} = box.json(join('snapshots', file)) as Log;
  return {...image, completed};
}

/** The ids of all images with a log in the project, in the order of those. */
function idsIn(box: MachineBox): string[] {
  return box
    .logs()
    .map((file) => logOf(box, file).id)
    .sort((a, b) => Number(a) - Number(b));
}

/**
 * A version whose droplet boots from the latest image, which was destroyed with an image of it.
 *
 * @param prepare Called when the project is initialized.
 */
async function destroyed(
  env: Record<string, string> = {},
  prepare: (box: MachineBox) => Promise<void> = () => Promise.resolve(),
  workspace = 'default',
): Promise<MachineBox> {
  const box = await machineBox(undefined, LATEST);
  Object.assign(box.env, env);
  await box.must('init');
  await prepare(box);
  writeLog(join(box.root, 'snapshots'), {
    image: {id: '55', name: 'of yesterday'},
    machine: {id: '54', name: 'my-gpu-droplet'},
    completed: '2020-01-01T00:00:00Z',
    workspace,
  });
  await box.must('apply', '-auto-approve');
  await box.must('destroy', '-auto-approve');
  return box;
}

/** What the droplet in a folder's state booted from. */
function bootedFrom(folder: string): unknown {
  const state = JSON.parse(readFileSync(join(folder, 'terraform.tfstate'), 'utf8')) as {
    outputs: {image: {value: unknown}};
  };
  return state.outputs.image.value;
}

/** The root module's copy of a rollback. */
function copyIn(store: string): string {
  return join(store, 'rollback', 'examples', 'mine');
}

/** The root module's copies anywhere below a store. */
function copiesBelow(store: string): string[] {
  return readdirSync(store, {recursive: true, encoding: 'utf8'})
    .filter((path) => path.endsWith('examples/mine') && path.includes('rollback'))
    .map((path) => join(store, path));
}

/** The names of all files in a folder of logs. */
function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
}

describe('an isolated rollback', () => {
  testWithTerraform(
    "an isolated rollback names the version's disk snapshot, boots from the latest, and logs the next one in the project",
    async () => {
      const box = await destroyed();
      const [first = ''] = box.logs();
      const image = logOf(box, first);
      expect(image.name).toMatch(/^my-gpu-droplet-snapshot-/);
      const there = await box.run('tm', 'rollback', '--to', 'v1');
      expect(there).toMatchObject({exitCode: 0, stderr: ''});
      expect(there.stdout).toContain(`Found version v1\n${belongs(image)}`);
      const copy = copyIn(join(box.root, '.cloudtm'));
      expect(bootedFrom(copy)).toBe(image.id);
      expect(filesIn(join(copy, 'snapshots'))).toEqual([first, 'of yesterday.json']);

      const back = await box.run('tm', 'rollback', '--del');
      expect(back).toMatchObject({exitCode: 0, stderr: ''});
      expect(existsSync(copy)).toBe(false);
      const [, second] = box.api.snapshots;
      expect(idsIn(box)).toEqual(['55', image.id, second?.id]);
      expect(box.pending()).toEqual([]);
    },
  );

  testWithTerraform(
    'an isolated rollback finds disk snapshots with a store elsewhere, in a workspace, and where snapshots is a link',
    async () => {
      const store = temporaryFolder();
      const prepare = async (made: MachineBox) => {
        await made.must('workspace', 'new', 'dev');
        mkdirSync(join(made.box.project, 'shared'));
        symlinkSync('../../shared', join(made.root, 'snapshots'));
      };
      const box = await destroyed({CLOUDTM_DIR: store}, prepare, 'dev');
      const [first = ''] = box.logs();
      const image = logOf(box, first);
      const there = await box.run('tm', 'rollback', '--to', 'v1');
      expect(there).toMatchObject({exitCode: 0, stderr: ''});
      expect(there.stdout).toContain(belongs(image));
      const [copy = ''] = copiesBelow(store);
      expect(bootedFrom(join(copy, 'terraform.tfstate.d', 'dev'))).toBe(image.id);
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
      expect(copiesBelow(store)).toEqual([]);
      expect(idsIn(box)).toEqual(['55', image.id, box.api.snapshots[1]?.id]);
    },
  );

  testWithTerraform('an isolated rollback can be promoted whatever logs were copied for it', async () => {
    const box = await destroyed();
    const before = filesIn(join(box.root, 'snapshots'));
    await box.must('tm', 'rollback', '--to', 'v1');
    const done = await box.run('tm', 'rollback', '--promote', '-auto-approve');
    expect(done).toMatchObject({exitCode: 0});
    expect(done.stdout).not.toContain('snapshots/');
    expect(filesIn(join(box.root, 'snapshots'))).toEqual(before);
    expect(bootedFrom(box.root)).toBe(logOf(box, before[0] ?? '').id);
  });
});

describe('an in-place rollback', () => {
  testWithTerraform(
    "an in-place rollback names the version's disk snapshot, and leaves all logs alone",
    async () => {
      const box = await deployed(undefined, FRESH);
      const none = await box.run('tm', 'rollback', '--to', 'v1', '--in-place', '-plan');
      expect(none).toMatchObject({exitCode: 0, stderr: ''});
      expect(none.stdout).not.toMatch(/snapshots? of machines|restore_from/i);

      const other = String(box.api.addDroplet({name: 'my-gpu-droplet'}).id);
      writeFileSync(join(box.root, 'droplet-id'), other);
      await box.must('apply', '-auto-approve');
      expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 1 logged`]);
      const [first = ''] = box.logs();
      const image = logOf(box, first);

      const back = await box.run('tm', 'rollback', '--to', 'v1', '--in-place', '-auto-approve');
      expect(back.exitCode).toBe(0);
      expect(back.stdout).toContain(`Found version v1\n${belongs(image)}`);
      expect(box.destroyed()).toEqual([`droplet ${box.dropletId}, 1 logged`, `droplet ${other}, 2 logged`]);
      // The second one is of the droplet that was given up for the first one.
      expect(idsIn(box)).toEqual(box.api.snapshots.map(({id}) => id));
      expect(box.api.snapshots.map(({resourceId}) => resourceId)).toEqual([box.dropletId, other]);
      const shown = await box.run('tm', 'show', 'v1');
      expect(shown.stdout).toContain(`\nSnapshots of its machines:\n  ${image.name} (id ${image.id})`);
      expect(shown.stdout).not.toContain('Not kept');
    },
  );
});
