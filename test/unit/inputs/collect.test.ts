import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {matchesSaltedHash} from '../../../src/inputs/salted-hash.js';
import type {Inputs} from '../../../src/store/inputs.js';
import {readPlannedValues} from '../../../src/terraform/saved-plan.js';
import {capturedProject, contentsOf} from '../../support/inputs.js';
import {asking} from '../../support/ask-terraform.js';
import {realTerraform} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';

const FINGERPRINT = expect.stringMatching(/^scrypt:/) as unknown;

const VARIABLES = {
  'variables.tf': `
    variable "size" { default = 1 }
    variable "name" { default = "n" }
    variable "region" { default = "r" }
    variable "password" {
      default   = ""
      sensitive = true
    }
    variable "session" {
      default   = ""
      ephemeral = true
    }
  `,
};

function fingerprintOf(inputs: Inputs | undefined, name: string): string {
  const all = [...(inputs?.arguments ?? []), ...(inputs?.environment ?? [])];
  const found = all.find((each) => 'fingerprint' in each && each.name === name);
  return found !== undefined && 'fingerprint' in found ? found.fingerprint : '';
}

describe('what a command was given', () => {
  test('what a command was given is recorded in order, and secret values only as salted hashes', async () => {
    const project = capturedProject({...VARIABLES, 'x.tfvars': 'region = "x"\n'});
    const {inputs, paths} = await project.collect({
      words: [
        '-var',
        'size=1',
        '-auto-approve',
        '-var-file=x.tfvars',
        '-var=name=a=b c',
        '-target=a.b',
        '--var',
        'password=hunter2-secret',
        '-var=session=session-secret',
        '-replace',
        'c.d["e"]',
        '-var=undeclared=other-secret',
        '-target',
        'm.n',
      ],
    });
    expect(inputs).toEqual({
      format: 1,
      arguments: [
        {flag: 'var', name: 'size', value: '1'},
        {flag: 'var-file', path: 'x.tfvars', kept: 'tf_configs/x.tfvars'},
        {flag: 'var', name: 'name', value: 'a=b c'},
        {flag: 'var', name: 'password', fingerprint: FINGERPRINT},
        {flag: 'var', name: 'session', ephemeral: true},
        {flag: 'var', name: 'undeclared', fingerprint: FINGERPRINT},
      ],
      environment: [],
      targets: ['a.b', 'm.n'],
      replaced: ['c.d["e"]'],
    });
    expect(paths).toEqual(['inputs.json']);
    expect(await matchesSaltedHash(fingerprintOf(inputs, 'password'), 'hunter2-secret')).toBe(true);
    expect(JSON.stringify(contentsOf(project.version))).not.toMatch(/(hunter2|session|other)-secret/);
  });

  test('values from the environment are never recorded in clear', async () => {
    const project = capturedProject(VARIABLES);
    const {inputs} = await project.collect({
      env: {
        TF_VAR_size: 'size-in-clear',
        TF_VAR_password: 'password-in-clear',
        TF_VAR_session: 'session-in-clear',
        TF_VAR_undeclared: 'undeclared-in-clear',
        TF_VAR_name: '',
        AWS_SECRET_ACCESS_KEY: 'aws-in-clear',
      },
    });
    expect(inputs?.environment).toEqual([
      {name: 'name', fingerprint: FINGERPRINT},
      {name: 'password', fingerprint: FINGERPRINT},
      {name: 'session', ephemeral: true},
      {name: 'size', fingerprint: FINGERPRINT},
    ]);
    expect(await matchesSaltedHash(fingerprintOf(inputs, 'name'), '')).toBe(true);
    expect(JSON.stringify(contentsOf(project.version))).not.toContain('in-clear');
  });

  test('values from the environment are left out if something else overrides them', async () => {
    const project = capturedProject(
      {
        ...VARIABLES,
        'terraform.tfvars': 'size = 1\n',
        'x.tfvars.json': '{"name": "x"}',
        'no.auto.tfvars': 'password = "p"',
      },
      ['no.auto.tfvars'],
    );
    const {inputs} = await project.collect({
      words: ['-var=region=x', '-var-file=x.tfvars.json'],
      env: {TF_VAR_size: '1', TF_VAR_name: '2', TF_VAR_region: '3', TF_VAR_password: '4'},
    });
    expect(inputs?.environment).toEqual([{name: 'password', fingerprint: FINGERPRINT}]);
  });

  test('in doubt, all recorded values count as secret', async () => {
    const project = capturedProject({...VARIABLES, 'broken.tf': 'locals {'});
    const {inputs} = await project.collect({words: ['-var=size=1'], env: {TF_VAR_elsewhere: 'x'}});
    expect(inputs).toMatchObject({
      arguments: [{flag: 'var', name: 'size', fingerprint: FINGERPRINT}],
      environment: [{name: 'elsewhere', fingerprint: FINGERPRINT}],
    });
    expect(inputs?.arguments[0]).not.toHaveProperty('value');
  });

  test('the last value of each variable is recorded', async () => {
    const project = capturedProject(VARIABLES);
    const {inputs} = await project.collect({words: ['-var=size=1', '-var=name=x', '-var=size=2']});
    expect(inputs?.arguments).toEqual([
      {flag: 'var', name: 'name', value: 'x'},
      {flag: 'var', name: 'size', value: '2'},
    ]);
  });

  test.each([['-var', '=x-secret'], ['-var', 'novalue-secret'], ['-var= size=x-secret'], ['-var']])(
    'arguments that terraform refuses are not recorded: %s %s',
    async (...words) => {
      const project = capturedProject(VARIABLES);
      const {inputs} = await project.collect({words});
      expect(inputs?.arguments).toEqual([]);
      expect(JSON.stringify(contentsOf(project.version))).not.toContain('-secret');
    },
  );

  test('without variables there is no record, and without values an empty one', async () => {
    const nothing = await capturedProject({'main.tf': ''}).collect({words: ['-auto-approve']});
    expect(nothing).toEqual({paths: [], inputs: undefined});
    const unset = await capturedProject(VARIABLES).collect({});
    expect(unset.inputs).toEqual({format: 1, arguments: [], environment: [], targets: [], replaced: []});
  });
});

