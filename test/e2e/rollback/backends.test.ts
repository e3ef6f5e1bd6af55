import {symlinkSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {RunningBackend} from '../../support/backends/backend.js';
import {BACKENDS, httpFiles} from '../../support/backends/backends.js';
import {startHttpStore, type HttpStore} from '../../support/backends/http-store.js';
import {realTerraform, resources, sandbox, type Sandbox, type SandboxOptions} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];
const DESTROY = ['destroy', '-auto-approve', '-no-color'];
const MAIN = {'main.tf': resources({web: 'one'})};
const OWN_STATE = 'The copy keeps its state in its own folder, not in the backend';

/** Applied once, kept as v1, and destroyed. */
async function destroyed(options: SandboxOptions, init: readonly string[] = []): Promise<Sandbox> {
  const box = sandbox(options);
  expect(await box.run('init', ...init)).toMatchObject({exitCode: 0});
  expect(await box.run(...APPLY)).toMatchObject({exitCode: 0});
  expect(await box.run(...DESTROY)).toMatchObject({exitCode: 0});
  expect(box.versions()).toEqual(['v1']);
  return box;
}

/** The addresses in a state of the rollback's folder. */
function deployed(box: Sandbox, path = '.cloudtm/rollback/terraform.tfstate'): string[] {
  const state = box.json(path) as {resources: {type: string; name: string}[]};
  return state.resources.map(({type, name}) => `${type}.${name}`);
}

