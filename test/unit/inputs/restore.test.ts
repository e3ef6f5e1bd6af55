import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {collectInputs, type InputsRequest} from '../../../src/inputs/collect.js';
import type {Context} from '../../../src/context.js';
import {UserError} from '../../../src/errors.js';
import type {RollbackEvent, RollbackQuestion} from '../../../src/events/rollback.js';
import {restoreInputs} from '../../../src/inputs/restore.js';
import {keepVersion} from '../../../src/store/keep.js';
import {writeStored} from '../../../src/store/disk.js';
import {inheritInputs} from '../../../src/store/inputs.js';
import type {Layout} from '../../../src/store/layout.js';
import {readHistory, type Version} from '../../../src/store/read.js';
import {NOTHING_GIVEN} from '../../../src/store/rollback-record.js';
import {openStaging} from '../../../src/store/staging.js';
import type {FileEntry} from '../../../src/store/version.js';
import {readPlannedValues} from '../../../src/terraform/saved-plan.js';
import {asking} from '../../support/ask-terraform.js';
import {temporaryFolder} from '../../support/folder.js';
import {realTerraform} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';
import {intent, manifest, newStore} from '../../support/versions.js';

const VARIABLES = `
  variable "size" { default = 1 }
  variable "name" { default = "n" }
  variable "needed" {}
  variable "password" {
    default   = ""
    sensitive = true
  }
  variable "session" {
    default   = ""
    ephemeral = true
  }
`;

interface Kept {
  readonly layout: Layout;
  readonly version: Version;
  readonly folder: string;
  readonly root: string;
  /** A file of the version, to damage it. */
  damage(path: string, content: string | undefined): void;
}

/** Apply a project with these flags and variables, and copy the version as a rollback does. */
async function kept(
  request: Partial<InputsRequest>,
  prepare: (root: string) => void = () => undefined,
): Promise<Kept> {
  const layout = newStore();
  const root = join(realpathSync(temporaryFolder()), 'project');
  mkdirSync(root);
  writeFileSync(join(root, 'variables.tf'), VARIABLES);
  prepare(root);
  const staging = openStaging(layout, 'a', intent());
  cpSync(root, staging.configs, {recursive: true, verbatimSymlinks: true});
  const entries = await collectInputs({
    root,
    version: staging.version,
    words: [],
    env: {},
    kept: (path) => !path.includes('ignored'),
    ...request,
  });
  const {version, folder} = await keepAs(layout, staging, entries);
  const damage = (path: string, content: string | undefined) => {
    const file = join(layout.version(version.number), path);
    rmSync(file);
    if (content !== undefined) writeFileSync(file, content);
  };
  return {layout, version, folder, root, damage};
}

async function keepAs(
  layout: Layout,
  staging: ReturnType<typeof openStaging>,
  entries: readonly FileEntry[],
) {
  const number = await keepVersion(
    layout,
    staging,
    () => ({...manifest(), entries}),
    () => undefined,
  );
  if (number === undefined) throw new Error('not wanted');
  const version = readHistory(layout).versions.find((each) => each.number === number);
  if (version === undefined) throw new Error('not kept');
  const folder = join(temporaryFolder(), 'rollback');
  cpSync(join(layout.version(number), 'tf_configs'), folder, {recursive: true, verbatimSymlinks: true});
  return {version, folder};
}

interface Now {
  readonly env?: Readonly<Record<string, string>>;
  readonly vars?: readonly string[];
  readonly varFiles?: readonly string[];
  /** What is typed, one answer after the other. Without it there is no terminal. */
  readonly answers?: readonly string[];
  readonly purpose?: 'apply' | 'destroy';
}

async function restore(
  {layout, version, folder}: Pick<Kept, 'layout' | 'version' | 'folder'>,
  now: Now = {},
) {
  const events: RollbackEvent[] = [];
  const questions: RollbackQuestion[] = [];
  const answers = [...(now.answers ?? [])];
  const restored = await restoreInputs({
    context: {env: now.env ?? {}, cwd: dirname(folder)} as Context,
    layout,
    version,
    folder,
    given: {vars: now.vars ?? [], varFiles: now.varFiles ?? []},
    before: NOTHING_GIVEN,
    purpose: now.purpose ?? 'apply',
    say: (event) => events.push(event),
    ask: (question) => {
      questions.push(question);
      return Promise.resolve(answers.shift());
    },
  });
  const {args, env, other} = restored;
  return {args, env, events, questions, ...(other.vars.length + other.varFiles.length > 0 ? {other} : {})};
}

