import {existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {makeReadOnly, mountSmallDisk, testWithMount} from '../../support/faults.js';
import {until} from '../../support/processes.js';
import {openTerminal} from '../../support/pty.js';
import {resources, sandbox, type Outcome, type Sandbox} from '../../support/sandbox.js';
import {STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

interface Tree {
  readonly box: Sandbox;
  readonly root: string;
  readonly store: string;
  /** The root module's copy. */
  readonly copy: string;
  readonly run: (...argv: string[]) => Promise<Outcome>;
  readonly json: (name: string) => unknown;
  /** How often a text stands in the state of the copy. */
  readonly inState: (text: string) => number;
}

/** `envs/prod` with modules outside of it, applied once, kept as v1 and destroyed. */
async function nested(web = resources({web: 'one'})): Promise<Tree> {
  const box = sandbox({
    files: {
      'envs/prod/main.tf': 'module "a" {\n  source = "../../modules/a"\n}\n',
      'modules/a/main.tf': 'module "b" {\n  source = "../b"\n}\n',
      'modules/b/main.tf': web,
    },
  });
  const root = join(box.project, 'envs/prod');
  const store = join(root, '.cloudtm');
  const copy = join(store, 'rollback/envs/prod');
  const run = (...argv: string[]) => box.runWith({cwd: root}, ...argv);
  await run('init');
  expect(await run('apply', '-auto-approve')).toMatchObject({exitCode: 0});
  expect(await run('destroy', '-auto-approve')).toMatchObject({exitCode: 0});
  return {
    box,
    root,
    store,
    copy,
    run,
    json: (name) => JSON.parse(readFileSync(join(store, name), 'utf8')) as unknown,
    inState: (text) => readFileSync(join(copy, 'terraform.tfstate'), 'utf8').split(text).length - 1,
  };
}

const FAILING = `${resources({web: 'one'})}
resource "terraform_data" "late" {
  depends_on = [terraform_data.web]
  provisioner "local-exec" {
    command = "test -z $FAILS || test ! -e $FAILS"
  }
}
`;

describe('a rollback of a root module with modules outside of it', () => {
  testWithTerraform(
    'a rollback with modules outside of the root module deploys where relative paths are valid, and ends again',
    async () => {
      const {box, run, store, copy, json, inState} = await nested();
      box.write('modules/b/main.tf', resources({web: 'edited since'}));
      const there = await run('tm', 'rollback', '--to', 'v1');
      expect(there).toMatchObject({exitCode: 0, stderr: ''});
      expect(there.stdout).toContain(`v1 is deployed again (1 resource), on its own in ${copy}\n`);
      expect(there.stdout).not.toContain('is read from');
      expect(json('rollback.json')).toEqual({rollback: 'v1', folder: 'envs/prod'});
      expect(inState('"value": "one"')).toBe(2);
      expect(readFileSync(join(copy, '../../modules/b/main.tf'), 'utf8')).toBe(resources({web: 'one'}));
      const status = await run('tm', 'rollback', '-json');
      expect(JSON.parse(status.stdout)).toEqual({rollback: 'v1', path: copy, resources: 1});

      expect(await run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
      expect(existsSync(join(store, 'rollback'))).toBe(false);
      expect(json('rollback.json')).toEqual({rollback: ''});
      expect(box.read('modules/b/main.tf')).toBe(resources({web: 'edited since'}));
    },
  );

  testWithTerraform(
    'a rollback with modules outside of the root module stays active when apply fails, and can be resumed',
    async () => {
      const {box, run, copy, json, inState} = await nested(FAILING);
      const fails = join(box.folder, 'fails');
      writeFileSync(fails, '');
      box.env.FAILS = fails;
      const failed = await run('tm', 'rollback', '--to', 'v1');
      expect(failed).toMatchObject({
        exitCode: 1,
        stderr: says(`terraform apply failed (status 1) in ${copy}. It holds 2 resources.\n`),
      });
      expect(json('rollback.json')).toEqual({rollback: 'v1', folder: 'envs/prod', unfinished: true});
      expect(inState('"name": "web"')).toBe(1);
      rmSync(fails);
      const resumed = await run('tm', 'rollback', '--to', 'v1');
      expect(resumed).toMatchObject({exitCode: 0, stderr: ''});
      expect(resumed.stdout).toContain(`Resuming the rollback to v1 in ${copy}\n`);
      expect(json('rollback.json')).toEqual({rollback: 'v1', folder: 'envs/prod'});
      expect((await run('tm', 'rollback')).stdout).toContain('  resources  2\n');
      expect(await run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
    },
  );

  const losses: readonly [string, (tree: Tree) => void][] = [
    [
      'rollback.json was removed',
      ({store}) => {
        rmSync(join(store, 'rollback.json'));
      },
    ],
    [
      'rollback.json was damaged',
      ({store}) => {
        writeFileSync(join(store, 'rollback.json'), '{"rollb');
      },
    ],
    [
      'rollback.json was emptied',
      ({store}) => {
        writeFileSync(join(store, 'rollback.json'), '{"rollback": ""}');
      },
    ],
    [
      'nothing at all is recorded any more',
      ({store}) => {
        rmSync(join(store, 'rollback.json'));
        rmSync(join(store, 'rollback/.terraform'), {recursive: true});
      },
    ],
  ];
  testWithTerraform.each(losses)(
    'a rollback with modules outside of the root module is not lost when %s',
    async (_, lose) => {
      const tree = await nested();
      const {run, store, copy, inState} = tree;
      await run('tm', 'rollback', '--to', 'v1');
      lose(tree);
      expect((await run('tm', 'rollback')).stdout).toContain(
        `No active rollback\n${copy} still holds 1 resource.\n`,
      );
      expect(await run('tm', 'rollback', '--to', 'v1')).toMatchObject({
        exitCode: 1,
        stderr: says('belongs to an earlier rollback and holds 1 resource, so it is not replaced.\n'),
      });
      expect(inState('"name": "web"')).toBe(1);
      const deleted = await run('tm', 'rollback', '--del');
      expect(deleted).toMatchObject({
        exitCode: 0,
        stderr: '',
        stdout: says('Destroy complete! Resources: 1 destroyed.'),
      });
      expect(existsSync(join(store, 'rollback'))).toBe(false);
    },
  );

  testWithTerraform(
    'a rollback with modules outside of the root module is not removed when terraform can no longer work in its copy',
    async () => {
      const {run, store, copy, inState} = await nested();
      await run('tm', 'rollback', '--to', 'v1');
      rmSync(join(copy, '.terraform'), {recursive: true});
      expect(await run('tm', 'rollback', '--del')).toMatchObject({
        exitCode: 1,
        stderr: says(`terraform destroy failed (status 1) in ${copy}. It holds 1 resource.`),
      });
      expect(inState('"name": "web"')).toBe(1);
      expect(existsSync(join(store, 'rollback'))).toBe(true);
    },
  );
});

testWithTerraform(
  'a rollback says that a module named by an absolute path is used as it is now',
  async () => {
    const box = sandbox({files: {'../mod/main.tf': resources({web: 'one'})}});
    const path = join(box.folder, 'mod');
    box.write('main.tf', `module "m" {\n  source = "${path}"\n}\n`);
    await box.run('init');
    await box.run('apply', '-auto-approve');
    await box.run('destroy', '-auto-approve');
    const there = await box.run('tm', 'rollback', '--to', 'v1');
    expect(there).toMatchObject({exitCode: 0, stderr: ''});
    expect(there.stdout).toContain(`module.m is read from ${path} as it is now, not as it was for v1\n`);
  },
);

/** A terraform whose verbs wait for a file `go-VERB` once `hold-VERB` is there, after half of their work. */
const HELD = `${STATE_SCRIPT}
here=$(dirname "$0"); verb=$1
case $verb in
  apply) write_state 1 web=$(cat main.tf) ;;
  destroy) write_state 2 ;;
esac
trap 'echo interrupted; exit 1' INT
if [ -e "$here/hold-$verb" ]; then touch "$here/in-$verb"; while [ ! -e "$here/go-$verb" ]; do sleep 0.02; done; fi`;

async function heldIn(
  verb: string,
): Promise<{box: Sandbox; isIn: () => Promise<unknown>; letGo: () => void}> {
  const box = sandbox({standIn: HELD, files: {'main.tf': 'one'}});
  await box.run('apply');
  await box.run('destroy');
  const file = (name: string) => join(box.real, '..', `${name}-${verb}`);
  writeFileSync(file('hold'), '');
  return {
    box,
    isIn: () => until(() => existsSync(file('in'))),
    letGo: () => {
      writeFileSync(file('go'), '');
      rmSync(file('hold'));
    },
  };
}

describe('a rollback that is interrupted', () => {
  test.each([
    ['init', {rollback: ''}, 'terraform init failed', 'No active rollback\n'],
    ['apply', {rollback: 'v1', unfinished: true}, 'It holds 1 resource.', 'Active rollback: v1\n'],
  ])(
    'a rollback that is interrupted with Ctrl-C in %s says what exists and where',
    async (verb, record, message, status) => {
      const {box, isIn, letGo} = await heldIn(verb);
      const terminal = openTerminal(box.shim, ['tm', 'rollback', '--to', 'v1'], {
        env: box.env,
        cwd: box.project,
        cols: 200,
      });
      onTestFinished(() => {
        terminal.hangUp();
      });
      await isIn();
      terminal.type('\u0003');
      await terminal.waitFor(message);
      expect(await terminal.exited).toEqual({code: 1, signal: 0});
      expect(box.json('.cloudtm/rollback.json')).toEqual(record);
      expect((await box.run('tm', 'rollback')).stdout).toContain(status);
      letGo();
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
      expect(box.exists('.cloudtm/rollback')).toBe(false);
      expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
    },
  );

  test('a rollback that is killed in apply is known to -del', async () => {
    const {box, isIn, letGo} = await heldIn('apply');
    const child = box.start(['tm', 'rollback', '--to', 'v1']);
    const ended = box.finish(child);
    await isIn();
    child.kill('SIGKILL');
    letGo();
    await ended;
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1', unfinished: true});
    expect((await box.run('tm', 'rollback')).stdout).toContain('  resources  1\n');
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
    expect(box.exists('.cloudtm/rollback')).toBe(false);
  });

  test('a rollback that is killed in init leaves a folder that the next one replaces', async () => {
    const {box, isIn, letGo} = await heldIn('init');
    const child = box.start(['tm', 'rollback', '--to', 'v1']);
    const ended = box.finish(child);
    await isIn();
    child.kill('SIGKILL');
    letGo();
    await ended;
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    const again = await box.run('tm', 'rollback', '--to', 'v1');
    expect(again).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: says('left by a rollback that deployed nothing\n'),
    });
  });
});

test('a rollback replaces a link in the place of its folder, and nothing behind the link', async () => {
  const {box} = await heldIn('nothing');
  box.write('../precious/file', 'precious');
  symlinkSync(join(box.folder, 'precious'), join(box.store, 'rollback'));
  expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
  expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
  expect(readdirSync(join(box.folder, 'precious'))).toEqual(['file']);
});

test('a rollback from within the folder of a rollback is refused', async () => {
  const {box} = await heldIn('nothing');
  await box.run('tm', 'rollback', '--to', 'v1');
  const cwd = join(box.store, 'rollback');
  for (const words of [[], ['--to', 'v1'], ['--del']]) {
    expect(await box.runWith({cwd}, 'tm', 'rollback', ...words)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `cloudtm: ${cwd} belongs to cloudtm; run this in the project's folder.\n`,
    });
  }
  expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
});

test('two rollbacks at the same time do not use one folder', async () => {
  const {box, isIn, letGo} = await heldIn('init');
  const first = box.finish(box.start(['tm', 'rollback', '--to', 'v1']));
  await isIn();
  for (const words of [['--to', 'v1'], ['--del']]) {
    expect(await box.run('tm', 'rollback', ...words)).toEqual({
      exitCode: 1,
      stdout: expect.not.stringContaining('terraform init') as unknown,
      stderr:
        'cloudtm: another rollback is already running here. Wait for it to finish; nothing was changed.\n',
    });
  }
  letGo();
  expect(await first).toMatchObject({exitCode: 0, stderr: ''});
  expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
  expect(readdirSync(join(box.store, 'staging'))).toEqual([]);
});

describe('a store that cannot be written', () => {
  testWithMount(
    'a rollback with a read-only store deploys nothing, and an active one stays recorded',
    async () => {
      const {box} = await heldIn('nothing');
      makeReadOnly(box.store);
      const refused = await box.run('tm', 'rollback', '--to', 'v1');
      expect(refused).toMatchObject({exitCode: 1, stderr: says('cannot be written')});
      expect(refused.stderr).not.toContain('bug');
      expect(refused.stdout).not.toContain('terraform init');
    },
  );

  testWithMount('-del with a read-only store keeps the folder and the record', async () => {
    const {box} = await heldIn('nothing');
    await box.run('tm', 'rollback', '--to', 'v1');
    makeReadOnly(box.store);
    const refused = await box.run('tm', 'rollback', '--del');
    expect(refused).toMatchObject({exitCode: 1, stderr: says('cannot be written')});
    expect(refused.stderr).not.toContain('bug');
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: 'v1'});
    expect(box.read('.cloudtm/rollback/terraform.tfstate')).toContain('"web"');
  });

  testWithMount('a rollback on a full disk deploys nothing that is not recorded', async () => {
    const box = sandbox({standIn: HELD, files: {'main.tf': 'one'}});
    mountSmallDisk(box.store, 'size=300k');
    await box.run('apply');
    await box.run('destroy');
    // Too little for the copy and the record.
    const filler = join(box.store, 'filler');
    let size = 400_000;
    while (size > 1_000) {
      try {
        writeFileSync(filler, 'x'.repeat(size), {flag: 'a'});
      } catch {
        size = Math.floor(size / 2);
      }
    }
    const refused = await box.run('tm', 'rollback', '--to', 'v1');
    expect(refused).toMatchObject({exitCode: 1, stderr: says('cannot be written')});
    expect(refused.stderr).not.toContain('bug');
    expect(refused.stdout).not.toContain('terraform apply');
    rmSync(filler);
    expect(await box.run('tm', 'rollback', '--to', 'v1')).toMatchObject({exitCode: 0, stderr: ''});
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
  });
});
