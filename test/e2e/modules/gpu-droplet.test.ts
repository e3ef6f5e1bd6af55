import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {testWithTerraform} from '../../support/scripts.js';
import {rig, unwrapped, type Rig} from '../../support/modules-rig.js';
import {repository} from '../../support/repository.js';

// modules/gpu_droplet as the examples use it, with a built-in resource in the place of its droplet.

const MACHINE = 'module.gpu_droplet.terraform_data.gpu';
const SNAPSHOT = 'module.gpu_droplet.module.snapshot_on_destroy.terraform_data.snapshot';

async function example(name: string): Promise<Rig> {
  return rig({root: `examples/${name}`, standInDroplet: true});
}

/** The log of an image of examples/restore-latest. */
function log(id: string, completed: string): unknown {
  return {
    cloudtm: 'machine-image',
    provider: 'digitalocean',
    machine: {name: 'workstation'},
    image: {id},
    completed,
    workspace: 'default',
  };
}

describe('the examples', () => {
  testWithTerraform('the example automatic-name leaves the name to cloudtm', async () => {
    const made = await example('automatic-name');
    expect(await made.apply()).toBe(0);
    const id = made.id(MACHINE);
    expect(await made.output('snapshot_info')).toEqual({
      config: {
        droplet_id: id,
        droplet_name: 'development-gpu',
        enabled: true,
        snapshot_directory: 'snapshots',
        snapshot_name: 'development-gpu-snapshot-[timestamp]',
      },
      commands: {
        delete_snapshot: 'doctl compute snapshot delete <snapshot-id>',
        list_snapshots: 'doctl compute snapshot list',
        view_snapshot_logs: 'ls -la snapshots/',
      },
    });
    expect(await made.destroy()).toBe(0);
    expect(made.happened()).toEqual([`image of ${id}`, `machine ${id}`]);
    expect(made.calls()).toEqual([
      {
        argv: ['tm', 'machine', 'snapshot'],
        cwd: made.root,
        env: {
          ID: id,
          NAME: 'development-gpu',
          PROVIDER: 'digitalocean',
          SNAPSHOT_NAME: '',
          SNAPSHOT_DIRECTORY: 'snapshots',
          TIMEOUT_MINUTES: '30',
          ON_FAILURE: 'stop',
          WORKSPACE: 'default',
          REBOOT: 'false',
        },
      },
    ]);
  });

  testWithTerraform('the example own-name names the disk snapshot and waits longer', async () => {
    const made = await example('own-name');
    expect(await made.apply()).toBe(0);
    expect(await made.destroy()).toBe(0);
    expect(made.calls().map(({env}) => [env.NAME, env.SNAPSHOT_NAME, env.TIMEOUT_MINUTES])).toEqual([
      ['model-training', 'llama-70b-trained-v1', '90'],
    ]);
  });

  const CONDITIONS: readonly [string[], string[][]][] = [
    [[], []],
    [['-var=gpu_size=gpu-h100x8-640gb'], [['inference-development', '', 'continue']]],
    [['-var=environment=production', '-var=model_version=v7'], [['inference-production', 'prod-v7', 'stop']]],
  ];
  for (const [given, images] of CONDITIONS) {
    testWithTerraform(
      `conditional takes ${images.length} images with ${given.join(' ') || 'its defaults'}`,
      async () => {
        const made = await example('conditional');
        expect(await made.apply(...given)).toBe(0);
        expect(await made.destroy()).toBe(0);
        expect(made.calls().map(({env}) => [env.NAME, env.SNAPSHOT_NAME, env.ON_FAILURE])).toEqual(images);
      },
    );
  }

  testWithTerraform(
    'the example ci-pipeline takes a disk snapshot when its pipeline destroys the machine',
    async () => {
      const made = await rig({
        root: 'examples/ci-pipeline',
        standInDroplet: true,
        files: {'backend_override.tf': 'terraform {\n  backend "local" {}\n}\n'},
      });
      expect(await made.apply()).toBe(0);
      const id = made.id(MACHINE);
      expect(await made.destroy()).toBe(0);
      expect(made.happened()).toEqual([`image of ${id}`, `machine ${id}`]);
    },
  );
});

