import {describe, expect, test} from 'vitest';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {STATE_SCRIPT, stateText, testWithTerraform} from '../../support/scripts.js';

/** A version of which the state and, unless the original tool wrote it, the changes are known. */
function version(
  box: Sandbox,
  name: string,
  {inputs, state, ...facts}: {inputs?: Record<string, string>; state?: string} & Record<string, unknown>,
): void {
  box.write(`.cloudtm/versions/${name}/tf_configs/main.tf`, name);
  const content = state ?? (inputs && stateText(1, inputs));
  if (content !== undefined) box.write(`.cloudtm/versions/${name}/tf_configs/terraform.tfstate`, content);
  const resources = {added: '1', changed: '0', destroyed: '0'};
  box.write(
    `.cloudtm/meta/${name}.json`,
    JSON.stringify({version: name, timestamp: '2025-11-26T17:36:35Z', resources, ...facts}),
  );
}

function project(): Sandbox {
  return sandbox({
    standIn: `${STATE_SCRIPT}write_state 1 web=one`,
    files: {'main.tf': 'x'},
    env: {TZ: 'UTC'},
  });
}

const words = (stdout: string) =>
  stdout
    .split('\n')
    .map(
      (line) =>
        /^v\d+|^ {4}(added|changed|replaced|moved|destroyed|was there|from| +from) .*/.exec(line)?.[0],
    )
    .filter((line) => line !== undefined)
    .map((line) => line.trim().replace(/ +/g, ' '));

describe('tm blame', () => {
  testWithTerraform(
    'tm blame follows a resource through its moves, under its old name and its new one',
    async () => {
      const box = sandbox({
        env: {TZ: 'UTC'},
        files: {'main.tf': 'resource "terraform_data" "old" {\n  input = "one"\n}\n'},
      });
      await box.run('init');
      await box.run('apply', '-auto-approve');
      box.write('main.tf', 'resource "terraform_data" "old" {\n  input = "two"\n}\n');
      await box.run('apply', '-auto-approve', '-compact-warnings');
      await box.run('state', 'mv', 'terraform_data.old', 'terraform_data.new');
      box.write(
        'main.tf',
        'resource "terraform_data" "new" {\n  input = "three"\n}\nresource "terraform_data" "x" {}\n',
      );
      await box.run('apply', '-auto-approve');
      const expected = [
        'v4',
        'changed terraform_data.new',
        'v3',
        'moved terraform_data.new',
        'from terraform_data.old',
        'v2',
        'changed terraform_data.old',
        'v1',
        'added terraform_data.old',
      ];
      const byNew = await box.run('tm', 'blame', 'terraform_data.new');
      expect(byNew).toMatchObject({exitCode: 0, stderr: ''});
      expect(words(byNew.stdout)).toEqual(expected);
      expect(byNew.stdout).toMatch(
        /^v3 {2}state-mv {2}\d{4}-.* {2}.+@.+\n {4}terraform state mv terraform_data.old terraform_data.new\n/m,
      );
      const byOld = await box.run('tm', 'blame', 'terraform_data.old');
      expect(words(byOld.stdout)).toEqual(expected);
      expect(byOld.stdout).toMatch(/^terraform_data\.old is terraform_data\.new now\.\n\n/);

      const json = JSON.parse((await box.run('tm', 'blame', 'terraform_data.old', '-json')).stdout) as {
        versions: {version: string; operation: string; changes: unknown}[];
      };
      expect(json).toMatchObject({
        address: 'terraform_data.old',
        renamed: [{from: 'terraform_data.old', to: 'terraform_data.new'}],
        destroyedAfter: null,
      });
      expect(json.versions.map(({version: name, changes}) => [name, changes])).toEqual([
        ['v4', [{action: 'changed', address: 'terraform_data.new'}]],
        ['v3', [{action: 'moved', address: 'terraform_data.new', from: 'terraform_data.old'}]],
        ['v2', [{action: 'changed', address: 'terraform_data.old'}]],
        ['v1', [{action: 'added', address: 'terraform_data.old'}]],
      ]);

      await box.run('destroy', '-auto-approve');
      expect((await box.run('tm', 'blame', 'terraform_data.new')).stdout).toMatch(
        /^Everything was destroyed after v4\.\n/,
      );
    },
  );

  test('tm blame reads from the states what versions of the original tool do not tell', async () => {
    const box = project();
    version(box, 'v1', {inputs: {web: 'one', db: 'one'}});
    version(box, 'v2', {inputs: {web: 'one', db: 'one'}});
    version(box, 'v3', {inputs: {web: 'two', db: 'one'}});
    version(box, 'v4', {inputs: {db: 'one'}});
    const {stdout, stderr, exitCode} = await box.run('tm', 'blame', 'terraform_data.web');
    expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 0});
    expect(stdout).toBe(`v4 (current)  2025-11-26 17:36:35 +0000
    destroyed  terraform_data.web

v3  2025-11-26 17:36:35 +0000
    changed  terraform_data.web

v1  2025-11-26 17:36:35 +0000
    was there  terraform_data.web (first known in v1)
`);
  });

  test('tm blame answers an unknown address with similar ones', async () => {
    const box = project();
    version(box, 'v1', {inputs: {web: 'one', website: 'one', db: 'one'}});
    expect(await box.run('tm', 'blame', 'terraform_data.we')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `cloudtm: no version contains a resource "terraform_data.we". Did you mean:
  terraform_data.web
  terraform_data.db
  terraform_data.website
`,
    });
    expect((await box.run('tm', 'blame', 'zzz')).stderr).toBe(
      'cloudtm: no version contains a resource "zzz". terraform state list shows the present ones; terraform tm find TEXT searches for an id.\n',
    );
    for (const address of ['', 'module', 'terraform_data', '../x', '__proto__', '\u001B[2J', '[', 'a["'])
      expect(await box.run('tm', 'blame', address)).toMatchObject({
        exitCode: 1,
        stdout: '',
        // eslint-disable-next-line no-control-regex -- this is meant
        stderr: expect.stringMatching(/^cloudtm: no version contains a resource "[^\u001b]*$/) as unknown,
      });
  });

  test('tm blame without any version says so, and without an address shows its usage', async () => {
    const box = project();
    expect((await box.run('tm', 'blame', 'x.y')).stderr).toContain('no version has been kept yet');
    expect((await box.run('tm', 'blame')).stderr).toContain('terraform tm blame ADDRESS');
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test('tm blame survives damaged states and metadata, and shows no control characters', async () => {
    const box = project();
    const evil = 'terraform_data.web["\u001B[2J\u009B"]';
    version(box, 'v1', {state: '{"version": 4, "resources": 7}'});
    version(box, 'v2', {
      state: 'x',
      changes: [null, 7, {address: 1}, {address: 'terraform_data.web', action: 'eaten'}],
    });
    version(box, 'v3', {changes: [{address: evil, action: 'moved', from: '\u001B[31m'}]});
    version(box, 'v4', {inputs: {web: 'one'}, changes: [{address: evil, action: 'destroyed'}]});
    const outcome = await box.run('tm', 'blame', 'terraform_data.web');
    expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
    // eslint-disable-next-line no-control-regex -- these are meant
    expect(outcome.stdout).not.toMatch(/[\u001b\u0080-\u009f]/);
    expect(words(outcome.stdout)).toContain('was there terraform_data.web (first known in v4)');
  });
});