async function problem(restoring: Promise<unknown>) {
  const error = await restoring.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error.problem;
  throw new Error(`no problem for the user, but ${String(error)}`);
}

describe('a rollback gets the values its version had', () => {
  test('a rollback gets values from the record, in the order they were given', async () => {
    const then = await kept(
      {words: ['-var=size=2', '-var-file=a.tfvars', '-var-file=../b.tfvars', '-var', 'name=x=y z']},
      (root) => {
        writeFileSync(join(root, 'a.tfvars'), 'name = "a"');
        writeFileSync(join(dirname(root), 'b.tfvars'), 'name = "b"');
      },
    );
    expect(await restore(then)).toEqual({
      args: [
        '-var=size=2',
        `-var-file=${join(then.folder, 'a.tfvars')}`,
        `-var-file=${join(then.layout.version(1), 'inputs/1-b.tfvars')}`,
        '-var=name=x=y z',
      ],
      env: {},
      events: [],
      questions: [],
    });
  });

  test('a rollback silently takes values from the environment that are still the same', async () => {
    const then = await kept({
      words: ['-var=password=p1'],
      env: {TF_VAR_size: '{"a": 1}', TF_VAR_session: 's'},
    });
    const env = {TF_VAR_size: '{"a":1}', TF_VAR_password: 'p1', TF_VAR_session: 's2', HOME: '/h'};
    expect(await restore(then, {env})).toEqual({args: ['-var=password=p1'], env, events: [], questions: []});
  });

  test('a rollback takes values from TF_CLI_ARGS, whose other values and targets do not reach terraform', async () => {
    const then = await kept({words: ['-var=password=it is']});
    const env = {
      TF_CLI_ARGS: "-var 'password=it is' -no-color -var=name=new",
      TF_CLI_ARGS_apply: '-target=a.b -parallelism 3 -var-file=x.tfvars',
      TF_CLI_ARGS_destroy: '-target=c.d',
    };
    expect(await restore(then, {env})).toEqual({
      args: ['-var=password=it is'],
      env: {
        TF_CLI_ARGS: '-no-color',
        TF_CLI_ARGS_apply: '-parallelism 3',
        TF_CLI_ARGS_destroy: '-target=c.d',
      },
      events: [{type: 'input-left-out', version: 'v1', name: 'name'}],
      questions: [],
    });
  });

  test('a rollback takes values from a file outside of the project that a link led to', async () => {
    const then = await kept({}, (root) => {
      writeFileSync(join(dirname(root), 'common.tfvars'), 'name = "then"');
      symlinkSync('../common.tfvars', join(root, 'common.auto.tfvars'));
    });
    expect((await restore(then)).args).toEqual([]);
    expect(readFileSync(join(then.folder, 'common.auto.tfvars'), 'utf8')).toBe('name = "then"');
  });

  test('a rollback takes the values of a plan, those in clear from their file', async () => {
    const value = (name: string, of: unknown, sensitive = false) => ({
      name,
      value: of,
      sensitive,
      default: null,
    });
    const planned = {
      kind: 'known',
      values: [value('name', 'n1'), value('size', 5), value('password', 'p1', true)],
    } as const;
    const then = await kept({planned}, (root) => {
      writeFileSync(join(root, 'terraform.tfvars'), 'name = "n0"\npassword = "p0"\n');
    });
    const {args, env} = await restore(then, {env: {TF_VAR_size: '5', TF_VAR_password: 'p1'}});
    expect(args).toEqual([
      `-var-file=${join(then.layout.version(1), 'inputs/0-planned.tfvars.json')}`,
      '-var=password=p1',
    ]);
    expect(env).toEqual({TF_VAR_size: '5', TF_VAR_password: 'p1'});
  });

  test('a rollback leaves out values that were not set then, except for those that terraform asked for', async () => {
    const then = await kept({words: ['-var=size=2']});
    const {env, events} = await restore(then, {
      env: {TF_VAR_size: '9', TF_VAR_name: 'new', TF_VAR_needed: 'x', TF_VAR_foreign: 'f'},
    });
    expect(env).toEqual({TF_VAR_size: '9', TF_VAR_needed: 'x', TF_VAR_foreign: 'f'});
    expect(events).toEqual([
      {type: 'input-left-out', version: 'v1', name: 'name'},
      {type: 'input-unknown', version: 'v1', name: 'needed'},
    ]);
  });

  test('a rollback reports recorded targets and does not apply them', async () => {
    const then = await kept({words: ['-target=a.b', '-replace=c.d']});
    expect(await restore(then)).toMatchObject({
      args: [],
      events: [{type: 'inputs-targeted', version: 'v1', targets: ['a.b'], replaced: ['c.d']}],
    });
  });

  test('a rollback uses the present values if the plan could not be read, and says so', async () => {
    const then = await kept({planned: {kind: 'unknown', reason: 'r'}});
    const env = {TF_VAR_name: 'x'};
    expect(await restore(then, {env})).toEqual({
      args: [],
      env,
      events: [{type: 'inputs-unknown', version: 'v1', reason: 'r'}],
      questions: [],
    });
  });
});

