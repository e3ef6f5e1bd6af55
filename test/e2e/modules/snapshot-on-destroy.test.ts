import {dirname} from 'node:path';
import {describe, expect} from 'vitest';
import {testWithTerraform} from '../../support/scripts.js';
import {rig, unwrapped, type Rig} from '../../support/modules-rig.js';

// modules/snapshot_on_destroy around a built-in resource: what the real terraform does, without the shim.

const SNAPSHOT = 'module.snapshot.terraform_data.snapshot';
const MACHINE = 'terraform_data.machine';

/** What the state of fixtures/machine holds when all of it is there. */
const EVERYTHING = [MACHINE, 'terraform_data.network', 'terraform_data.service', SNAPSHOT].sort();

// A machine that was pushed aside runs no destroy-time provisioner, so this one says when it is made instead.
const CREATE_MACHINE_FIRST = `
resource "terraform_data" "machine" {
  lifecycle {
    create_before_destroy = true
  }

  provisioner "local-exec" {
    command = "echo 'made \${self.id}' >>\\"$RIG/order\\""
  }
}
`;

/** fixtures/machine, applied. */
async function machine(...argv: string[]): Promise<Rig> {
  const made = await rig({root: 'fixtures/machine'});
  expect(await made.apply(...argv)).toBe(0);
  return made;
}

describe('the order', () => {
  testWithTerraform(
    'a destroy takes the disk snapshot after everything that needs the machine is gone, and before the machine',
    async () => {
      const made = await machine();
      const old = made.id(MACHINE);
      // Not by chance: two that do not need each other are destroyed at the same time.
      expect(made.needing(SNAPSHOT)).toEqual(['terraform_data.service']);
      expect(made.needing(MACHINE)).toEqual([SNAPSHOT, 'terraform_data.service']);
      expect(await made.destroy()).toBe(0);
      expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`, 'network']);
      expect(made.state()).toEqual({});
    },
  );

  testWithTerraform('a destroy of the machine alone takes a disk snapshot too', async () => {
    const made = await machine();
    const old = made.id(MACHINE);
    expect(await made.destroy(`-target=${MACHINE}`)).toBe(0);
    expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`]);
    expect(made.addresses()).toEqual(['terraform_data.network']);
  });

  testWithTerraform('a destroy of what needs the machine takes no disk snapshot', async () => {
    const made = await machine();
    expect(await made.destroy('-target=terraform_data.service')).toBe(0);
    expect(made.happened()).toEqual(['service']);
  });

  testWithTerraform(
    'a replacement in an apply takes a disk snapshot before the machine is destroyed',
    async () => {
      const made = await machine();
      const old = made.id(MACHINE);
      expect(await made.apply(`-replace=${MACHINE}`)).toBe(0);
      expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`]);
      expect(made.addresses()).toEqual(EVERYTHING);
    },
  );

  testWithTerraform('applying a saved plan takes a disk snapshot too', async () => {
    const made = await machine();
    const old = made.id(MACHINE);
    await made.must('plan', '-destroy', '-out=saved.tfplan');
    await made.must('apply', 'saved.tfplan');
    expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`, 'network']);
  });

  testWithTerraform('a disk snapshot of a tainted machine is taken before it is replaced', async () => {
    const made = await machine();
    const old = made.id(MACHINE);
    await made.must('taint', MACHINE);
    expect(await made.apply()).toBe(0);
    // The tainted machine's own provisioner is not run, its image is taken all the same.
    expect(made.happened()).toEqual(['service', `image of ${old}`]);
    expect(made.id(MACHINE)).not.toBe(old);
  });
});

