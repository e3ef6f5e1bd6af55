import {readFileSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {awsEnvironment, missingForEc2, startMotoEc2} from '../../support/machine/ec2.js';
import {realTerraform} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';
import {machineBox, said, type MachineBox} from '../../support/machine/rig.js';

/** A machine of some provider with the module beside it. */
function machine(provider: string, id: string): string {
  return `resource "terraform_data" "machine" {
  input = "${id}"
  provisioner "local-exec" {
    when        = destroy
    command     = "printenv ID >>destroyed"
    environment = { ID = self.output }
  }
}

module "image" {
  source = "../../modules/snapshot_on_destroy"

  machine_id                 = terraform_data.machine.output
  machine_name               = "web"
  machine_provider           = "${provider}"
  create_snapshot_on_destroy = true
}
`;
}

async function destroyed(box: MachineBox): Promise<{text: string; name: string}> {
  await box.must('init');
  await box.must('apply', '-auto-approve', '-no-color');
  const {stdout} = await box.must('destroy', '-auto-approve', '-no-color');
  const [log = ''] = box.logs();
  return {text: stdout, name: log.replace(/\.json$/, '')};
}

function machineCommand(box: MachineBox, ...words: string[]) {
  return box.runWith({TZ: 'UTC'}, 'tm', 'machine', ...words);
}

const missing = realTerraform === undefined ? 'there is no terraform' : missingForEc2();
describe.skipIf(missing !== undefined)('with moto and the real aws', () => {
  test("with the real aws, destroy makes an AMI, list shows it, and delete removes its disks' snapshots as well", async () => {
    const moto = await startMotoEc2();
    try {
      const id = await moto.runInstance('web');
      const disks = await moto.snapshots();
      const box = await machineBox(undefined, machine('aws', id));
      const {PATH: found = '', ...aws} = awsEnvironment(moto.url, join(box.box.folder, 'home'));
      Object.assign(box.env, aws, {PATH: `${box.env.PATH}${delimiter}${found.split(delimiter)[0]}`});
      const {text, name} = await destroyed(box);
      expect(name).toMatch(/^web-snapshot-\d{8}-\d{6}$/);
      expect(box.destroyed()).toEqual([id]);
      const log = box.json(`snapshots/${name}.json`) as {image: {id: string}};
      expect(log).toMatchObject({
        provider: 'aws',
        machine: {id, name: 'web', region: 'eu-central-1', size: 't3.micro'},
        image: {id: expect.stringMatching(/^ami-/) as string, name},
      });
      expect(said(text).at(-1)).toBe(`Snapshot log saved to: snapshots/${name}.json`);
      expect(await moto.snapshots()).toHaveLength(disks.length + 1);

      const listed = await machineCommand(box, 'list', '-json');
      expect(listed).toMatchObject({exitCode: 0, stderr: ''});
      expect(JSON.parse(listed.stdout)).toMatchObject([
        {status: 'present', provider: 'aws', id: log.image.id, name, machine: {id, name: 'web'}},
      ]);
      const deleted = await machineCommand(box, 'delete', name, '-yes');
      expect(deleted).toMatchObject({exitCode: 0, stderr: ''});
      expect(deleted.stdout).toContain(`\nDeleted ${name} (${log.image.id})\n`);
      expect(await moto.snapshots()).toEqual(disks);
      expect(await machineCommand(box, 'list', '-provider', 'aws')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^There are no snapshots of machines yet\./) as string,
        stderr: '',
      });
    } finally {
      await moto.stop();
    }
  });
});

/** Images as a user's own program keeps them: in the file `cloud`, which it writes beside itself. */
const PROGRAM = `
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
const {request, id, machine, imageName, image} = JSON.parse(readFileSync(0, 'utf8'));
const images = existsSync('cloud') ? JSON.parse(readFileSync('cloud', 'utf8')) : [];
const keep = (list) => writeFileSync('cloud', JSON.stringify(list));
const now = new Date().toISOString();
const action = () => ({id: 'action of ' + images[0].id, status: 'completed', startedAt: now, completedAt: now, imageId: images[0].id});
const answers = {
  machine: () => ({machine: {id, name: 'web', region: 'cellar', size: 'old'}}),
  request: () => {
    images.unshift({id: 'image ' + (images.length + 1), name: imageName, machineId: machine.id, createdAt: now, sizeGb: 4});
    keep(images);
    return {action: action()};
  },
  action: () => ({action: action()}),
  actions: () => ({actions: []}),
  image: () => ({image: images.find((each) => each.id === id) ?? null}),
  images: () => ({images}),
  remove: () => {
    keep(images.filter((each) => each.id !== image.id));
    return {};
  },
};
console.log(JSON.stringify(answers[request]()));
`;

testWithTerraform(
  'destroy, list, cost, latest and delete work with a program of the user’s own',
  async () => {
    const box = await machineBox(undefined, machine('command', "cellar's 1"));
    writeFileSync(join(box.root, 'images.mjs'), PROGRAM);
    const settings = {machine: {command: [process.execPath, 'images.mjs'], rates: {command: 0.5}}};
    writeFileSync(join(box.root, '.cloudtm.json'), JSON.stringify(settings));
    const {name} = await destroyed(box);
    expect(box.json(`snapshots/${name}.json`)).toMatchObject({
      provider: 'command',
      machine: {id: "cellar's 1", name: 'web', region: 'cellar', size: 'old'},
      image: {id: 'image 1', name, sizeGb: 4, monthlyCost: 2},
      action: 'action of image 1',
    });
    const listed = await machineCommand(box, 'list');
    expect(listed.stdout).toMatch(new RegExp(`\\n${name}  image 1  web .* 4 GB  \\$2\\.00    present\\n$`));
    expect((await machineCommand(box, 'cost')).stdout).toMatch(/\nTotal +4 GB +\$2\.00\n$/);
    expect(await machineCommand(box, 'latest', '-machine', 'web')).toEqual({
      exitCode: 0,
      stdout: 'image 1\n',
      stderr: '',
    });
    expect(await machineCommand(box, 'delete', 'image 1', '-yes')).toMatchObject({exitCode: 0, stderr: ''});
    expect(JSON.parse(readFileSync(join(box.root, 'cloud'), 'utf8'))).toEqual([]);
    expect(box.logs()).toEqual([]);
  },
);
