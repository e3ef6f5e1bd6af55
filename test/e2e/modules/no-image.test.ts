import {describe, expect} from 'vitest';
import {testWithTerraform} from '../../support/scripts.js';
import {rig, type Rig} from '../../support/modules-rig.js';

// Where terraform runs no destroy-time provisioner, so that no module can take an image; and the ways around it. Should one of
// these fail with a newer terraform, it has learned something: then the READMEs of modules/ are to be changed.

const SNAPSHOT = 'module.snapshot.terraform_data.snapshot';
const MACHINE = 'terraform_data.machine';

/** fixtures/machine, applied, with this configuration over it. */
async function machine(override = ''): Promise<Rig> {
  const made = await rig({root: 'fixtures/machine'});
  made.write('override.tf', override);
  expect(await made.apply()).toBe(0);
  return made;
}

describe('the blocks of the machine and of the module deleted together', () => {
  testWithTerraform(
    'blocks of machine and module that are deleted together take no disk snapshot',
    async () => {
      const made = await machine();
      made.write('main.tf', '');
      expect(await made.apply()).toBe(0);
      expect(made.happened()).toEqual([]);
      expect(made.state()).toEqual({});
    },
  );

  testWithTerraform(
    'blocks that are deleted together take a disk snapshot if the machine was destroyed by -target before',
    async () => {
      const made = await machine();
      const old = made.id(MACHINE);
      expect(await made.destroy(`-target=${MACHINE}`)).toBe(0);
      made.write('main.tf', '');
      expect(await made.apply()).toBe(0);
      expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`]);
      expect(made.state()).toEqual({});
    },
  );

  testWithTerraform(
    'blocks that are deleted together take a disk snapshot if a removed block has the provisioner',
    async () => {
      const made = await machine();
      const old = made.id(MACHINE);
      const provisioner = /provisioner "local-exec" \{.*\n {2}\}\n/s.exec(
        made.read('../../modules/snapshot_on_destroy/main.tf'),
      );
      made.write(
        'main.tf',
        `removed {
  from = ${SNAPSHOT}

  lifecycle {
    destroy = true
  }

  ${provisioner?.[0] ?? ''}}

removed {
  from = ${MACHINE}

  lifecycle {
    destroy = true
  }

  provisioner "local-exec" {
    when    = destroy
    command = "echo 'machine \${self.id}' >>\\"$RIG/order\\""
  }
}
`,
      );
      expect(await made.apply()).toBe(0);
      expect(made.happened()).toEqual([`image of ${old}`, `machine ${old}`]);
      expect(made.calls().map(({env}) => env.NAME)).toEqual(['build']);
      expect(made.state()).toEqual({});
    },
  );
});

describe("a taint on the module's resource", () => {
  testWithTerraform("a taint on the module's resource prevents a disk snapshot", async () => {
    const made = await machine();
    const old = made.id(MACHINE);
    await made.must('taint', SNAPSHOT);
    expect(await made.destroy()).toBe(0);
    expect(made.happened()).toEqual(['service', `machine ${old}`, 'network']);
  });

  testWithTerraform("a taint on the module's resource that was removed does no harm", async () => {
    const made = await machine();
    const old = made.id(MACHINE);
    await made.must('taint', SNAPSHOT);
    await made.must('untaint', SNAPSHOT);
    expect(await made.destroy()).toBe(0);
    expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`, 'network']);
  });

  testWithTerraform(
    "a taint on the module's resource does no harm after the next apply, which takes no disk snapshot",
    async () => {
      const made = await machine();
      const old = made.id(MACHINE);
      await made.must('taint', SNAPSHOT);
      expect(await made.apply()).toBe(0);
      expect(made.happened()).toEqual([]);
      expect(await made.destroy()).toBe(0);
      expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`, 'network']);
    },
  );
});

describe('create_before_destroy on what uses the module', () => {
  const SERVICE_FIRST = `
resource "terraform_data" "service" {
  lifecycle {
    create_before_destroy = true
  }
}
`;

  /** Whether the state says that an address is replaced by making the new one first. */
  function madeFirst(made: Rig, name: string): boolean {
    const {resources} = JSON.parse(made.read('terraform.tfstate')) as {
      resources: {name: string; instances: {create_before_destroy?: boolean}[]}[];
    };
    return resources.some(
      (resource) => resource.name === name && resource.instances[0]?.create_before_destroy === true,
    );
  }

  testWithTerraform(
    'create_before_destroy on what uses the module is passed on to it, and a replacement takes no disk snapshot',
    async () => {
      const made = await machine(SERVICE_FIRST);
      expect(['service', 'snapshot', 'machine', 'network'].map((name) => madeFirst(made, name))).toEqual([
        true,
        true,
        true,
        true,
      ]);
      const old = made.id(MACHINE);
      expect(await made.apply('-var=size=large')).toBe(0);
      expect(made.happened()).toEqual([]);
      expect(made.id(MACHINE)).not.toBe(old);
    },
  );

  testWithTerraform(
    'create_before_destroy on what uses the module changes nothing for a destroy, which takes a disk snapshot',
    async () => {
      const made = await machine(SERVICE_FIRST);
      const old = made.id(MACHINE);
      expect(await made.destroy(`-target=${MACHINE}`)).toBe(0);
      expect(await made.apply('-var=size=large')).toBe(0);
      expect(made.happened()).toEqual(['service', `image of ${old}`, `machine ${old}`]);
    },
  );

  testWithTerraform(
    'create_before_destroy on what uses the machine itself is not passed on to the module',
    async () => {
      const made = await machine(
        SERVICE_FIRST.replace('  lifecycle', `  triggers_replace = ${MACHINE}.id\n\n  lifecycle`),
      );
      expect(['service', 'snapshot', 'machine'].map((name) => madeFirst(made, name))).toEqual([
        true,
        false,
        true,
      ]);
      const old = made.id(MACHINE);
      expect(await made.apply('-var=size=large')).toBe(0);
      expect(made.happened()).toEqual([`image of ${old}`]);
      expect(made.id(MACHINE)).not.toBe(old);
    },
  );
});

testWithTerraform(
  'an id that is unknown in a plan takes a disk snapshot of a machine that stays',
  async () => {
    const made = await machine(`
resource "terraform_data" "machine" {
  input = var.machine_name
}

module "snapshot" {
  machine_id = terraform_data.machine.output
}
`);
    const old = made.id(MACHINE);
    expect(await made.apply('-var=machine_name=renamed')).toBe(0);
    expect(made.happened()).toEqual(['service', 'image of build']);
    expect(made.id(MACHINE)).toBe(old);
  },
);