describe('a new machine_id', () => {
  testWithTerraform(
    'a new machine_id replaces the resource, and the disk snapshot is of the old machine',
    async () => {
      const made = await machine();
      const [old, snapshot] = [made.id(MACHINE), made.id(SNAPSHOT)];
      expect(await made.apply('-var=size=large')).toBe(0);
      expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`]);
      expect(made.id(MACHINE)).not.toBe(old);
      expect(made.id(SNAPSHOT)).not.toBe(snapshot);
      // And the next one is of the new machine.
      const current = made.id(MACHINE);
      expect(await made.destroy('-var=size=large')).toBe(0);
      expect(made.happened()).toEqual(['service', `image of ${current}`, `machine ${current}`, 'network']);
    },
  );

  testWithTerraform(
    'a new machine_id also takes one of the old machine if the new machine is created first',
    async () => {
      const made = await rig({root: 'fixtures/machine'});
      made.write('override.tf', CREATE_MACHINE_FIRST);
      expect(await made.apply()).toBe(0);
      const old = made.id(MACHINE);
      expect(made.happened()).toEqual([`made ${old}`]);
      expect(await made.apply('-var=size=large')).toBe(0);
      const current = made.id(MACHINE);
      expect(current).not.toBe(old);
      expect(made.happened()).toEqual(['service', `image of ${old}`, `made ${current}`]);
      expect(made.addresses()).toEqual(EVERYTHING);
    },
  );
});

describe('switched on or off', () => {
  testWithTerraform(
    "the module's resource exists with the switch on or off, and switching takes no disk snapshot",
    async () => {
      const made = await machine('-var=create_snapshot_on_destroy=false');
      const before = made.state();
      expect(Object.keys(before).sort()).toEqual(EVERYTHING);
      expect(await made.apply('-var=create_snapshot_on_destroy=true')).toBe(0);
      expect(await made.apply('-var=create_snapshot_on_destroy=false')).toBe(0);
      expect(made.state()).toEqual(before);
      expect(made.happened()).toEqual([]);
    },
  );

  testWithTerraform(
    'another name of machine or disk snapshot changes the resource in place and takes none',
    async () => {
      const made = await machine();
      const before = made.state();
      expect(await made.apply('-var=machine_name=renamed', '-var=snapshot_name=mine')).toBe(0);
      expect(made.state()).toEqual(before);
      expect(made.happened()).toEqual([]);
      expect(await made.destroy()).toBe(0);
      expect(made.calls().map(({env}) => [env.NAME, env.SNAPSHOT_NAME])).toEqual([['renamed', 'mine']]);
    },
  );

  testWithTerraform('with the switch off a destroy takes no disk snapshot and needs no cloudtm', async () => {
    const made = await machine('-var=create_snapshot_on_destroy=false');
    const old = made.id(MACHINE);
    made.onPath = 'nothing';
    expect(await made.destroy()).toBe(0);
    expect(made.happened()).toEqual(['service', `machine ${old}`, 'network']);
  });

  testWithTerraform('the applied switch counts, not the one the destroy is given', async () => {
    const off = await machine('-var=create_snapshot_on_destroy=false');
    expect(await off.destroy('-var=create_snapshot_on_destroy=true')).toBe(0);
    expect(off.calls()).toEqual([]);
    const on = await machine();
    expect(await on.destroy('-var=create_snapshot_on_destroy=false')).toBe(0);
    expect(on.calls()).toHaveLength(1);
  });
});

describe('without an image', () => {
  testWithTerraform(
    'without a disk snapshot the destroy stops before the machine, and the next one tries again',
    async () => {
      const made = await machine();
      const old = made.id(MACHINE);
      made.endWith(1);
      const outcome = await made.run(['destroy', '-auto-approve']);
      expect(outcome.exitCode).toBe(1);
      expect(unwrapped(outcome.stderr)).toContain(
        "Error running command 'terraform tm machine snapshot': exit status 1.",
      );
      expect(made.happened()).toEqual(['service', `image of ${old}`]);
      expect(made.addresses()).toEqual(EVERYTHING.filter((address) => address !== 'terraform_data.service'));
      expect(made.id(MACHINE)).toBe(old);
      made.endWith(0);
      expect(await made.destroy()).toBe(0);
      expect(made.happened()).toEqual([`image of ${old}`, `machine ${old}`, 'network']);
      expect(made.state()).toEqual({});
    },
  );

  testWithTerraform(
    'without a disk snapshot a replacement stops before the old machine is destroyed or a new one created',
    async () => {
      const made = await rig({root: 'fixtures/machine'});
      made.write('override.tf', CREATE_MACHINE_FIRST);
      expect(await made.apply()).toBe(0);
      const old = made.id(MACHINE);
      expect(made.happened()).toEqual([`made ${old}`]);
      made.endWith(1);
      expect(await made.apply('-var=size=large')).toBe(1);
      expect(made.happened()).toEqual(['service', `image of ${old}`]);
      expect(made.id(MACHINE)).toBe(old);
      made.endWith(0);
      expect(await made.apply('-var=size=large')).toBe(0);
      const current = made.id(MACHINE);
      expect(current).not.toBe(old);
      expect(made.happened()).toEqual([`image of ${old}`, `made ${current}`]);
      expect(made.addresses()).toEqual(EVERYTHING);
    },
  );

  testWithTerraform('a destroy stops before the machine if terraform on PATH is not cloudtm', async () => {
    const made = await machine();
    const before = made.state();
    made.onPath = 'terraform';
    const outcome = await made.run(['destroy', '-auto-approve']);
    expect(outcome.exitCode).toBe(1);
    expect(unwrapped(outcome.stderr)).toContain('Terraform has no command named "tm".');
    expect(made.happened()).toEqual(['service']);
    expect(made.state()).toEqual({
      [MACHINE]: before[MACHINE],
      [SNAPSHOT]: before[SNAPSHOT],
      ...network(before),
    });
  });

  testWithTerraform('a destroy stops before the machine if there is no terraform on PATH', async () => {
    const made = await machine();
    const before = made.state();
    made.onPath = 'nothing';
    expect(await made.destroy()).toBe(1);
    expect(made.happened()).toEqual(['service']);
    expect(made.state()).toEqual({
      [MACHINE]: before[MACHINE],
      [SNAPSHOT]: before[SNAPSHOT],
      ...network(before),
    });
  });

  function network(state: Record<string, string>): Record<string, string | undefined> {
    return {'terraform_data.network': state['terraform_data.network']};
  }
});

testWithTerraform(
  'a machine that outlives its disk snapshot is destroyed later without a second one',
  async () => {
    const made = await machine();
    const old = made.id(MACHINE);
    made.machineStays = true;
    expect(await made.destroy()).toBe(1);
    expect(made.happened()).toEqual(['service', `image of ${old}`]);
    expect(made.addresses()).toEqual([MACHINE, 'terraform_data.network']);
    made.machineStays = false;
    expect(await made.destroy()).toBe(0);
    expect(made.happened()).toEqual([`machine ${old}`, 'network']);
  },
);

describe('what cloudtm is told', () => {
  const COMMAND = ['tm', 'machine', 'snapshot'];

  testWithTerraform(
    'the module passes everything in the environment, and runs in the root module',
    async () => {
      const made = await machine();
      const old = made.id(MACHINE);
      const outcome = await made.run([`-chdir=${made.root}`, 'destroy', '-auto-approve'], dirname(made.root));
      expect(outcome.exitCode).toBe(0);
      expect(made.calls()).toEqual([
        {
          argv: COMMAND,
          cwd: made.root,
          env: {
            ID: old,
            NAME: 'build',
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
    },
  );

  testWithTerraform(
    'the module passes everything that was set, also a fraction of a minute, and the workspace',
    async () => {
      const made = await rig({root: 'modules/snapshot_on_destroy'});
      await made.must('workspace', 'new', 'night');
      made.write(
        'terraform.tfvars.json',
        JSON.stringify({
          machine_id: 'i-0abc',
          machine_name: 'build',
          machine_provider: 'aws',
          create_snapshot_on_destroy: true,
          snapshot_name: 'mine',
          snapshot_directory: '../kept images',
          timeout_minutes: 0.25,
          on_failure: 'continue',
          reboot: true,
        }),
      );
      expect(await made.apply()).toBe(0);
      expect(await made.destroy()).toBe(0);
      expect(made.calls()).toEqual([
        {
          argv: COMMAND,
          cwd: made.root,
          env: {
            ID: 'i-0abc',
            NAME: 'build',
            PROVIDER: 'aws',
            SNAPSHOT_NAME: 'mine',
            SNAPSHOT_DIRECTORY: '../kept images',
            TIMEOUT_MINUTES: '0.25',
            ON_FAILURE: 'continue',
            WORKSPACE: 'night',
            REBOOT: 'true',
          },
        },
      ]);
    },
  );

  testWithTerraform(
    'the module passes values byte for byte, whatever a shell would make of them',
    async () => {
      const awkward = [
        ` "double" 'single' \`back\` ; touch owned & $(touch owned) $HOME %PATH% `,
        'first line\nsecond line\r\n\ttab \\ backslash \\n ${template} %{directive} é ☂ -rf *\n',
      ] as const;
      const made = await rig({root: 'fixtures/machine'});
      made.write(
        'terraform.tfvars.json',
        JSON.stringify({machine_name: awkward[1], snapshot_name: awkward[0]}),
      );
      expect(await made.apply()).toBe(0);
      expect(await made.destroy()).toBe(0);
      expect(made.calls().map(({argv, env}) => ({argv, names: [env.SNAPSHOT_NAME, env.NAME]}))).toEqual([
        {argv: COMMAND, names: awkward},
      ]);
    },
  );

  testWithTerraform('the module passes accents composed, like every text in terraform', async () => {
    const made = await machine('-var=machine_name=cafe\u0301');
    expect(await made.destroy()).toBe(0);
    expect(made.calls().map(({env}) => env.NAME)).toEqual(['caf\u00e9']);
  });
});