describe('a rollback of a project with state in the http backend', () => {
  let store: HttpStore;
  let paths = 0;
  beforeAll(async () => {
    store = await startHttpStore();
  });
  afterAll(() => store.stop());

  /** A state of its own, and all that was done to it. */
  function place(): {path: string; address: string; touched: () => unknown} {
    const path = `/state_${++paths}`;
    return {
      path,
      address: `${store.url}${path}`,
      touched: () => ({writes: [...store.writes(path)], versions: store.versions(path).map(String)}),
    };
  }

  testWithTerraform(
    'an isolated rollback with an http backend has its own state, and not even -del reaches the backend',
    async () => {
      const {address, touched} = place();
      const box = await destroyed({files: {...MAIN, ...httpFiles(address)}});
      const before = touched();

      const there = await box.run('tm', 'rollback', '--to', 'v1');
      expect(there).toMatchObject({exitCode: 0, stderr: ''});
      expect(there.stdout).toContain('No resources in the backend "http": nothing is deployed from here\n');
      expect(there.stdout).toContain(
        `${OWN_STATE} "http": nothing done there reaches the state of the project`,
      );
      expect(there.stdout).toContain(
        `v1 is deployed again (1 resource), on its own in ${box.store}/rollback\n`,
      );
      expect(deployed(box)).toEqual(['terraform_data.web']);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
      expect(touched()).toEqual(before);
      const status = await box.run('tm', 'rollback', '-json');
      expect(JSON.parse(status.stdout)).toEqual({
        rollback: 'v1',
        path: join(box.store, 'rollback'),
        resources: 1,
      });

      const back = await box.run('tm', 'rollback', '--del');
      expect(back).toMatchObject({exitCode: 0, stderr: '', stdout: says('The rollback to v1 is over\n')});
      expect(box.exists('.cloudtm/rollback')).toBe(false);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
      expect(touched()).toEqual(before);
    },
  );

  testWithTerraform(
    'an isolated rollback is refused while the http backend holds resources or does not answer',
    async () => {
      const {address} = place();
      const box = sandbox({files: {...MAIN, ...httpFiles(address)}});
      await box.run('init');
      await box.run(...APPLY);
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toEqual({
        exitCode: 1,
        stdout: '',
        stderr:
          'cloudtm: resources still exist in the backend "http": 1. A rollback would create a second copy beside them.\n' +
          'Run terraform destroy first, then roll back again.\n',
      });
      for (const file of ['backend.tf', '.terraform/terraform.tfstate'])
        box.write(file, box.read(file).replaceAll(store.url, 'http://127.0.0.1:1'));
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: says('the state in the backend "http" cannot be read (terraform state pull: status 1)'),
      });
      expect(box.exists('.cloudtm/rollback')).toBe(false);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    },
  );

  testWithTerraform(
    'an isolated rollback keeps its state in its folder even if an override file of the user names the backend',
    async () => {
      const {address, touched} = place();
      const [backend = ''] = Object.values(httpFiles(address));
      const box = await destroyed({files: {...MAIN, 'backend_override.tf': backend}});
      const before = touched();
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
      expect(deployed(box)).toEqual(['terraform_data.web']);
      expect(touched()).toEqual(before);
    },
  );

  testWithTerraform(
    'an isolated rollback creates nothing where an override file comes after ours',
    async () => {
      const {address, touched} = place();
      const [backend = ''] = Object.values(httpFiles(address));
      const box = await destroyed({files: {...MAIN, 'zzzzz_override.tf': backend}});
      const before = touched();
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({
        exitCode: 1,
        stderr: says(
          'would use a state outside of that folder, which others may use: nothing is created or destroyed.\n',
        ),
      });
      expect(touched()).toEqual(before);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.exists('.cloudtm/rollback')).toBe(false);
    },
  );

  testWithTerraform('an isolated rollback finds a backend in a JSON file', async () => {
    const {address, touched} = place();
    const json = JSON.stringify({terraform: {backend: {http: {address}}}});
    const box = await destroyed({files: {...MAIN, 'backend.tf.json': json}});
    const before = touched();
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
    expect(deployed(box)).toEqual(['terraform_data.web']);
    expect(touched()).toEqual(before);
  });

  testWithTerraform(
    'an isolated rollback of a version from before the backend works without it',
    async () => {
      const {address, touched} = place();
      const box = await destroyed({files: MAIN});
      const [backend = ''] = Object.values(httpFiles(address));
      box.write('backend.tf', backend);
      expect(await box.run('init', '-migrate-state', '-force-copy')).toMatchObject({exitCode: 0});
      const before = touched();
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
      expect(deployed(box)).toEqual(['terraform_data.web']);
      expect(touched()).toEqual(before);
    },
  );

  describe('with -same-backend', () => {
    const PARTIAL = {...MAIN, 'backend.tf': 'terraform {\n  backend "http" {}\n}\n'};

    testWithTerraform(
      'a rollback with -same-backend uses what init recorded, and -del destroys there',
      async () => {
        const {address, path} = place();
        const box = await destroyed({files: PARTIAL}, [`-backend-config=address=${address}`]);
        const there = await box.run('tm', 'rollback', '--to', 'v1', '-same-backend');
        expect(there).toMatchObject({exitCode: 0, stderr: ''});
        expect(there.stdout).toContain("Its state is in the version's own backend\n");
        expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1', sameBackend: true});
        expect(box.exists('.cloudtm/rollback/terraform.tfstate')).toBe(false);
        expect(String(store.versions(path).at(-1))).toContain('"name": "web"');
        expect((await box.run('tm', 'rollback')).stdout).toContain('  resources  1\n');

        expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
        expect(String(store.versions(path).at(-1))).not.toContain('"name": "web"');
        expect(box.exists('.cloudtm/rollback')).toBe(false);
      },
    );

    testWithTerraform(
      "a rollback with -same-backend uses the version's backend if the project has another one by now",
      async () => {
        const [then, now] = [place(), place()];
        const box = await destroyed({files: {...MAIN, ...httpFiles(then.address)}});
        const [backend = ''] = Object.values(httpFiles(now.address));
        box.write('backend.tf', backend);
        await box.run('init', '-reconfigure');
        const there = await box.run('tm', 'rollback', '--to', 'v1', '-same-backend');
        expect(there).toMatchObject({exitCode: 0, stdout: says("trying again with the version's own\n")});
        expect(String(store.versions(then.path).at(-1))).toContain('"name": "web"');
        expect(store.writes(now.path)).toEqual([]);
        expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
        expect(store.writes(now.path)).toEqual([]);
      },
    );

    testWithTerraform(
      'a rollback with -same-backend is not destroyed once the project has deployed to the same state',
      async () => {
        const {address, touched} = place();
        const box = await destroyed({files: {...MAIN, ...httpFiles(address)}});
        await box.run('tm', 'rollback', '--to', 'v1', '-same-backend');
        box.write('main.tf', resources({web: 'one', db: 'added by the team'}));
        expect(await box.run(...APPLY)).toMatchObject({exitCode: 0});
        const before = touched();
        expect(await box.run('tm', 'rollback', '--del')).toMatchObject({
          exitCode: 1,
          stderr: says('the project has since changed the state it shares with the rollback (v2)'),
        });
        expect(touched()).toEqual(before);
        expect(await box.run(...DESTROY)).toMatchObject({exitCode: 0});
        expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0});
      },
    );

    testWithTerraform('a rollback with -same-backend is not destroyed if its record is lost', async () => {
      const {address, touched} = place();
      const box = await destroyed({files: {...MAIN, ...httpFiles(address)}});
      await box.run('tm', 'rollback', '--to', 'v1', '-same-backend');
      box.write('.cloudtm/rollback.json', '{"rollback": ""}');
      const before = touched();
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({
        exitCode: 1,
        stderr: says('would use a state outside of that folder'),
      });
      expect(touched()).toEqual(before);
      expect(box.exists('.cloudtm/rollback/main.tf')).toBe(true);
    });
  });
});

