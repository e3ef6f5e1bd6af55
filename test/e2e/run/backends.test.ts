// One scenario over every kind of place where state may be, with real servers. `npm run scenario` runs this file alone.
import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, onTestFinished, test} from 'vitest';
import type {Meta} from '../../../src/store/version.js';
import type {RunningBackend} from '../../support/backends/backend.js';
import {BACKENDS, httpFiles} from '../../support/backends/backends.js';
import {holdLock} from '../../support/backends/held-lock.js';
import {startHttpStore} from '../../support/backends/http-store.js';
import {keptTable} from '../../support/backends/kept-table.js';
import {until} from '../../support/processes.js';
import {realTerraform, resources, sandbox, type Sandbox, type SandboxOptions} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];
const NO_TERRAFORM = 'there is no terraform on PATH';

/** The real terraform; after an `apply` it ends only when `../gone` is there, if `../hold` was. */
const HELD_APPLY = `${STATE_SCRIPT}
  '${realTerraform ?? ''}' "$@"; status=$?
  if [ "$1" = apply ] && [ -e ../hold ]; then touch ../applied; wait_for ../gone; fi
  exit "$status"`;

/** What the bare terraform prints of the state. */
async function pulled(box: Sandbox): Promise<string> {
  const outcome = await box.runWith({program: box.real}, 'state', 'pull');
  expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
  return outcome.stdout;
}

async function listed(box: Sandbox): Promise<readonly Meta[]> {
  const {stdout} = await box.run('tm', 'list', '-json');
  return (JSON.parse(stdout) as {versions: Meta[]}).versions;
}

const backends = BACKENDS.map((backend) => ({
  backend,
  name: backend.name,
  missing: realTerraform === undefined ? NO_TERRAFORM : backend.missing(),
}));
const table = keptTable(backends);
afterAll(() => {
  process.stdout.write(`\nWhat was kept\n${table.text()}\n`);
});