testWithTerraform("terraform in the rollback's copy produces the recorded outputs", async () => {
  const types = {
    size: 'number',
    name: 'string',
    needed: 'any',
    password: 'string',
    list: 'list(string)',
    map: 'any',
  };
  const configuration = Object.entries(types).map(
    ([name, type]) => `
      variable "${name}" {
        type      = ${type}
        default   = null
        sensitive = ${name === 'password'}
      }
      output "${name}" {
        value     = var.${name}
        sensitive = true
      }`,
  );
  const write = (root: string) => {
    writeFileSync(join(root, 'variables.tf'), configuration.join('\n'));
    writeFileSync(join(root, 'a.auto.tfvars'), 'name = "auto"\npassword = "auto"\n');
    writeFileSync(join(dirname(root), 'b.tfvars.json'), '{"map": {"a": ["x y", 1]}}');
  };
  const words = [
    '-var=size=5',
    '-var=password=p$1 "x"',
    '-var-file=../b.tfvars.json',
    '-var=needed={a = "=b"}',
  ];
  const set = {TF_VAR_list: '["x", "y"]', TF_VAR_name: 'overruled'};
  const run = (cwd: string, env: NodeJS.ProcessEnv, ...args: string[]) =>
    execFileSync(realTerraform ?? '', args, {
      cwd,
      env: {PATH: '/usr/bin:/bin', HOME: cwd, CHECKPOINT_DISABLE: '1', ...env},
    }).toString();
  const then = await kept({words, env: set}, write);
  run(then.root, set, 'apply', '-auto-approve', ...words);
  const {args, env, events} = await restore(then, {
    env: {...set, TF_VAR_password: 'p$1 "x"', TF_VAR_map: 'no'},
  });
  expect(events).toEqual([]);
  run(then.folder, env, 'apply', '-auto-approve', ...args);
  expect(run(then.folder, {}, 'output', '-json')).toBe(run(then.root, {}, 'output', '-json'));

  run(then.root, {}, 'apply', '-auto-approve', '-var=name=between');
  run(then.root, set, 'plan', '-out=p', ...words);
  run(then.root, {}, 'apply', 'p');
  const planned = await readPlannedValues(
    asking(realTerraform ?? '', {PATH: '/usr/bin:/bin', CHECKPOINT_DISABLE: '1'}, then.root),
    join(then.root, 'p'),
  );
  const later = await kept({planned}, write);
  const now = {
    TF_VAR_list: '["x","y"]',
    TF_VAR_password: 'p$1 "x"',
    TF_VAR_size: '5',
    TF_VAR_needed: '{"a":"=b"}',
    TF_VAR_map: '{"a":["x y",1]}',
  };
  const again = await restore(later, {env: now});
  run(later.folder, again.env, 'apply', '-auto-approve', ...again.args);
  expect(run(later.folder, {}, 'output', '-json')).toBe(run(then.root, {}, 'output', '-json'));
});