const pg = BACKENDS.find(({type}) => type === 'pg');
const missing = realTerraform === undefined ? 'no terraform' : pg?.missing();

describe.skipIf(missing !== undefined)('a rollback of a project with state in PostgreSQL', () => {
  let running: RunningBackend | undefined;
  beforeAll(async () => {
    running = await pg?.start();
  });
  afterAll(() => running?.stop());

  test('an isolated rollback with state in PostgreSQL stays in its workspace', async () => {
    const files = {
      ...running?.files(),
      'main.tf': 'resource "terraform_data" "web" {\n  input = terraform.workspace\n}\n',
    };
    const box = sandbox({files, env: {...running?.env}});
    await box.run('init');
    await box.run('workspace', 'new', 'dev');
    await box.run(...APPLY);
    await box.run(...DESTROY);
    const pull = () => box.runWith({program: box.real}, 'state', 'pull');
    const before = await pull();
    expect(before.stdout).toContain('"resources": []');

    const there = await box.run('tm', 'rollback', '--to', 'v1');
    expect(there).toMatchObject({exitCode: 0, stderr: ''});
    expect(there.stdout).toContain('Found version v1 in workspace dev\n');
    const tree = '.cloudtm/workspaces/dev';
    expect(box.read(`${tree}/rollback/terraform.tfstate.d/dev/terraform.tfstate`)).toContain(
      '"value": "dev"',
    );
    expect(box.json(`${tree}/rollback.json`)).toEqual({rollback: 'v1'});
    expect(await pull()).toEqual(before);

    await box.run('workspace', 'select', 'default');
    expect((await box.run('tm', 'rollback')).stdout).toContain('No active rollback\n');
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 1});
    const dev = {env: {TF_WORKSPACE: 'dev'}};
    expect(await box.runWith(dev, 'tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.exists(`${tree}/rollback`)).toBe(false);
    await box.run('workspace', 'select', 'dev');
    expect(await pull()).toEqual(before);
  });

  test('a rollback with -same-backend in PostgreSQL keeps its state in its workspace and leaves the others alone', async () => {
    const files = {...running?.files(), ...MAIN};
    const box = sandbox({files, env: {...running?.env}});
    await box.run('init');
    await box.run(...APPLY);
    await box.run('workspace', 'new', 'dev');
    await box.run(...APPLY);
    await box.run(...DESTROY);
    const pull = (workspace: string) =>
      box.runWith({program: box.real, env: {TF_WORKSPACE: workspace}}, 'state', 'pull');
    const others = await pull('default');
    expect(others.stdout).toContain('"name": "web"');

    const there = await box.run('tm', 'rollback', '--to', 'v1', '-same-backend');
    expect(there).toMatchObject({exitCode: 0, stderr: ''});
    expect((await pull('dev')).stdout).toContain('"name": "web"');
    expect((await box.run('tm', 'rollback')).stdout).toContain('  resources  1\n');
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
    expect((await pull('dev')).stdout).toContain('"resources": []');
    expect(await pull('default')).toEqual(others);
  });
});