for (const {backend, name, missing} of backends) {
  const reason = missing === undefined ? '' : ` (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`state in ${name}${reason}`, () => {
    let running: RunningBackend | undefined;
    beforeAll(async () => {
      running = await backend.start();
    });
    afterAll(async () => {
      await running?.stop();
      if (!backend.hasServer) table.say(name, 'server gone', 'default v2', 'no server');
    });

    /** A project with a state of its own in this backend; what its store holds in the end goes to the table. */
    function project(step: string, options: SandboxOptions = {}): Sandbox {
      if (running === undefined) throw new Error('the backend was not started');
      const box = sandbox({
        ...options,
        files: {...running.files(), ...options.files},
        env: {...running.env, ...options.env},
      });
      onTestFinished(() => {
        table.note(name, step, box);
      });
      return box;
    }

    /** One that was initialised and applied: `terraform_data.web` with the input `one`, kept as v1. */
    async function applied(step: string, options: SandboxOptions = {}): Promise<Sandbox> {
      const box = project(step, {files: {'main.tf': resources({web: 'one'})}, ...options});
      expect(await box.run('init', '-no-color')).toMatchObject({exitCode: 0});
      expect(await box.run(...APPLY)).toEqual({
        exitCode: 0,
        stdout: says('Resources: 1 added, 0 changed, 0 destroyed.'),
        stderr: kept('v1', 1, 0, 0),
      });
      return box;
    }

    test(`with state in ${name}, init creates the store and says where, and is otherwise the bare init`, async () => {
      const files = {'main.tf': resources({web: 'one'})};
      const box = project('init', {files});
      const other = project('init', {files});
      const bare = await other.runWith({program: other.real}, 'init', '-no-color');
      expect(bare).toMatchObject({exitCode: 0, stderr: ''});
      expect(await box.run('init', '-no-color')).toEqual({
        ...bare,
        stderr: `cloudtm: versions of this project will be kept in ${box.store}\n`,
      });
      expect(await box.run('init', '-no-color')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.versions()).toEqual([]);
    });

    test(`with state in ${name}, every apply that changes something is kept with the state that terraform has`, async () => {
      const box = await applied('apply');
      table.say(name, 'state pull', 'ms', await timeOfPull(box));
      expectPulled(box.keptState('v1'), await pulled(box));

      box.write('main.tf', resources({web: 'two'}));
      expect(await box.run(...APPLY)).toEqual({
        exitCode: 0,
        stdout: says('Resources: 0 added, 1 changed, 0 destroyed.'),
        stderr: kept('v2', 0, 1, 0),
      });
      expectPulled(box.keptState('v2'), await pulled(box));

      expect(await box.run(...APPLY)).toEqual({exitCode: 0, stdout: says('No changes.'), stderr: ''});
      expect(box.versions()).toEqual(['v1', 'v2']);
      expect(box.staging()).toEqual([]);
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: true});

      const facts = {backend: backend.type, operation: 'apply', outcome: 'succeeded', workspace: 'default'};
      expect(box.meta('v2')).toMatchObject({...facts, state: {resources: 1}});
      expect(await listed(box)).toMatchObject([
        {version: 'v2', ...facts},
        {version: 'v1', ...facts},
      ]);
      expect((await box.run('tm', 'list')).stdout).toMatch(/^v2 \* .*\bapply\b.*\nv1 .*\bapply\b/m);
    });

    if (backend.hasWorkspaces)
      test(`with state in ${name}, every workspace has its own history`, async () => {
        const box = await applied('workspaces');
        expect(await box.run('workspace', 'new', 'dev')).toMatchObject({exitCode: 0});
        expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
        const dev = join(box.store, 'workspaces', 'dev');
        expect(box.versions(dev)).toEqual(['v1']);
        expect(box.meta('v1', dev)).toMatchObject({workspace: 'dev', backend: backend.type});
        expectPulled(
          box.read('.cloudtm/workspaces/dev/versions/v1/tf_configs/terraform.tfstate'),
          await pulled(box),
        );
        expect((await box.run('tm', 'list')).stdout).toContain('cloudtm versions of workspace dev\n');

        expect(await box.run('workspace', 'select', 'default')).toMatchObject({exitCode: 0, stderr: ''});
        expect(await listed(box)).toMatchObject([{version: 'v1', workspace: 'default'}]);
        box.write('main.tf', resources({web: 'two'}));
        expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v2', 0, 1, 0)});
        expect(box.versions(dev)).toEqual(['v1']);

        const all = await box.run('tm', 'list', '-all-workspaces');
        expect(all).toMatchObject({exitCode: 0, stderr: ''});
        expect(all.stdout).toMatch(/\bdefault\b[^]*^v2 \*[^]*\bdev\b[^]*^v1 \*/m);
      });
    else
      test(`with state in ${name}, terraform itself says that there are no workspaces`, async () => {
        const box = await applied('workspaces');
        const words = ['workspace', 'new', '-no-color', 'dev'];
        const bare = await box.runWith({program: box.real}, ...words);
        expect(bare).toMatchObject({exitCode: 1, stderr: says('workspaces not supported')});
        expect(await box.run(...words)).toEqual(bare);
        expect(existsSync(join(box.store, 'workspaces'))).toBe(false);
        table.say(name, 'workspaces', 'dev v1', 'no workspaces');
      });

    test(`with state in ${name}, an import is kept`, async () => {
      const box = await applied('import');
      box.write('taken.tf', 'resource "terraform_data" "taken" {}\n');
      expect(await box.run('import', '-no-color', 'terraform_data.taken', 'some-id')).toEqual({
        exitCode: 0,
        stdout: says('Import successful!'),
        stderr: kept('v2', 1, 0, 0),
      });
      expectPulled(box.keptState('v2'), await pulled(box));
      expect(box.meta('v2')).toMatchObject({
        operation: 'import',
        outcome: 'succeeded',
        changes: [{address: 'terraform_data.taken', action: 'added'}],
      });
    });

    test(`with state in ${name}, a resource with a new address is kept as moved and not counted`, async () => {
      const box = await applied('state mv');
      expect(await box.run('state', 'mv', 'terraform_data.web', 'terraform_data.site')).toEqual({
        exitCode: 0,
        stdout: says('Successfully moved 1 object(s).'),
        stderr: kept('v2', 0, 0, 0),
      });
      expectPulled(box.keptState('v2'), await pulled(box));
      expect(box.meta('v2')).toMatchObject({
        operation: 'state-mv',
        changes: [{address: 'terraform_data.site', action: 'moved', from: 'terraform_data.web'}],
      });
    });

    test(`with state in ${name}, an apply that fails half way is kept, marked as failed, and exits as terraform did`, async () => {
      const box = project('failed apply', {fixture: 'failing-apply'});
      expect(await box.run('init', '-no-color')).toMatchObject({exitCode: 0});
      const outcome = await box.run(...APPLY, '-var', 'fail=true');
      expect(outcome).toMatchObject({exitCode: 1, stderr: says('local-exec provisioner error')});
      expect(outcome.stderr.endsWith(`\n${kept('v1', 2, 0, 0, ', marked failed')}`)).toBe(true);
      expectPulled(box.keptState('v1'), await pulled(box));
      expect(box.meta('v1')).toMatchObject({operation: 'apply', outcome: 'failed', backend: backend.type});
    });

    test(`with state in ${name}, a held lock makes apply fail with terraform's own message, and nothing is kept`, async () => {
      const box = await applied('lock held');
      box.write('main.tf', resources({web: 'two'}));
      const letGo = await holdLock(box);
      const outcome = await box.run(...APPLY);
      expect(outcome).toEqual({exitCode: 1, stdout: '', stderr: says('Error acquiring the state lock')});
      expect(outcome.stderr).not.toMatch(/^cloudtm:/m);
      expect(box.versions()).toEqual(['v1']);
      expect(box.staging()).toEqual([]);

      await letGo();
      expect(await box.run(...APPLY)).toMatchObject({exitCode: 0, stderr: kept('v2', 0, 1, 0)});
    });

    // The last one: the server is gone for good.
    if (backend.hasServer)
      test(`with state in ${name}, a version is kept without its state when the server stops after the apply`, async () => {
        const box = await applied('server gone', {standIn: HELD_APPLY});
        box.write('main.tf', resources({web: 'two'}));
        const beside = (file: string): string => join(box.folder, file);
        writeFileSync(beside('hold'), '');
        const apply = box.start(APPLY);
        await until(() => existsSync(beside('applied')));
        await running?.takeDown();
        writeFileSync(beside('gone'), '');

        const outcome = await box.finish(apply);
        expect(outcome).toMatchObject({
          exitCode: 0,
          stdout: says('Resources: 0 added, 1 changed, 0 destroyed.'),
        });
        expect(outcome.stderr.match(/^cloudtm: warning: .*$/gm)).toHaveLength(1);
        expect(outcome.stderr.replace(/^cloudtm: .*\n/gm, '')).toBe('');
        // What runs terraform for others (Terragrunt) takes such words for a reason to run it again.
        expect(outcome.stderr).not.toMatch(/timeout|timed out|tcp|connection|127\.0\.0\.1|localhost/i);
        expect(box.versions()).toEqual(['v1', 'v2']);
        expect(box.meta('v2')).toMatchObject({state: null, operation: 'apply', outcome: 'succeeded'});
        expect(box.meta('v2').note).not.toBe('');
        expect(existsSync(join(box.store, 'versions/v2/tf_configs/terraform.tfstate'))).toBe(false);
        expect(box.read('.cloudtm/versions/v2/tf_configs/main.tf')).toBe(resources({web: 'two'}));
        expect((await box.run('tm', 'list')).stdout).toMatch(/^v2 .*state: not available/m);
      });
  });
}