describe('a value that is not the one its version had', () => {
  const secret = {words: ['-var=password=p1', '-var=session=s'], env: {TF_VAR_size: '1', TF_VAR_name: 'n1'}};

  test('different values stop a rollback without a terminal, which names them all', async () => {
    const then = await kept(secret);
    const env = {TF_VAR_name: 'n1', TF_VAR_size: '2'};
    expect(await problem(restore(then, {env, purpose: 'destroy'}))).toEqual({
      kind: 'inputs-missing',
      version: 'v1',
      purpose: 'destroy',
      variables: [
        {name: 'password', why: 'unset'},
        {name: 'session', why: 'ephemeral'},
        {name: 'size', why: 'differs'},
      ],
    });
  });

  test('a different value is asked for on a terminal', async () => {
    const then = await kept(secret);
    const restored = await restore(then, {env: {TF_VAR_name: 'other'}, answers: ['p1', 's9', 'n1', '1']});
    expect(restored).toEqual({
      args: ['-var=password=p1', '-var=session=s9'],
      env: {TF_VAR_name: 'n1', TF_VAR_size: '1'},
      events: [{type: 'input-differs', version: 'v1', name: 'name'}],
      questions: [
        {type: 'value', version: 'v1', name: 'password', ephemeral: false},
        {type: 'value', version: 'v1', name: 'session', ephemeral: true},
        {type: 'value', version: 'v1', name: 'name', ephemeral: false},
        {type: 'value', version: 'v1', name: 'size', ephemeral: false},
      ],
    });
  });

  test('a different value is only used after a confirmation', async () => {
    const then = await kept({env: {TF_VAR_size: '1'}});
    const answers = ['2', 'no', '3', '', '4', 'yes'];
    const {env, questions} = await restore(then, {answers});
    expect(env).toEqual({TF_VAR_size: '4'});
    expect(questions.map(({type}) => type)).toEqual([
      'value',
      'use-other',
      'value',
      'use-other',
      'value',
      'use-other',
    ]);
    expect(await problem(restore(then, {answers: ['2']}))).toMatchObject({kind: 'inputs-missing'});
  });

  test('a value that the user overrides is not compared, and comes last', async () => {
    const then = await kept(secret);
    const file = join(dirname(then.folder), 'now.tfvars');
    writeFileSync(file, 'session = "s"\nsize = 7\n');
    const {args, questions} = await restore(then, {
      env: {TF_VAR_name: 'n1'},
      vars: ['password=p2', 'broken'],
      varFiles: ['now.tfvars'],
    });
    expect(args).toEqual([`-var-file=${file}`, '-var=password=p2', '-var=broken']);
    expect(questions).toEqual([]);
  });
});

describe('a file with values that was not kept', () => {
  test('a file with values that was not kept is not needed if the plan has the values', async () => {
    const planned = {
      kind: 'known',
      values: [{name: 'size', value: 3, sensitive: false, default: 1}],
    } as const;
    const then = await kept({planned}, (root) => {
      writeFileSync(join(root, 'ignored.auto.tfvars'), 'size = 3');
    });
    expect((await restore(then, {env: {TF_VAR_size: '3'}})).env).toEqual({TF_VAR_size: '3'});
  });

  test('a file with values that was not kept has to be given again', async () => {
    const then = await kept({words: ['-var-file=/dev/null', '-var-file=ignored.tfvars']}, (root) => {
      writeFileSync(join(root, 'ignored.tfvars'), '');
      writeFileSync(join(root, 'ignored.auto.tfvars'), '');
    });
    const reason = 'it is left out of what is kept of the project';
    expect(await problem(restore(then, {varFiles: ['x', 'y']}))).toEqual({
      kind: 'var-files-missing',
      version: 'v1',
      purpose: 'apply',
      files: [
        {path: 'ignored.auto.tfvars', reason},
        {path: '/dev/null', reason: 'it is no regular file'},
        {path: 'ignored.tfvars', reason},
      ],
    });
    const {args} = await restore(then, {varFiles: ['x', 'y', '/z']});
    expect(args).toEqual([
      `-var-file=${join(dirname(then.folder), 'x')}`,
      `-var-file=${join(dirname(then.folder), 'y')}`,
      '-var-file=/z',
    ]);
  });

  test('a file with values that the copy lacks has to be given again', async () => {
    const then = await kept({words: ['-var-file=a.tfvars']}, (root) => {
      writeFileSync(join(root, 'a.tfvars'), '');
    });
    rmSync(join(then.folder, 'a.tfvars'));
    expect(await problem(restore(then))).toMatchObject({
      kind: 'var-files-missing',
      files: [{path: 'a.tfvars', reason: 'it is not there any more'}],
    });
  });
});