test('collecting ends once its result is no longer wanted', async () => {
  const asked: number[] = [];
  const env = Object.fromEntries(Array.from({length: 40}, (_, index) => [`TF_VAR_v${index}`, 'x']));
  const project = capturedProject({
    'v.tf': Object.keys(env)
      .map((name) => `variable "${name.slice(7)}" {}`)
      .join('\n'),
  });
  const cancelled = () => asked.push(1) > 4;
  await expect(project.collect({env, cancelled})).rejects.toThrow('no longer wanted');
  expect(contentsOf(project.version)).not.toHaveProperty('inputs.json');
});

describe('a file with values', () => {
  test('a file with values from elsewhere is copied, read-only, under a name that keeps its form', async () => {
    const project = capturedProject(VARIABLES);
    const shared = join(dirname(project.root), 'shared dir');
    mkdirSync(shared);
    writeFileSync(join(shared, 'prod ü.tfvars.json'), '{"size": 3}', {mode: 0o640});
    writeFileSync(join(shared, 'empty.tfvars'), '');
    const {inputs, paths} = await project.collect({
      words: [`-var-file=../shared dir/prod ü.tfvars.json`, '-var-file', join(shared, 'empty.tfvars')],
    });
    expect(inputs?.arguments).toEqual([
      {flag: 'var-file', path: '../shared dir/prod ü.tfvars.json', kept: 'inputs/1-prod__.tfvars.json'},
      {flag: 'var-file', path: join(shared, 'empty.tfvars'), kept: 'inputs/2-empty.tfvars'},
    ]);
    expect(paths).toEqual(['inputs/1-prod__.tfvars.json', 'inputs/2-empty.tfvars', 'inputs.json']);
    const kept = join(project.version, 'inputs/1-prod__.tfvars.json');
    expect(readFileSync(kept, 'utf8')).toBe('{"size": 3}');
    expect(paths.map((path) => statSync(join(project.version, path)).mode & 0o777)).toEqual([
      0o400, 0o400, 0o400,
    ]);
  });

  test('a file with values is listed with its size and hash, as in the manifest', async () => {
    const project = capturedProject(VARIABLES);
    writeFileSync(join(dirname(project.root), 'a.tfvars'), 'size = 2\n', {mode: 0o644});
    const {collectInputs} = await import('../../../src/inputs/collect.js');
    const {root, version} = project;
    const entries = await collectInputs({
      root,
      version,
      words: ['-var-file=../a.tfvars'],
      env: {},
      kept: () => false,
    });
    expect(entries[0]).toEqual({
      path: 'inputs/1-a.tfvars',
      size: 9,
      mode: '0644',
      sha256: createHash('sha256').update('size = 2\n').digest('hex'),
    });
  });

  test('a file with values in the project is referred to, also through a link, and reported if it is not kept there', async () => {
    const project = capturedProject(
      {...VARIABLES, 'env/a.tfvars': '', 'secret.tfvars': 'size = "left-out"'},
      ['secret.tfvars'],
    );
    symlinkSync('env/a.tfvars', join(project.root, 'link.tfvars'));
    const {inputs} = await project.collect({
      words: ['-var-file=./env/../env/a.tfvars', '-var-file=link.tfvars', '-var-file=secret.tfvars'],
    });
    expect(inputs?.arguments).toEqual([
      {flag: 'var-file', path: './env/../env/a.tfvars', kept: 'tf_configs/env/a.tfvars'},
      {flag: 'var-file', path: 'link.tfvars', kept: 'tf_configs/env/a.tfvars'},
      {
        flag: 'var-file',
        path: 'secret.tfvars',
        kept: null,
        reason: 'it is left out of what is kept of the project',
      },
    ]);
    expect(JSON.stringify(contentsOf(project.version))).not.toContain('left-out');
  });

  test('a file with values that terraform reads by itself is noted if its content is not in the version', async () => {
    const project = capturedProject(
      {...VARIABLES, 'terraform.tfvars': 'size = 1\n', 'secret.auto.tfvars': 'password = "left-out"\n'},
      ['secret.auto.tfvars'],
    );
    writeFileSync(join(dirname(project.root), 'common.tfvars'), 'name = "c"\n');
    symlinkSync('../common.tfvars', join(project.root, 'common.auto.tfvars'));
    const {inputs} = await project.collect({env: {TF_VAR_name: 'x'}});
    expect(inputs).toMatchObject({
      arguments: [
        {flag: 'var-file', automatic: true, path: 'common.auto.tfvars', kept: 'inputs/1-common.auto.tfvars'},
        {flag: 'var-file', automatic: true, path: 'secret.auto.tfvars', kept: null},
      ],
      environment: [],
    });
    expect(JSON.stringify(contentsOf(project.version))).not.toContain('left-out');
  });

  test('a file with values that is not a regular file is not read: a pipe keeps its content', async () => {
    const project = capturedProject({...VARIABLES, 'folder.tfvars/x': ''});
    const pipe = join(dirname(project.root), 'pipe.tfvars');
    execFileSync('mkfifo', [pipe]);
    const {spawn} = await import('node:child_process');
    const writer = spawn('sh', ['-c', `echo 'size = 9' > "$0"`, pipe], {stdio: 'ignore'});
    const words = [pipe, 'folder.tfvars', 'missing.tfvars', '/dev/null', ''].map(
      (path) => `-var-file=${path}`,
    );
    const {inputs} = await project.collect({words});
    expect(inputs?.arguments.map((each) => ('reason' in each ? each.reason : each))).toEqual([
      'it is a pipe',
      'it is a folder',
      'it was not there',
      'it is no regular file',
      'it is a folder',
    ]);
    // The writer still waits for a reader, and that reader gets it all.
    expect(execFileSync('cat', [pipe]).toString()).toBe('size = 9\n');
    expect(await new Promise((done) => writer.once('close', done))).toBe(0);
  });
});

