import {existsSync, readdirSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished} from 'vitest';
import {holdStore} from '../../support/held-store.js';
import {backendFile} from '../../support/backends/backend.js';
import {until} from '../../support/processes.js';
import {openTerminal} from '../../support/pty.js';
import {bare, remoteProject} from '../../support/remote.js';
import {realTerraform, resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];
const PROVIDER = 'terraform.io/builtin/terraform';

describe('with the state in a backend', () => {
  testWithTerraform(
    'every command that changes a state in a backend keeps a version under its name',
    async () => {
      const {box, store, path} = await remoteProject({
        files: {'main.tf': resources({web: 'one', db: 'one'})},
      });
      await box.run(...APPLY);
      const story: readonly [
        operation: string,
        words: readonly string[],
        counts: readonly [number, number, number],
      ][] = [
        ['taint', ['taint', 'terraform_data.web'], [0, 1, 0]],
        ['untaint', ['untaint', 'terraform_data.web'], [0, 1, 0]],
        ['state-mv', ['state', 'mv', 'terraform_data.db', 'terraform_data.site'], [0, 0, 0]],
        ['state-rm', ['state', 'rm', 'terraform_data.site'], [0, 0, 1]],
        ['import', ['import', 'terraform_data.db', 'an-id'], [1, 0, 0]],
        ['apply', [...APPLY, '-replace=terraform_data.web'], [1, 1, 1]],
        ['apply', [...APPLY, '-destroy', '-target=terraform_data.db'], [0, 0, 1]],
        ['apply', ['apply', '-no-color', '../plan'], [1, 0, 0]],
      ];
      for (const [index, [operation, words, counts]] of story.entries()) {
        if (words.includes('../plan')) await bare(box, 'plan', '-out=../plan');
        const version = `v${index + 2}`;
        expect(await box.run(...words), words.join(' ')).toMatchObject({
          exitCode: 0,
          stderr: kept(version, ...counts),
        });
        expect(box.meta(version)).toMatchObject({operation, outcome: 'succeeded', backend: 'http'});
        expect(box.keptState(version)).toBe(`${store.versions(path).at(-1)?.toString() ?? ''}\n`);
      }
      // What changes nothing makes none.
      for (const words of [
        ['refresh'],
        [...APPLY, '-refresh-only'],
        ['state', 'replace-provider', '-auto-approve', PROVIDER, PROVIDER],
      ])
        expect((await box.run(...words)).stderr).not.toMatch(/cloudtm: kept/);
      expect(box.versions()).toHaveLength(story.length + 1);
      expect(await box.run('destroy', '-auto-approve')).toMatchObject({
        exitCode: 0,
        stderr:
          'cloudtm: nothing is deployed any more (0 added, 0 changed, 2 destroyed), v9 is now inactive\n',
      });
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v9', status: false});
      expect(box.staging()).toEqual([]);
    },
  );
});

/** A project whose apply is held while terraform writes its state. */
async function heldProject(): Promise<{box: Sandbox; store: Awaited<ReturnType<typeof holdStore>>}> {
  const store = await holdStore();
  onTestFinished(() => {
    store.close();
  });
  const files = backendFile('http', `address = "${store.url}"`);
  const box = sandbox({files: {...files, 'main.tf': resources({web: 'one'})}});
  expect(await box.run('init')).toMatchObject({exitCode: 0});
  return {box, store};
}

function staged(box: Sandbox, name: string): boolean {
  return box.staging().some((id) => existsSync(join(box.store, 'staging', id, name)));
}

describe('kill -9 of the shim with the state in a backend', () => {
  testWithTerraform(
    'after kill -9 of the shim during an apply with a backend, the next command keeps what was missed',
    async () => {
      const {box, store} = await heldProject();
      store.letGo();
      await box.run(...APPLY);
      box.write('main.tf', resources({web: 'two', db: 'one'}));
      store.hold();
      const shim = box.start(APPLY);
      await until(() => store.isHolding() && staged(box, 'staged.json') && staged(box, 'before.tfstate'));
      const gone = new Promise((done) => shim.once('exit', done));
      shim.kill('SIGKILL');
      await gone;
      box.write('main.tf', '# edited since');
      store.letGo();
      await until(() => !working(box));
      const outcome = await box.run('tm', 'list');
      expect(outcome).toMatchObject({
        exitCode: 0,
        stderr: kept('v2', 1, 1, 0, ', recovered from an interrupted apply'),
      });
      expect(box.meta('v2')).toMatchObject({operation: 'recovered', outcome: 'interrupted', backend: 'http'});
      expect(box.read('.cloudtm/versions/v2/tf_configs/main.tf')).toBe(resources({web: 'two', db: 'one'}));
      expect(box.staging()).toEqual([]);
    },
  );

  testWithTerraform(
    'after kill -9 of the shim during the pull after an apply, the next command keeps what was missed',
    async () => {
      // Nothing but the pull after the apply is held.
      const standIn = `${STATE_SCRIPT}
      if [ "$1" = state ] && [ -e ../hold ]; then : >../pulling; wait_for ../go; fi
      '${realTerraform ?? ''}' "$@"; status=$?
      [ "$1" != apply ] || : >../hold
      exit "$status"`;
      const {box} = await remoteProject({standIn, files: {'main.tf': resources({web: 'one'})}});
      const shim = box.start(APPLY);
      await until(() => box.exists('../pulling'));
      const gone = new Promise((done) => shim.once('exit', done));
      shim.kill('SIGKILL');
      await gone;
      writeFileSync(join(box.folder, 'go'), '');
      expect(await box.run('tm', 'list')).toMatchObject({
        exitCode: 0,
        stderr: kept('v1', 1, 0, 0, ', recovered from an interrupted apply'),
      });
      expect(box.staging()).toEqual([]);
    },
  );

  testWithTerraform('Ctrl-C during the pull after an apply loses nothing', async () => {
    const standIn = `${STATE_SCRIPT}
      if [ "$1" = state ] && [ -e ../hold ]; then : >../pulling; wait_for ../go; fi
      '${realTerraform ?? ''}' "$@"; status=$?
      [ "$1" != apply ] || : >../hold
      exit "$status"`;
    const {box} = await remoteProject({standIn, files: {'main.tf': resources({web: 'one'})}});
    const terminal = openTerminal(box.shim, APPLY, {env: box.env, cwd: box.project});
    await until(() => box.exists('../pulling'));
    terminal.type('\u0003');
    await terminal.waitFor('^C');
    writeFileSync(join(box.folder, 'go'), '');
    expect(await terminal.exited).toEqual({code: 0, signal: 0});
    expect(terminal.screen()).toContain('kept v1 (1 added, 0 changed, 0 destroyed)');
    expect(box.meta('v1')).toMatchObject({operation: 'apply', outcome: 'succeeded', state: {resources: 1}});
    expect(readdirSync(join(box.store, 'versions'))).toEqual(['v1']);
  });
});

/** Whether a terraform still works for this project. */
function working(box: Sandbox): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === box.project;
    } catch {
      return false;
    }
  });
}
