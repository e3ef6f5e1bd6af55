import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, testWithTerraform} from '../../support/scripts.js';

// What the people do whom this is for: a deploy that went wrong, and a change that is only tried.

const YES = '-auto-approve';

/** Three versions, the last of which is regretted. */
async function threeVersions(): Promise<Sandbox> {
  const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
  await box.run('init');
  for (const [at, inputs] of [{web: 'one'}, {web: 'two', db: 'good'}, {web: 'broken'}].entries()) {
    box.write('main.tf', resources(inputs));
    expect((await box.run('apply', YES)).stderr).toContain(`kept v${at + 1} `);
  }
  return box;
}

/** `name=input` of every resource in a state. */
function deployed(box: Sandbox, state = 'terraform.tfstate'): string[] {
  const {resources: list} = box.json(state) as {
    resources: {name: string; instances: {attributes: {input: {value: string}}}[]}[];
  };
  return list.map(({name, instances}) => `${name}=${instances[0]?.attributes.input.value ?? ''}`).sort();
}

describe('recovering from a bad deploy', () => {
  testWithTerraform(
    'a bad deploy can be destroyed, and the last good version deployed by itself',
    async () => {
      const box = await threeVersions();
      expect((await box.run('tm', 'list')).stdout).toContain('Current: v3 (Active)\n');
      expect(await box.run('destroy', YES)).toMatchObject({exitCode: 0});
      expect(await box.run('tm', 'rollback', '--to', 'v2')).toMatchObject({exitCode: 0, stderr: ''});
      const list = (await box.run('tm', 'list')).stdout;
      expect(list).toContain('Current: v3 (Inactive)\nRollback: v2 is deployed from .cloudtm/rollback/\n');
      expect(deployed(box, '.cloudtm/rollback/terraform.tfstate')).toEqual(['db=good', 'web=two']);
      expect(deployed(box)).toEqual([]);
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
      expect(existsSync(join(box.store, 'rollback'))).toBe(false);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    },
  );

  testWithTerraform(
    'a bad deploy can be rolled back in place, without destroying anything first',
    async () => {
      const box = await threeVersions();
      const id = (await box.run('state', 'show', 'terraform_data.web')).stdout;
      const outcome = await box.run('tm', 'rollback', '--to', 'v2', '--in-place', YES);
      expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
      expect(outcome.stdout).toContain('Nothing is destroyed.\n');
      expect(outcome.stdout).toContain('Rolled back to v2, kept as v5 (1 added, 1 changed, 0 destroyed)\n');
      expect(deployed(box)).toEqual(['db=good', 'web=two']);
      expect(box.read('main.tf')).toBe(resources({web: 'two', db: 'good'}));
      expect(box.meta('v4')).toMatchObject({operation: 'before-rollback'});
      expect(box.meta('v5')).toMatchObject({operation: 'rollback', outcome: 'succeeded', restoredFrom: 'v2'});
      // The very same resource, changed.
      const [line] = /id += ".*"/.exec(id) ?? [];
      expect((await box.run('state', 'show', 'terraform_data.web')).stdout).toContain(line);
      expect((await box.run('plan', '-detailed-exitcode')).exitCode).toBe(0);
    },
  );
});

describe('trying a change', () => {
  testWithTerraform('after a trial, the version before can be deployed by itself', async () => {
    const box = await threeVersions();
    box.write('main.tf', resources({web: 'experiment', extra: 'x'}));
    expect((await box.run('apply', YES)).stderr).toBe(kept('v4', 1, 1, 0));
    expect(await box.run('destroy', YES)).toMatchObject({exitCode: 0});
    expect(await box.run('tm', 'rollback', '--to', 'v3')).toMatchObject({exitCode: 0, stderr: ''});
    expect(deployed(box, '.cloudtm/rollback/terraform.tfstate')).toEqual(['web=broken']);
    expect(await box.run('tm', 'rollback', '--del')).toMatchObject({exitCode: 0, stderr: ''});
  });

  testWithTerraform('after a trial, the project can be rolled back in place', async () => {
    const box = await threeVersions();
    box.write('main.tf', resources({web: 'experiment', extra: 'x'}));
    await box.run('apply', YES);
    const outcome = await box.run('tm', 'rollback', '--to', 'v3', '--in-place', YES);
    expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
    expect(outcome.stdout).toContain('This destroys 1 resource: terraform_data.extra.\n');
    expect(deployed(box)).toEqual(['web=broken']);
    expect((await box.run('plan', '-detailed-exitcode')).exitCode).toBe(0);
  });
});

describe('a rollback that becomes the project', () => {
  testWithTerraform(
    'a rollback that is promoted brings its files and state, and destroys nothing',
    async () => {
      const box = await threeVersions();
      await box.run('destroy', YES);
      await box.run('tm', 'rollback', '--to', 'v2');
      const before = deployed(box, '.cloudtm/rollback/terraform.tfstate');
      const apply = await box.run('apply', YES, '-target=terraform_data.none');
      expect(apply.stderr).toContain(
        'a rollback to v2 is active, and this apply creates a second deployment',
      );

      expect(await box.run('tm', 'rollback', '--promote')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('there is no terminal to confirm this on') as unknown,
      });
      const outcome = await box.run('tm', 'rollback', '--promote', YES);
      expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
      expect(outcome.stdout).toContain(
        'v2 is the project now (2 resources), kept as v5; the rollback is over\n',
      );
      expect(deployed(box)).toEqual(before);
      expect(box.read('main.tf')).toBe(resources({web: 'two', db: 'good'}));
      expect(existsSync(join(box.store, 'rollback'))).toBe(false);
      expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v5', status: true});
      expect(box.meta('v5')).toMatchObject({operation: 'promote', restoredFrom: 'v2'});
      expect((await box.run('plan', '-detailed-exitcode')).exitCode).toBe(0);
      expect(await box.run('tm', 'rollback', '--promote', YES)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('no rollback is active') as unknown,
      });
    },
  );

  testWithTerraform(
    'promoting a rollback is refused while the project holds resources, and while the rollback is incomplete',
    async () => {
      const box = await threeVersions();
      await box.run('destroy', YES);
      await box.run('tm', 'rollback', '--to', 'v2');
      await box.run('apply', YES);
      const project = box.read('terraform.tfstate');
      expect(await box.run('tm', 'rollback', '--promote', YES)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('resources still exist in') as unknown,
      });
      expect(box.read('terraform.tfstate')).toBe(project);
      box.write('.cloudtm/rollback.json', '{"rollback": "v2", "unfinished": true}');
      expect(await box.run('tm', 'rollback', '--promote', YES)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('is not finished') as unknown,
      });
    },
  );

  testWithTerraform(
    'a promotion that was interrupted is never destroyed, and resumed when it is run again',
    async () => {
      const box = await threeVersions();
      await box.run('destroy', YES);
      await box.run('tm', 'rollback', '--to', 'v2');
      // As if it was killed once the state had been handed over.
      box.write('.cloudtm/rollback.json', '{"rollback": "v2", "promoting": true}');
      await box.runWith({cwd: box.project}, 'state', 'push', '-force', '.cloudtm/rollback/terraform.tfstate');
      expect(await box.run('tm', 'rollback', '--del')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('nothing of it is destroyed') as unknown,
      });
      expect(await box.run('tm', 'rollback', '--promote', YES)).toMatchObject({exitCode: 0, stderr: ''});
      expect(deployed(box)).toEqual(['db=good', 'web=two']);
      expect((await box.run('plan', '-detailed-exitcode')).exitCode).toBe(0);
    },
  );
});
