import {rmSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {STATE_SCRIPT, stateText, testWithTerraform} from '../../support/scripts.js';

/** A version of the original tool with this state. */
function version(box: Sandbox, name: string, state: string): void {
  box.write(`.cloudtm/versions/${name}/tf_configs/terraform.tfstate`, state);
  const resources = {added: '1', changed: '0', destroyed: '0'};
  const meta = {version: name, timestamp: '2025-11-26T17:36:35Z', resources};
  box.write(`.cloudtm/meta/${name}.json`, JSON.stringify(meta));
}

function project(): Sandbox {
  return sandbox({
    standIn: `${STATE_SCRIPT}write_state 1 web=one`,
    files: {'main.tf': 'x'},
    env: {TZ: 'UTC'},
  });
}

describe('tm find', () => {
  testWithTerraform('tm find finds a lost resource, and its import block imports it again', async () => {
    const box = sandbox({
      files: {
        'main.tf': 'resource "terraform_data" "web" {\n  for_each = toset(["a $${b}"])\n  input = "one"\n}\n',
      },
    });
    await box.run('init');
    await box.run('apply', '-auto-approve');
    const {resources} = box.json('terraform.tfstate') as {
      resources: {instances: {attributes: {id: string}}[]}[];
    };
    const id = resources[0]?.instances[0]?.attributes.id ?? '';
    const before = await box.run('tm', 'find', id);
    expect(before).toMatchObject({exitCode: 0, stderr: ''});
    expect(before.stdout).toMatch(/^v1 \(current\) {2}apply {2}/);
    expect(before.stdout).toContain(
      `\n    terraform_data.web["a \${b}"]\n    id = "${id}"\n    still in the state\n`,
    );
    expect(before.stdout).not.toContain('import');

    await box.run('state', 'rm', 'terraform_data.web');
    const {stdout} = await box.run('tm', 'find', id.slice(0, 13));
    expect(stdout).toMatch(/^v1 {2}apply {2}/);
    expect(stdout).toContain('    no longer in the state\n\n    To adopt it again:\n\n    import {\n');
    box.write('import.tf', stdout.slice(stdout.indexOf('import {')));
    const applied = await box.run('apply', '-auto-approve');
    expect(applied).toMatchObject({exitCode: 0});
    expect(applied.stdout).toContain('1 imported');
    expect(box.read('terraform.tfstate')).toContain(id);

    const json = JSON.parse((await box.run('tm', 'find', id, '-json')).stdout) as {found: unknown[]};
    expect(json).toMatchObject({workspace: 'default', stateReadable: true, unsearched: []});
    expect(json.found).toEqual([
      expect.objectContaining({
        version: 'v3',
        operation: 'apply',
        kind: 'resource',
        address: 'terraform_data.web["a ${b}"]',
        attribute: 'id',
        value: id,
        sensitive: false,
        standing: {kind: 'there', address: 'terraform_data.web["a ${b}"]', hasText: true},
        import: `import {\n  to = terraform_data.web["a $\${b}"]\n  id = "${id}"\n}`,
      }),
    ]);
  });

  testWithTerraform('tm find searches sensitive values and never prints them', async () => {
    const box = sandbox({
      files: {
        'main.tf': `variable "password" {
  sensitive = true
  default   = "tr0ub4dor-and-three"
}
resource "terraform_data" "db" {
  input = {password = var.password, port = 5432}
}
output "url" {
  value     = "db://\${var.password}@host"
  sensitive = true
}
output "port" {
  value = terraform_data.db.input.port
}
`,
      },
    });
    await box.run('init');
    await box.run('apply', '-auto-approve');
    for (const words of [['tr0ub4dor'], ['tr0ub4dor', '-json']]) {
      const {stdout, stderr, exitCode} = await box.run('tm', 'find', ...words);
      expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 0});
      expect(stdout).toContain('terraform_data.db');
      expect(stdout).toContain('output.url');
      expect(stdout).not.toContain('three');
    }
    expect((await box.run('tm', 'find', '5432')).stdout).toContain('input.port = "5432"');
  });

  test('tm find works in a store of the original tool, and tells what became of each resource', async () => {
    const box = project();
    version(box, 'v1', stateText(1, {web: 'one', gone: 'one'}));
    version(box, 'v2', stateText(2, {web: 'one'}));
    box.write('terraform.tfstate', stateText(3, {site: 'two'}).replace('id-site', 'id-web'));
    expect(await box.run('tm', 'find', 'one')).toEqual({
      exitCode: 0,
      stdout: `v2 (current)  2025-11-26 17:36:35 +0000
    terraform_data.web
    input = "one"
    still in the state as terraform_data.site, but this attribute has another value

v1  2025-11-26 17:36:35 +0000
    terraform_data.gone
    input = "one"
    no longer in the state

    To adopt it again:

    import {
      to = terraform_data.gone
      id = "id-gone"
    }
`,
      stderr: '',
    });
  });

  test('tm find says that a state cannot be read, and uses the newest version instead', async () => {
    const box = project();
    version(box, 'v1', stateText(1, {web: 'one'}));
    box.write('terraform.tfstate', '{');
    const {stdout, exitCode} = await box.run('tm', 'find', 'id-web');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('    still in v1\n');
    expect(stdout).toContain('terraform.tfstate cannot be read now, so v1 tells what is still there.\n');
    rmSync(`${box.project}/terraform.tfstate`);
    expect((await box.run('tm', 'find', 'id-web')).stdout).toContain('    no longer in the state\n');
  });

  test('tm find reads a state in a backend to tell what still exists', async () => {
    const box = sandbox({
      standIn: '[ "$1 $2" != "state pull" ] || cat remote.json',
      files: {'main.tf': 'x', '.terraform/terraform.tfstate': '{"backend": {"type": "s3", "config": {}}}'},
    });
    version(box, 'v1', stateText(1, {web: 'one', db: 'one'}));
    box.write('remote.json', stateText(2, {web: 'one'}));
    expect((await box.run('tm', 'find', 'id-web')).stdout).toContain('    still in the state\n');
    expect((await box.run('tm', 'find', 'id-db')).stdout).toContain('    no longer in the state\n');
    rmSync(`${box.project}/remote.json`);
    expect((await box.run('tm', 'find', 'id-db')).stdout).toContain(
      'the backend "s3" cannot be read now, so v1 tells what is still there.\n',
    );
  });

  test('tm find exits with 1 when it finds nothing, and says what could not be searched', async () => {
    const box = project();
    version(box, 'v1', stateText(1, {web: 'one'}));
    version(box, 'v2', '{"x-9"');
    box.write('terraform.tfstate', stateText(2, {web: 'x-9'}));
    expect(await box.run('tm', 'find', 'x-9')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `cloudtm: no version has "x-9" in an id, an attribute or an output.
The present state has it: terraform_data.web. terraform tm snapshot keeps a version of it.
v2 could not be searched.
`,
    });
    expect((await box.run('tm', 'find', '\u001B[2J\u009B')).stderr).toBe(
      'cloudtm: no version has "\\u001b[2J\\u009b" in an id, an attribute or an output.\n',
    );
    expect(await box.run('tm', 'find', '')).toMatchObject({exitCode: 1, stdout: ''});
    expect((await box.run('tm', 'find')).stderr).toContain('terraform tm find TEXT');
  });

  test('tm find shows only the first of many, and what surrounds the text in a long value', async () => {
    const box = project();
    const many = Object.fromEntries(Array.from({length: 30}, (_, at) => [`r${at}`, 'common']));
    version(box, 'v1', stateText(1, {...many, long: `${'a'.repeat(300)}needle${'b'.repeat(300)}`}));
    const {stdout} = await box.run('tm', 'find', 'common');
    expect(stdout.match(/^ {4}input = "common"$/gm)).toHaveLength(20);
    expect(stdout).toMatch(/\n10 more; -json has all of them\.\n$/);
    expect(
      (JSON.parse((await box.run('tm', 'find', 'common', '-json')).stdout) as {found: []}).found,
    ).toHaveLength(30);
    expect((await box.run('tm', 'find', 'needle')).stdout).toMatch(/^ {4}input = …"a{25}needleb{25}"…$/m);
  });

  test('tm find survives hostile states, and does not show their control characters', async () => {
    const box = project();
    version(
      box,
      'v1',
      stateText(1, {'web\u001B[2J': 'needle \u001B]0;x\u0007 \u009B'}).replace('"id-web', '"i\u202Ed-web'),
    );
    version(box, 'v2', '{"version":4,"resources":[null],"needle":1}');
    version(box, 'v3', `{"version":4,"outputs":${'['.repeat(50_000)}"needle"${']'.repeat(50_000)}}`);
    version(box, 'v4', '{"version":4,"outputs":{"__proto__":{"value":"needle"},"x":null}}');
    for (const words of [['needle'], ['needle', '-json']]) {
      const {stdout, exitCode} = await box.run('tm', 'find', ...words);
      expect(exitCode).toBe(0);
      // eslint-disable-next-line no-control-regex -- these are meant
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(stdout).toContain('v2');
    }
  });

  test('tm find names what is in the place of a state', async () => {
    const box = project();
    version(box, 'v1', stateText(1, {web: 'one'}));
    version(box, 'v2', 'x');
    const file = `${box.store}/versions/v2/tf_configs/terraform.tfstate`;
    rmSync(file);
    box.write(
      '.cloudtm/versions/v2/tf_configs/terraform.tfstate/x',
      'a folder is no state for anybody, also for root',
    );
    expect((await box.run('tm', 'find', 'one')).stdout).toContain(
      'v2 could not be searched: its state is damaged.\n',
    );
  });
});