describe('restore-latest', () => {
  testWithTerraform(
    'the example restore-latest boots the next day from the disk snapshot of the evening',
    async () => {
      const made = await example('restore-latest');
      expect(await made.apply()).toBe(0);
      expect(await made.output('booted_from')).toBe('gpu-h100x1-base');
      made.logWith(log('118', '2026-11-21T19:05:00Z'));
      expect(await made.destroy()).toBe(0);
      expect(await made.apply('-var=restore_from=latest')).toBe(0);
      expect(await made.output('booted_from')).toBe('118');
    },
  );

  testWithTerraform(
    'the example restore-latest leaves a running machine alone, whatever there is to boot from',
    async () => {
      const made = await example('restore-latest');
      made.write('snapshots/one.json', JSON.stringify(log('118', '2026-11-21T19:05:00Z')));
      expect(await made.apply('-var=restore_from=latest')).toBe(0);
      const id = made.id(MACHINE);
      made.write('snapshots/two.json', JSON.stringify(log('119', '2026-11-22T19:05:00Z')));
      for (const choice of ['latest', '117', '']) {
        const outcome = await made.run(['plan', '-detailed-exitcode', `-var=restore_from=${choice}`]);
        expect(outcome.exitCode).toBe(0);
      }
      expect(made.id(MACHINE)).toBe(id);
      expect(made.happened()).toEqual([]);
    },
  );

  testWithTerraform('the example restore-latest destroys even if no log is left', async () => {
    const made = await example('restore-latest');
    expect(await made.apply()).toBe(0);
    const id = made.id(MACHINE);
    expect(await made.destroy('-var=restore_from=latest')).toBe(0);
    expect(made.happened()).toEqual([`image of ${id}`, `machine ${id}`]);
  });

  testWithTerraform('the example restore-latest is refused for a first start, with advice', async () => {
    const made = await example('restore-latest');
    const outcome = await made.run(['apply', '-auto-approve', '-var=restore_from=latest']);
    expect(outcome.exitCode).toBe(1);
    expect(unwrapped(outcome.stderr)).toContain(
      'There is no image of workstation to restore: no log in snapshots/ is of a digitalocean machine of this name in the workspace default. ' +
        'For the machine\'s first start set restore_from = "".',
    );
    expect(made.exists('terraform.tfstate')).toBe(false);
  });

  testWithTerraform(
    'a machine that an apply replaces boots from the newest disk snapshot before that apply',
    async () => {
      const made = await example('restore-latest');
      expect(await made.apply()).toBe(0);
      const id = made.id(MACHINE);
      made.write('snapshots/one.json', JSON.stringify(log('118', '2026-11-21T19:05:00Z')));
      made.logWith(log('119', '2026-11-22T19:05:00Z'));
      expect(await made.apply('-var=restore_from=latest', '-var=ssh_keys=["1"]')).toBe(0);
      expect(made.happened()).toEqual([`image of ${id}`, `machine ${id}`]);
      expect(await made.output('booted_from')).toBe('118');
      expect(made.id(MACHINE)).not.toBe(id);
    },
  );

  testWithTerraform(
    'a machine that is destroyed first boots from the disk snapshot of that destroy',
    async () => {
      const made = await example('restore-latest');
      expect(await made.apply()).toBe(0);
      made.write('snapshots/one.json', JSON.stringify(log('118', '2026-11-21T19:05:00Z')));
      made.logWith(log('119', '2026-11-22T19:05:00Z'));
      expect(await made.destroy()).toBe(0);
      expect(await made.apply('-var=restore_from=latest', '-var=ssh_keys=["1"]')).toBe(0);
      expect(await made.output('booted_from')).toBe('119');
    },
  );

  testWithTerraform('a plan from before a newer disk snapshot has to be made again', async () => {
    const made = await example('restore-latest');
    made.write('snapshots/one.json', JSON.stringify(log('118', '2026-11-21T19:05:00Z')));
    await made.must('plan', '-out=saved.tfplan', '-var=restore_from=latest');
    made.write('snapshots/two.json', JSON.stringify(log('119', '2026-11-22T19:05:00Z')));
    const outcome = await made.run(['apply', 'saved.tfplan']);
    expect(outcome.exitCode).toBe(1);
    expect(unwrapped(outcome.stderr)).toContain('Provider produced inconsistent final plan');
    expect(await made.apply('-var=restore_from=latest')).toBe(0);
    expect(await made.output('booted_from')).toBe('119');
  });
});