describe('its variables', () => {
  const REFUSED: readonly [string, string][] = [
    ['machine_provider=azure', 'machine_provider must be digitalocean, aws or command.'],
    ['reboot=true', 'DigitalOcean takes images of running machines and restarts none: leave reboot out.'],
    ['snapshot_directory=', 'snapshot_directory must not be empty.'],
    [
      'snapshot_name=two\nlines',
      'snapshot_name must not have more than 255 characters, and no control characters.',
    ],
    ['on_failure=ignore', 'on_failure must be stop or continue.'],
    ['timeout_minutes=0', 'timeout_minutes must be more than 0, and at most 10080 (a week).'],
    ['timeout_minutes=10081', 'timeout_minutes must be more than 0, and at most 10080 (a week).'],
  ];

  for (const [given, words] of REFUSED) {
    testWithTerraform(
      `the plan refuses ${JSON.stringify(given)} as variables of snapshot_on_destroy`,
      async () => {
        const made = await rig({root: 'modules/snapshot_on_destroy'});
        const outcome = await made.run([
          'plan',
          '-var=machine_id=1',
          '-var=machine_name=build',
          `-var=${given}`,
        ]);
        expect(outcome.exitCode).toBe(1);
        expect(unwrapped(outcome.stderr)).toContain(words);
      },
    );
  }
});