/** `state pull` ends what it prints with a line break of its own, which is no part of the state. */
function expectPulled(state: string, output: string): void {
  expect([output, output.replace(/\n$/, '')]).toContain(state);
}

/** The median of five. */
async function timeOfPull(box: Sandbox): Promise<string> {
  const times: number[] = [];
  for (let time = 0; time < 5; time += 1) {
    const start = performance.now();
    await pulled(box);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[2]?.toFixed(0) ?? '';
}

describe('an http store', () => {
  testWithTerraform('an http backend is written and locked as often as by the bare terraform', async () => {
    const store = await startHttpStore();
    onTestFinished(() => store.stop());
    const story = async (path: string, program: (box: Sandbox) => string): Promise<readonly string[]> => {
      const box = sandbox({files: {...httpFiles(`${store.url}${path}`), 'main.tf': resources({web: 'one'})}});
      for (const words of [
        ['init'],
        APPLY,
        APPLY,
        ['state', 'mv', 'terraform_data.web', 'terraform_data.site'],
      ]) {
        expect(await box.runWith({program: program(box)}, ...words)).toMatchObject({exitCode: 0});
      }
      return store.writes(path);
    };
    const bare = await story('/bare', (box) => box.real);
    expect(bare).toContain('POST');
    expect(await story('/shim', (box) => box.shim)).toEqual(bare);
    expect(store.versions('/shim')).toHaveLength(store.versions('/bare').length);
  });
});