testWithTerraform(
  'a saved plan that replaces the droplet destroys it and fails once there is a newer disk snapshot',
  async () => {
    const made = await example('restore-latest');
    expect(await made.apply()).toBe(0);
    const id = made.id(MACHINE);
    made.write('snapshots/one.json', JSON.stringify(log('118', '2026-11-21T19:05:00Z')));
    await made.must('plan', '-out=saved.tfplan', '-var=restore_from=latest', '-var=ssh_keys=["1"]');
    made.write('snapshots/two.json', JSON.stringify(log('119', '2026-11-22T19:05:00Z')));
    expect((await made.run(['apply', 'saved.tfplan'])).exitCode).toBe(1);
    expect(made.happened()).toEqual([`image of ${id}`, `machine ${id}`]);
    expect(made.state()).toEqual({});
    // Nothing is lost but time: the image was taken.
    expect(await made.apply('-var=restore_from=latest', '-var=ssh_keys=["1"]')).toBe(0);
    expect(await made.output('booted_from')).toBe('119');
  },
);

testWithTerraform(
  'whatever uses an output of the droplet is destroyed before the disk snapshot is taken',
  async () => {
    const made = await example('automatic-name');
    const outputs = ['id', 'image', 'ipv4_address', 'ipv4_address_private', 'name'];
    for (const output of outputs) {
      made.write(
        `${output}.tf`,
        `resource "terraform_data" "${output}" {
  input = module.gpu_droplet.${output}

  provisioner "local-exec" {
    when    = destroy
    command = "echo 'user of ${output}' >>\\"$RIG/order\\""
  }
}
`,
      );
    }
    expect(await made.apply()).toBe(0);
    const id = made.id(MACHINE);
    expect(made.needing(SNAPSHOT)).toEqual(outputs.map((output) => `terraform_data.${output}`));
    expect(await made.destroy()).toBe(0);
    const happened = made.happened();
    expect(happened.slice(0, 5).sort()).toEqual(outputs.map((output) => `user of ${output}`));
    expect(happened.slice(5)).toEqual([`image of ${id}`, `machine ${id}`]);
  },
);

testWithTerraform('a caller of gpu_droplet that passes null gets the defaults', async () => {
  const made = await example('automatic-name');
  const optional = [
    'image',
    'ssh_keys',
    'restore_from',
    'create_snapshot_on_destroy',
    'snapshot_name',
    'snapshot_directory',
    'timeout_minutes',
    'on_failure',
  ];
  made.write(
    'override.tf',
    `module "gpu_droplet" {\n${optional.map((name) => `  ${name} = null\n`).join('')}}\n`,
  );
  expect(await made.apply()).toBe(0);
  expect(await made.output('snapshot_info')).toMatchObject({
    config: {
      enabled: false,
      snapshot_directory: 'snapshots',
      snapshot_name: 'development-gpu-snapshot-[timestamp]',
    },
  });
  expect(await made.destroy()).toBe(0);
  expect(made.calls()).toEqual([]);
});

describe('the stand-in of the droplet', () => {
  const files = ['modules/gpu_droplet', 'fixtures/droplet-stand-in'].map((folder) =>
    readFileSync(join(repository, folder, 'droplet.tf'), 'utf8'),
  );

  test('the stand-in of the droplet offers the module what the droplet offers', () => {
    const [real, standIn] = files.map((text) => {
      const [, inside = ''] = /droplet = \{\n(.*?)\n {2}\}/s.exec(text) ?? [];
      return inside.split('\n').map((line) => line.split('=')[0]?.trim());
    });
    expect(real).toEqual(['id', 'name', 'image', 'ipv4_address', 'ipv4_address_private']);
    expect(standIn).toEqual(real);
  });

  test('the stand-in of the droplet ignores another image as the droplet does', () => {
    expect(files.map((text) => /ignore_changes = \[.*\]/.exec(text)?.[0])).toEqual([
      'ignore_changes = [image]',
      'ignore_changes = [input.image]',
    ]);
  });
});