describe('a record', () => {
  test('without a record of inputs a rollback uses the present values, and says so', async () => {
    const then = await kept({words: ['-var=size=2']});
    const older = openStaging(then.layout, 'older', intent());
    writeFileSync(join(older.configs, 'variables.tf'), VARIABLES);
    const {version, folder} = await keepAs(then.layout, older, []);
    const env = {TF_VAR_size: '2', TF_CLI_ARGS: '-var=name=x'};
    expect(await restore({...then, version, folder}, {env, vars: ['needed=b']})).toEqual({
      args: ['-var=needed=b'],
      env: {TF_VAR_size: '2', TF_VAR_name: 'x', TF_CLI_ARGS: ''},
      events: [{type: 'inputs-unknown', version: 'v2', reason: 'they were not kept'}],
      questions: [],
      other: {vars: [{name: 'needed', value: 'b'}], varFiles: []},
    });
  });

  test.each([
    ['inputs.json', '{"format": 1}', /is not what was kept/],
    ['inputs.json', undefined, /cannot be read/],
    ['inputs/1-b.tfvars', 'name = "forged"', /is not what was kept/],
    ['inputs/1-b.tfvars', undefined, /cannot be read/],
  ])('a damaged record of inputs is refused: %s with %j', async (path, content, reason) => {
    const then = await kept({words: ['-var-file=../b.tfvars']}, (root) => {
      writeFileSync(join(dirname(root), 'b.tfvars'), 'name = "b"');
    });
    then.damage(path, content);
    expect(await problem(restore(then))).toEqual({
      kind: 'version-damaged',
      version: 'v1',
      reason: expect.stringMatching(reason) as unknown,
    });
  });

  test.each([
    ['{"format": 99}', 'store-newer'],
    ['{"format": 1}', 'version-damaged'],
    ['null', 'version-damaged'],
    ['', 'version-damaged'],
  ])('a record of inputs in another format is refused: %s', async (content, kind) => {
    const layout = newStore();
    const staging = openStaging(layout, 'b', intent());
    const entry = writeStored(staging.version, 'inputs.json', content, 0o600);
    const {version, folder} = await keepAs(layout, staging, [entry]);
    expect(await problem(restore({layout, version, folder}))).toMatchObject({kind});
  });

  test.each(['tf_configs/../../x', 'inputs/../../../x', '/etc/passwd', 'tf_configs/', 'inputs/x'])(
    'a record of inputs that names %s leads nowhere outside of the version',
    async (path) => {
      const layout = newStore();
      const staging = openStaging(layout, 'b', intent());
      const forged = {
        format: 1,
        arguments: [{flag: 'var-file', path: 'x', kept: path}],
        environment: [],
        targets: [],
        replaced: [],
      };
      const entry = writeStored(staging.version, 'inputs.json', JSON.stringify(forged), 0o600);
      const {version, folder} = await keepAs(layout, staging, [entry]);
      expect(await problem(restore({layout, version, folder}))).toMatchObject({kind: 'version-damaged'});
    },
  );

  test('a record of inputs is passed on to a version whose command evaluates no configuration', async () => {
    const then = await kept({words: ['-var=password=p1', '-var-file=../b.tfvars']}, (root) => {
      writeFileSync(join(dirname(root), 'b.tfvars'), 'name = "b"');
    });
    const next = openStaging(then.layout, 'next', intent());
    writeFileSync(join(next.configs, 'variables.tf'), VARIABLES);
    const entries = inheritInputs(then.layout, then.version.number, next.version);
    expect(entries.map(({path}) => path)).toEqual(['inputs.json', 'inputs/1-b.tfvars']);
    const {version, folder} = await keepAs(then.layout, next, entries);
    expect((await restore({...then, version, folder}, {env: {TF_VAR_password: 'p1'}})).args).toEqual([
      '-var=password=p1',
      `-var-file=${join(then.layout.version(2), 'inputs/1-b.tfvars')}`,
    ]);
  });

  test('a record of inputs that was passed on ignores variables that were removed meanwhile', async () => {
    const then = await kept({words: ['-var=size=2', '-var=password=p'], env: {TF_VAR_name: 'n'}});
    writeFileSync(join(then.folder, 'variables.tf'), 'variable "other" {}');
    expect(await restore(then)).toEqual({args: [], env: {}, events: [], questions: []});
  });

  test('a damaged or missing record of inputs is not passed on', async () => {
    const then = await kept({words: ['-var-file=../b.tfvars']}, (root) => {
      writeFileSync(join(dirname(root), 'b.tfvars'), 'name = "b"');
    });
    const next = openStaging(then.layout, 'next', intent());
    expect(inheritInputs(then.layout, 7, next.version)).toEqual([]);
    then.damage('inputs/1-b.tfvars', 'forged');
    expect(inheritInputs(then.layout, 1, next.version)).toEqual([]);
    chmodSync(join(then.layout.version(1), 'manifest.json'), 0o600);
    writeFileSync(join(then.layout.version(1), 'manifest.json'), 'x');
    expect(inheritInputs(then.layout, 1, next.version)).toEqual([]);
  });
});