describe('a rollback of a version with a local backend', () => {
  const backendAt = (path: string) => `terraform {\n  backend "local" {\n    path = "${path}"\n  }\n}\n`;

  testWithTerraform(
    'a rollback of a version whose local state was outside of the project does not touch that state',
    async () => {
      const box = await destroyed({files: {...MAIN, 'backend.tf': backendAt('../x.tfstate')}});
      const before = box.read('../x.tfstate');
      const there = await box.run('tm', 'rollback', '--to', 'v1');
      expect(there).toMatchObject({exitCode: 0, stderr: '', stdout: says(OWN_STATE)});
      expect(deployed(box)).toEqual(['terraform_data.web']);
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.read('../x.tfstate')).toBe(before);
      expect(box.exists('.cloudtm/x.tfstate')).toBe(false);
    },
  );

  testWithTerraform(
    'a rollback of a version whose local state was behind a link does not touch that state',
    async () => {
      const box = sandbox({files: {...MAIN, 'backend.tf': backendAt('states/x.tfstate')}});
      mkdirSync(join(box.folder, 'shared'));
      symlinkSync(join(box.folder, 'shared'), join(box.project, 'states'));
      await box.run('init');
      await box.run(...APPLY);
      await box.run(...DESTROY);
      const before = box.read('../shared/x.tfstate');
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
      expect(deployed(box)).toEqual(['terraform_data.web']);
      expect(box.read('../shared/x.tfstate')).toBe(before);
    },
  );

  testWithTerraform(
    'a rollback of a version with another name for its state file counts the resources in it',
    async () => {
      const box = await destroyed({files: {...MAIN, 'backend.tf': backendAt('state/x.tfstate')}});
      await box.run('tm', 'rollback', '--to', 'v1');
      expect((await box.run('tm', 'rollback')).stdout).toContain('  resources  1\n');
      rmSync(join(box.store, 'rollback.json'));
      rmSync(join(box.store, 'rollback/.terraform/cloudtm-rollback.json'));
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({
        exitCode: 1,
        stderr: says('belongs to an earlier rollback and holds 1 resource, so it is not replaced.'),
      });
      expect(deployed(box, '.cloudtm/rollback/state/x.tfstate')).toEqual(['terraform_data.web']);
    },
  );

  testWithTerraform('a rollback of a version of another workspace is refused', async () => {
    const box = await destroyed({files: MAIN});
    const meta = box.read('.cloudtm/meta/v1.json');
    rmSync(join(box.store, 'meta/v1.json'));
    writeFileSync(join(box.store, 'meta/v1.json'), meta.replace('"default"', '"prod"'));
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'cloudtm: v1 belongs to the workspace "prod", but "default" is selected. Run terraform workspace select prod first.\n',
    });
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });
});

testWithTerraform(
  "a rollback's state that terraform could not write counts as holding resources",
  async () => {
    const box = await destroyed({files: MAIN});
    box.write('errored.tfstate', box.keptState('v1'));
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        `cloudtm: ${box.project}/errored.tfstate is a state that terraform could not write and holds 1 resource; ` +
        'the resources in it may still exist.\n' +
        'Run terraform state push errored.tfstate and terraform destroy, or remove the file if it is out of date; ' +
        'then roll back again.\n',
    });
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  },
);

testWithTerraform('a state that cannot be written to the shared backend is not lost by -del', async () => {
  const store = await startHttpStore();
  const address = `${store.url}/state`;
  const box = await destroyed({files: {...MAIN, ...httpFiles(address)}});
  await box.run('tm', 'rollback', '--to', 'v1', '-same-backend');
  const state = String(store.versions('/state').at(-1));
  box.write('.cloudtm/rollback/errored.tfstate', state);
  expect(await box.run('tm', 'rollback', '--del')).toMatchObject({
    exitCode: 1,
    stderr: says('a state there is empty, damaged or still holds resources. It holds 1 resource.'),
  });
  expect(box.read('.cloudtm/rollback/errored.tfstate')).toBe(state);
  expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1', sameBackend: true});
  await store.stop();
});
