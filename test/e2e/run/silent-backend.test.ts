import {readdirSync, readFileSync} from 'node:fs';
import {describe, expect} from 'vitest';
import {isAlive, until} from '../../support/processes.js';
import {remoteProject, type RemoteProject} from '../../support/remote.js';
import {realTerraform, resources, type Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

const APPLY = ['apply', '-auto-approve', '-no-color'];
/** What runs terraform for others takes such words for a reason to run it again. */
const NETWORK = /tcp|timeout|timed out|connection|dial|refused|127\.0\.0\.1|localhost/i;

/** The real terraform, which is held before it ends where `../hold` is, and after it has done its work. */
const HELD = `${STATE_SCRIPT}
  '${realTerraform ?? ''}' "$@"; status=$?
  if [ "$1" != state ] && [ -e ../hold ]; then : >../done; wait_for ../go; fi
  exit "$status"`;

async function applied(standIn?: string): Promise<RemoteProject> {
  const project = await remoteProject({
    files: {'main.tf': resources({web: 'one'})},
    env: {CLOUDTM_PULL_LIMIT: '1'},
    ...(standIn === undefined ? {} : {standIn}),
  });
  expect(await project.box.run(...APPLY)).toMatchObject({stderr: kept('v1', 1, 0, 0)});
  return project;
}

/** Processes that work in the project's folder, apart from zombies. */
function workingIn(box: Sandbox): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isAlive(Number(name)))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${box.folder}/home`);
      } catch {
        return false;
      }
    });
}

/** What cloudtm said; terraform's own words about its network are its own. */
const ours = (stderr: string): string => (stderr.match(/^cloudtm: .*$/gm) ?? []).join('\n');

describe('a backend that does not answer', () => {
  testWithTerraform(
    'a backend that stops answering after an apply costs the version its state, and nothing else',
    async () => {
      const {box, store} = await applied(HELD);
      box.write('main.tf', resources({web: 'two'}));
      box.write('../hold', '');
      const apply = box.start(APPLY);
      const end = box.finish(apply);
      await until(() => box.exists('../done'));
      store.become('silent');
      box.write('../go', '');
      const outcome = await end;
      expect(outcome).toEqual({
        exitCode: 0,
        stdout: says('Resources: 0 added, 1 changed, 0 destroyed.'),
        stderr:
          'cloudtm: warning: the state in the backend "http" could not be read after the apply (terraform state pull: no answer in 1 s). ' +
          `Kept v2 without it; terraform tm snapshot keeps the state once it can be read again. Details: ${box.store}/cloudtm.log\n`,
      });
      expect(outcome.stderr).not.toMatch(NETWORK);
      expect(box.meta('v2')).toMatchObject({
        operation: 'apply',
        outcome: 'succeeded',
        state: null,
        note: says('state: not available'),
      });
      expect(box.exists('.cloudtm/versions/v2/tf_configs/terraform.tfstate')).toBe(false);
      expect(box.read('.cloudtm/versions/v2/tf_configs/main.tf')).toBe(resources({web: 'two'}));
      expect(box.staging()).toEqual([]);
      expect(workingIn(box)).toEqual([]);

      // And is made good by hand.
      store.become('good');
      expect(await box.run('tm', 'snapshot')).toMatchObject({exitCode: 0, stdout: 'Kept v3 (1 resource)\n'});
      expect(box.meta('v3')).toMatchObject({resources: {added: '0', changed: '1', destroyed: '0'}});
    },
  );

  testWithTerraform.each([
    ['state mv', ['state', 'mv', 'terraform_data.web', 'terraform_data.site']],
    ['taint', ['taint', 'terraform_data.web']],
    ['a saved plan', ['apply', '-no-color', '../plan']],
  ])(
    'a backend that does not answer delays terraform no longer than the limit before %s',
    async (_name, words) => {
      const {box, store} = await applied();
      box.write('main.tf', resources({web: 'two'}));
      expect(await box.run('plan', '-out=../plan')).toMatchObject({exitCode: 0});
      store.become('silent');
      const started = performance.now();
      const command = box.start(words);
      const end = box.finish(command);
      await until(() => store.waiting() > 0);
      // The question of ours is ended, and then terraform asks; or it has no need to.
      await until(
        () => performance.now() - started > 1_000 && (store.waiting() === 0 || command.exitCode !== null),
      );
      store.become('good');
      const outcome = await end;
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(ours(outcome.stderr)).not.toMatch(NETWORK);
      expect(workingIn(box)).toEqual([]);
      expect(box.staging()).toEqual([]);
      expect(outcome).toMatchObject({exitCode: 0});
      // Counted against the version before, since the state before could not be had.
      expect(box.meta('v2').resources).toMatchObject({added: '0', destroyed: '0'});
      expect(box.meta('v2').changes).toHaveLength(1);
    },
  );

  testWithTerraform('a backend that does not answer does not delay a user who pressed Ctrl-C', async () => {
    const {box, store} = await applied();
    box.write('main.tf', resources({web: 'two'}));
    store.become('silent');
    const command = box.start(APPLY, {env: {CLOUDTM_PULL_LIMIT: '50'}});
    const end = box.finish(command);
    await until(() => store.waiting() >= 2);
    const started = performance.now();
    command.kill('SIGINT');
    setTimeout(() => command.kill('SIGINT'), 300);
    const outcome = await end;
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(outcome.exitCode).toBe(1);
    expect(ours(outcome.stderr)).toBe('');
    expect(box.versions()).toEqual(['v1']);
    expect(box.staging()).toEqual([]);
    expect(workingIn(box)).toEqual([]);
  });
});

describe('a backend that is not there', () => {
  testWithTerraform(
    'a backend that cannot be reached makes terraform fail with its own message, and we print nothing',
    async () => {
      const {box, store} = await applied();
      box.write('main.tf', resources({web: 'two'}));
      await store.stop();
      for (const words of [
        APPLY,
        ['destroy', '-auto-approve', '-no-color'],
        ['state', 'rm', 'terraform_data.web'],
        ['taint', '-no-color', 'terraform_data.web'],
        ['import', '-no-color', 'terraform_data.web', 'id'],
      ]) {
        const bare = await box.runWith({program: realTerraform ?? ''}, ...words);
        expect(bare.exitCode).toBe(1);
        const outcome = await box.run(...words);
        expect({...outcome, stderr: portless(outcome.stderr)}).toEqual({
          ...bare,
          stderr: portless(bare.stderr),
        });
        expect(outcome.stderr).not.toMatch(/cloudtm/);
      }
      expect(box.versions()).toEqual(['v1']);
      expect(box.staging()).toEqual([]);
    },
  );
});

/** Without what differs from run to run: the lock's id and the caller's port. */
function portless(text: string): string {
  return text.replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
}