describe('a saved plan', () => {
  testWithTerraform(
    'a saved plan is kept with the values in it, those of unknown origin only as salted hashes',
    async () => {
      const project = capturedProject({
        ...VARIABLES,
        'more.tf': `
        variable "given" { type = object({ a = string, b = optional(number) }) }
        variable "unused" { default = { a = 1 } }
        variable "late" { ephemeral = true }
        resource "terraform_data" "a" { input = [var.size, var.given, var.password] }
      `,
        'terraform.tfvars': 'name = "from-the-file"\nregion = "overruled"\npassword = "in-the-file-too"\n',
      });
      const env = {
        PATH: '/usr/bin:/bin',
        HOME: project.root,
        CHECKPOINT_DISABLE: '1',
        TF_VAR_given: '{a = "given-secret"}',
        TF_VAR_size: '77123',
        TF_VAR_late: 'late-secret',
      };
      const terraform = (...args: string[]) =>
        execFileSync(realTerraform ?? '', args, {cwd: project.root, env});
      terraform('plan', '-input=false', '-out=../p', '-var=region=by-hand');
      const planned = await readPlannedValues(
        asking(realTerraform ?? '', env, project.root),
        join(dirname(project.root), 'p'),
      );
      const {inputs, paths} = await project.collect({planned, env});
      expect(inputs).toEqual({
        format: 1,
        arguments: [],
        environment: [{name: 'late', ephemeral: true}],
        planned: {
          file: 'inputs/0-planned.tfvars.json',
          fingerprints: [
            {name: 'given', fingerprint: FINGERPRINT},
            {name: 'size', fingerprint: FINGERPRINT},
          ],
        },
        targets: [],
        replaced: [],
      });
      expect(paths).toEqual(['inputs/0-planned.tfvars.json', 'inputs.json']);
      const written = contentsOf(project.version);
      expect(JSON.parse(written['inputs/0-planned.tfvars.json'] ?? '')).toEqual({region: 'by-hand'});
      expect(JSON.stringify(written)).not.toMatch(/(given|late)-secret|77123/);
    },
  );

  test('a saved plan that could not be read is recorded as such', async () => {
    const project = capturedProject(VARIABLES);
    const planned = await readPlannedValues(asking('/bin/false', {}, project.root), '/nowhere');
    const {inputs} = await project.collect({planned, env: {TF_VAR_size: '1', TF_VAR_session: '2'}});
    expect(inputs).toMatchObject({
      planned: {unknown: 'terraform show: status 1'},
      environment: [{name: 'session', ephemeral: true}],
    });
  });
});