describe('snapshot_info', () => {
  const COMMANDS: readonly [string, Record<string, string>][] = [
    [
      'digitalocean',
      {
        delete_snapshot: 'doctl compute snapshot delete <snapshot-id>',
        list_snapshots: 'doctl compute snapshot list',
        view_snapshot_logs: 'ls -la snapshots/',
      },
    ],
    [
      'aws',
      {
        delete_snapshot: 'terraform tm machine delete <snapshot-id>',
        list_snapshots: 'aws ec2 describe-images --owners self',
        view_snapshot_logs: 'ls -la snapshots/',
      },
    ],
    [
      'command',
      {
        delete_snapshot: 'terraform tm machine delete <snapshot-id>',
        list_snapshots: 'terraform tm machine list',
        view_snapshot_logs: 'ls -la snapshots/',
      },
    ],
  ];

  for (const [provider, commands] of COMMANDS) {
    testWithTerraform(
      `snapshot_info says what will be done and has the commands for ${provider}`,
      async () => {
        const made = await rig({root: 'modules/snapshot_on_destroy'});
        const variables = [
          '-var=machine_id=12345678',
          '-var=machine_name=my-gpu',
          `-var=machine_provider=${provider}`,
        ];
        expect(await made.apply(...variables)).toBe(0);
        expect(await made.output('snapshot_info')).toEqual({
          config: {
            droplet_id: '12345678',
            droplet_name: 'my-gpu',
            // Off unless it is asked for.
            enabled: false,
            snapshot_directory: 'snapshots',
            snapshot_name: 'my-gpu-snapshot-[timestamp]',
          },
          commands,
        });
      },
    );
  }

  testWithTerraform(
    'snapshot_info has the given name, and quotes a folder where a shell needs it',
    async () => {
      const made = await rig({root: 'modules/snapshot_on_destroy'});
      const variables = {
        machine_id: '1',
        machine_name: 'my-gpu',
        create_snapshot_on_destroy: true,
        snapshot_name: 'mine',
        snapshot_directory: "Anna's images/",
      };
      made.write('terraform.tfvars.json', JSON.stringify(variables));
      expect(await made.apply()).toBe(0);
      expect(await made.output('snapshot_info')).toEqual({
        config: {
          droplet_id: '1',
          droplet_name: 'my-gpu',
          enabled: true,
          snapshot_directory: "Anna's images/",
          snapshot_name: 'mine',
        },
        commands: {
          delete_snapshot: 'doctl compute snapshot delete <snapshot-id>',
          list_snapshots: 'doctl compute snapshot list',
          view_snapshot_logs: "ls -la 'Anna'\\''s images'/",
        },
      });
    },
  );
});
