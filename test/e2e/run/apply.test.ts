import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';
import {says} from '../../support/says.js';

/** A project of two resources that has been applied once. */
async function applied(env: Record<string, string> = {}): Promise<Sandbox> {
  const box = sandbox({files: {'main.tf': resources({web: 'one', db: 'one'})}, env});
  expect(await box.run('apply', '-auto-approve')).toMatchObject({exitCode: 0});
  return box;
}

/** The head of a zip whose first entry has this name, without content. */
const zipOf = (name: string): string =>
  `PK\u0003\u0004${'\0'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}`;

describe('apply', () => {
  testWithTerraform('the first apply keeps configuration, state, facts and a pointer', async () => {
    const box = sandbox({
      files: {
        'main.tf': resources({web: 'one', db: 'one'}),
        'scripts/setup.sh': 'echo hi\n',
        'notes.txt': 'n',
      },
    });
    expect(await box.run('apply', '-auto-approve')).toEqual({
      exitCode: 0,
      stdout: says('Apply complete! Resources: 2 added, 0 changed, 0 destroyed.'),
      stderr: kept('v1', 2, 0, 0),
    });
    expect(box.versions()).toEqual(['v1']);
    expect(readdirSync(join(box.store, 'versions/v1/tf_configs')).sort()).toEqual([
      'main.tf',
      'notes.txt',
      'scripts',
      'terraform.tfstate',
    ]);
    expect(box.read('.cloudtm/versions/v1/tf_configs/scripts/setup.sh')).toBe('echo hi\n');
    expect(box.keptState('v1')).toBe(box.read('terraform.tfstate'));
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v1', status: true});
    expect(box.json('.cloudtm/rollback.json')).toEqual({rollback: ''});
    expect(box.read('.cloudtm/.gitignore')).toBe('*\n');
    expect(box.staging()).toEqual([]);
    expect(box.meta('v1')).toMatchObject({
      version: 'v1',
      resources: {added: '2', changed: '0', destroyed: '0'},
      format: 1,
      operation: 'apply',
      outcome: 'succeeded',
      workspace: 'default',
      backend: 'local',
      state: {resources: 2},
      changes: [
        {address: 'terraform_data.db', action: 'added'},
        {address: 'terraform_data.web', action: 'added'},
      ],
      terraform: {product: 'terraform'},
      argv: ['apply', '-auto-approve'],
      targeted: false,
    });
  });

  testWithTerraform('an apply that changes nothing keeps nothing and prints nothing', async () => {
    const box = await applied();
    expect(await box.run('apply', '-auto-approve')).toEqual({
      exitCode: 0,
      stdout: says('No changes.'),
      stderr: '',
    });
    expect(box.versions()).toEqual(['v1']);
    expect(box.staging()).toEqual([]);
  });

  testWithTerraform(
    'an apply that changes an attribute keeps the next version and links what stayed',
    async () => {
      const box = sandbox({files: {'main.tf': resources({web: 'one'}), 'big.bin': 'x'.repeat(100_000)}});
      await box.run('apply', '-auto-approve');
      box.write('main.tf', resources({web: 'two'}));
      expect(await box.run('apply', '-auto-approve')).toEqual({
        exitCode: 0,
        stdout: says('0 added, 1 changed, 0 destroyed'),
        stderr: kept('v2', 0, 1, 0),
      });
      const inode = (version: string): number =>
        statSync(join(box.store, `versions/${version}/tf_configs/big.bin`)).ino;
      expect(inode('v2')).toBe(inode('v1'));
      expect(box.read('.cloudtm/versions/v1/tf_configs/main.tf')).toBe(resources({web: 'one'}));
      expect(box.read('.cloudtm/versions/v2/tf_configs/main.tf')).toBe(resources({web: 'two'}));
    },
  );

  testWithTerraform('an apply that only changes outputs keeps a version that counts nothing', async () => {
    const box = sandbox({fixture: 'empty-outputs'});
    expect(await box.run('apply', '-auto-approve')).toMatchObject({exitCode: 0, stderr: kept('v1', 0, 0, 0)});
    expect(await box.run('apply', '-auto-approve', '-var', 'greeting=hi')).toMatchObject({
      exitCode: 0,
      stderr: kept('v2', 0, 0, 0),
    });
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: false});
  });

  testWithTerraform(
    'an apply that fails half way keeps what it made, marked failed, and exits 1',
    async () => {
      const box = sandbox({fixture: 'failing-apply'});
      const outcome = await box.run('apply', '-auto-approve', '-no-color', '-var', 'fail=true');
      expect(outcome).toEqual({
        exitCode: 1,
        stdout: says('terraform_data.first: Creation complete'),
        stderr: says('local-exec provisioner error'),
      });
      expect(outcome.stderr).toMatch(
        /\ncloudtm: kept v1 \(2 added, 0 changed, 0 destroyed\), marked failed\n$/,
      );
      expect(box.meta('v1')).toMatchObject({
        outcome: 'failed',
        argv: ['apply', '-auto-approve', '-no-color', '-var', 'fail=(redacted)'],
      });
      expect(box.keptState('v1')).toBe(box.read('terraform.tfstate'));
    },
  );

  testWithTerraform('an apply that fails before it changes anything keeps nothing', async () => {
    const box = sandbox({files: {'main.tf': 'resource "terraform_data" "x" {\n  input = nonsense\n}\n'}});
    const outcome = await box.run('apply', '-auto-approve', '-no-color');
    expect(outcome).toEqual({exitCode: 1, stdout: '', stderr: says('Invalid reference')});
    expect(outcome.stderr).not.toContain('cloudtm');
    expect(box.versions()).toEqual([]);
    expect(box.staging()).toEqual([]);
  });

  testWithTerraform('an apply that is refused at its prompt keeps nothing', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    expect(await box.runWith({input: 'no\n'}, 'apply')).toEqual({
      exitCode: 1,
      stdout: says('Apply cancelled.'),
      stderr: '',
    });
    expect(box.versions()).toEqual([]);
    expect(box.staging()).toEqual([]);
  });

  testWithTerraform('an apply with -target is marked as targeted', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one', db: 'one'})}});
    const outcome = await box.run('apply', '-auto-approve', '-target', 'terraform_data.web');
    expect(outcome).toMatchObject({exitCode: 0, stdout: says('1 added, 0 changed, 0 destroyed')});
    expect(outcome.stderr).toBe(kept('v1', 1, 0, 0));
    expect(box.meta('v1').targeted).toBe(true);
  });

  testWithTerraform(
    'an apply with -replace counts one added and one destroyed, as terraform does',
    async () => {
      const box = await applied();
      expect(await box.run('apply', '-auto-approve', '-replace=terraform_data.web')).toEqual({
        exitCode: 0,
        stdout: says('1 added, 0 changed, 1 destroyed'),
        stderr: kept('v2', 1, 0, 1),
      });
      expect(box.meta('v2').changes).toEqual([{address: 'terraform_data.web', action: 'replaced'}]);
    },
  );

  testWithTerraform('an apply with count and for_each writes addresses as terraform does', async () => {
    const box = sandbox({fixture: 'count-and-foreach'});
    expect(await box.run('apply', '-auto-approve')).toMatchObject({exitCode: 0, stderr: kept('v1', 6, 0, 0)});
    expect(box.meta('v1').changes?.map(({address}) => address)).toEqual(
      expect.arrayContaining(['terraform_data.worker[2]', 'terraform_data.queue["a \\"quoted\\" name"]']),
    );
  });

  testWithTerraform('an apply with -json keeps stdout JSON line by line', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    const outcome = await box.run('apply', '-auto-approve', '-json');
    expect(outcome).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    const lines = outcome.stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as {'@level': string})['@level'])).toContain('info');
  });

  testWithTerraform(
    'an apply of a saved plan keeps the configuration that was planned, and not the plan',
    async () => {
      const box = sandbox({files: {'main.tf': resources({web: 'planned'})}});
      expect(await box.run('plan', '-out=saved')).toMatchObject({exitCode: 0, stderr: ''});
      box.write('main.tf', resources({web: 'edited later'}));
      expect(await box.run('apply', 'saved')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
      const configs = join(box.store, 'versions/v1/tf_configs');
      expect(existsSync(join(configs, 'saved'))).toBe(false);
      expect(box.keptState('v1')).toContain('planned');
      expect(readFileSync(join(configs, 'main.tf'), 'utf8')).toBe(resources({web: 'planned'}));
    },
  );

  testWithTerraform('an apply with a child module inside keeps the module', async () => {
    const box = sandbox({fixture: 'modules-inside'});
    expect(await box.run('init')).toMatchObject({
      exitCode: 0,
      stderr: `cloudtm: versions of this project will be kept in ${box.store}\n`,
    });
    expect(await box.run('apply', '-auto-approve')).toMatchObject({exitCode: 0});
    expect(box.read('.cloudtm/versions/v1/tf_configs/modules/greeting/main.tf')).toBe(
      box.read('modules/greeting/main.tf'),
    );
    expect(existsSync(join(box.store, 'versions/v1/tf_configs/.terraform'))).toBe(false);
  });

  testWithTerraform.each([['-help'], ['-h'], ['--help'], ['-version'], ['-auto-approve', '-help']])(
    'apply %s %s changes nothing and makes no version',
    async (...words) => {
      const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
      const bare = await box.runWith({program: box.real}, 'apply', ...words);
      expect(await box.run('apply', ...words)).toEqual(bare);
      expect(box.versions()).toEqual([]);
      expect(box.staging()).toEqual([]);
    },
  );

  testWithTerraform('an apply in a folder without configuration leaves no store behind', async () => {
    const box = sandbox();
    expect(await box.run('apply', '-no-color')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: says('No configuration files'),
    });
    expect(readdirSync(box.project)).toEqual([]);
  });

  test('an apply keeps the configuration terraform started with, whatever is saved while it runs', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}
        staged() { ls .cloudtm/staging/*/staged.json >/dev/null 2>&1; }
        until staged; do sleep 0.01; done
        echo 'edited' >main.tf; echo 'new' >new.tf
        write_state 1 web=one`,
      files: {'main.tf': 'started with'},
    });
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
    expect(box.read('.cloudtm/versions/v1/tf_configs/main.tf')).toBe('started with');
    expect(readdirSync(join(box.store, 'versions/v1/tf_configs')).sort()).toEqual([
      'main.tf',
      'terraform.tfstate',
    ]);
  });

  test('an apply makes folders 0700 and files 0400 whatever the umask', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}write_state 1 web=one`,
      files: {'main.tf': 'x', 'sub/a.sh': 'y'},
    });
    const script = 'umask 000; exec "$0" "$@"';
    expect(await box.runWith({program: '/bin/sh'}, '-c', script, box.shim, 'apply')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: kept('v1', 1, 0, 0),
    });
    const modes = Object.fromEntries(
      (readdirSync(box.store, {recursive: true}) as string[])
        .sort()
        .map((path) => [path, (statSync(join(box.store, path)).mode & 0o7777).toString(8)]),
    );
    expect((statSync(box.store).mode & 0o7777).toString(8)).toBe('700');
    expect(modes).toMatchObject({
      versions: '700',
      'versions/v1': '700',
      'versions/v1/tf_configs': '700',
      'versions/v1/tf_configs/sub': '700',
      'versions/v1/tf_configs/main.tf': '400',
      'versions/v1/tf_configs/sub/a.sh': '400',
      'versions/v1/tf_configs/terraform.tfstate': '400',
      'versions/v1/manifest.json': '400',
      'meta/v1.json': '600',
      'current.json': '600',
      'rollback.json': '600',
    });
  });

  test('an apply does not copy what a version must not hold', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}write_state 1 web=one`,
      files: {
        'main.tf': 'x',
        '.hidden': 'kept',
        'sub/terraform.tfvars': 'kept',
        'sub/.terraform/providers/big': 'no',
        '.terraform/providers/big': 'no',
        'terraform.tfstate.backup': 'no',
        'terraform.tfstate.d/dev/terraform.tfstate': 'no',
        'crash.log': 'no',
        'x.tmp': 'no',
        '.git/config': 'no',
        '.other.tfstate.lock.info': 'no',
        'node_modules/a/b.js': 'no',
        'ignored/by-terraform': 'no',
        'ignored-by-us.txt': 'no',
        plan: zipOf('tfplan'),
        'not-a-plan.zip': zipOf('other'),
        '.terraformignore': 'ignored/\n',
        '.cloudtmignore': 'ignored-by-us.txt\n',
      },
    });
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    const configs = join(box.store, 'versions/v1/tf_configs');
    const files = (readdirSync(configs, {recursive: true}) as string[]).filter((path) =>
      statSync(join(configs, path)).isFile(),
    );
    expect(files.sort()).toEqual([
      '.cloudtmignore',
      '.hidden',
      '.terraformignore',
      'main.tf',
      'not-a-plan.zip',
      'sub/terraform.tfvars',
      'terraform.tfstate',
    ]);
  });

  test('an apply keeps no value of a variable that was given on the command line', async () => {
    const box = sandbox({standIn: `${STATE_SCRIPT}write_state 1 web=one`, files: {'main.tf': 'x'}});
    const words = [
      '-var',
      'password=hunter2',
      '-var=token=hunter2',
      '--var',
      'a=b=hunter2',
      '-var-file=secret.tfvars',
    ];
    await box.run('apply', ...words);
    expect(box.meta('v1').argv).toEqual([
      'apply',
      ...[
        '-var',
        'password=(redacted)',
        '-var=token=(redacted)',
        '--var',
        'a=(redacted)',
        '-var-file=secret.tfvars',
      ],
    ]);
    for (const file of ['meta/v1.json', 'versions/v1/manifest.json']) {
      expect(box.read(`.cloudtm/${file}`)).not.toContain('hunter2');
    }
  });

  test('an apply under Terragrunt keeps its versions with the unit, and terragrunt.hcl under another name', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}write_state 1 web=one`,
      files: {'.terragrunt-cache/aa/bb/main.tf': 'x', '.terragrunt-cache/aa/bb/terragrunt.hcl': 'unit'},
    });
    const cwd = join(box.project, '.terragrunt-cache/aa/bb');
    expect(await box.runWith({cwd}, 'apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
    expect(readdirSync(join(box.store, 'versions/v1/tf_configs')).sort()).toEqual([
      'main.tf',
      'terraform.tfstate',
      'terragrunt.hcl.kept',
    ]);
  });
});

describe('destroy', () => {
  testWithTerraform('a destroy of everything makes no version and sets the status to inactive', async () => {
    const box = await applied();
    expect(await box.run('destroy', '-auto-approve')).toEqual({
      exitCode: 0,
      stdout: says('Destroy complete! Resources: 2 destroyed.'),
      stderr: 'cloudtm: nothing is deployed any more (0 added, 0 changed, 2 destroyed), v1 is now inactive\n',
    });
    expect(box.versions()).toEqual(['v1']);
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v1', status: false});
    expect(box.staging()).toEqual([]);
  });

  testWithTerraform(
    'a destroy followed by the same apply keeps a new version and is active again',
    async () => {
      const box = await applied();
      await box.run('destroy', '-auto-approve');
      expect(await box.run('apply', '-auto-approve')).toMatchObject({
        exitCode: 0,
        stderr: kept('v2', 2, 0, 0),
      });
      expect(box.json('.cloudtm/current.json')).toEqual({current: 'v2', status: true});
    },
  );

  testWithTerraform('a destroy through apply and TF_CLI_ARGS_apply is recognized', async () => {
    const box = await applied();
    expect(await box.runWith({env: {TF_CLI_ARGS_apply: '-auto-approve -destroy'}}, 'apply')).toMatchObject({
      exitCode: 0,
      stderr: 'cloudtm: nothing is deployed any more (0 added, 0 changed, 2 destroyed), v1 is now inactive\n',
    });
    expect(box.json('.cloudtm/current.json')).toEqual({current: 'v1', status: false});
  });
});

describe('other commands that change the state', () => {
  testWithTerraform('state mv is kept as a move', async () => {
    const box = await applied();
    expect(await box.run('state', 'mv', 'terraform_data.web', 'terraform_data.site')).toMatchObject({
      exitCode: 0,
      stdout: says('Successfully moved 1 object(s).'),
      stderr: kept('v2', 0, 0, 0),
    });
    expect(box.meta('v2')).toMatchObject({
      operation: 'state-mv',
      changes: [{address: 'terraform_data.site', action: 'moved', from: 'terraform_data.web'}],
    });
  });

  testWithTerraform('state rm, import, taint and untaint are each kept under their name', async () => {
    const box = await applied();
    expect(await box.run('state', 'rm', 'terraform_data.web')).toMatchObject({
      exitCode: 0,
      stderr: kept('v2', 0, 0, 1),
    });
    expect(await box.run('import', 'terraform_data.web', 'an-id')).toMatchObject({
      exitCode: 0,
      stderr: kept('v3', 1, 0, 0),
    });
    expect(await box.run('taint', 'terraform_data.web')).toMatchObject({
      exitCode: 0,
      stderr: kept('v4', 0, 1, 0),
    });
    expect(await box.run('untaint', 'terraform_data.web')).toMatchObject({
      exitCode: 0,
      stderr: kept('v5', 0, 1, 0),
    });
    expect(['v2', 'v3', 'v4', 'v5'].map((version) => box.meta(version).operation)).toEqual([
      'state-rm',
      'import',
      'taint',
      'untaint',
    ]);
  });

  testWithTerraform('commands that only read print and keep nothing', async () => {
    const box = await applied();
    const before = readdirSync(box.store, {recursive: true});
    for (const words of [
      ['plan'],
      ['output'],
      ['show'],
      ['state', 'list'],
      ['workspace', 'list'],
      ['validate'],
      ['fmt'],
      ['version'],
    ]) {
      expect(await box.run(...words)).toMatchObject({exitCode: 0, stderr: ''});
    }
    expect(readdirSync(box.store, {recursive: true})).toEqual(before);
  });
});

describe('where the state is', () => {
  testWithTerraform('-chdir keeps the versions in the folder terraform works in', async () => {
    const box = sandbox({files: {'env/prod/main.tf': resources({web: 'one'})}});
    expect(await box.run('-chdir=env/prod', 'apply', '-auto-approve')).toMatchObject({
      exitCode: 0,
      stderr: kept('v1', 1, 0, 0),
    });
    expect(box.exists('.cloudtm')).toBe(false);
    expect(box.versions(join(box.project, 'env/prod/.cloudtm'))).toEqual(['v1']);
  });

  testWithTerraform('-chdir to a folder that does not exist ends as with terraform alone', async () => {
    const box = sandbox();
    const bare = await box.runWith({program: box.real}, '-chdir=nowhere', 'apply');
    expect(await box.run('-chdir=nowhere', 'apply')).toEqual(bare);
    expect(readdirSync(box.project)).toEqual([]);
  });

  testWithTerraform('a stale PWD does not lead to another folder', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    mkdirSync(join(box.folder, 'elsewhere'));
    expect(
      await box.runWith({env: {PWD: join(box.folder, 'elsewhere')}}, 'apply', '-auto-approve'),
    ).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    expect(box.versions()).toEqual(['v1']);
    expect(readdirSync(join(box.folder, 'elsewhere'))).toEqual([]);
  });

  testWithTerraform('-state names the state file that a version keeps', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    expect(await box.run('apply', '-auto-approve', '-state=other.tfstate')).toMatchObject({
      exitCode: 0,
      stderr: kept('v1', 1, 0, 0),
    });
    expect(box.keptState('v1')).toBe(box.read('other.tfstate'));
    expect(await box.run('apply', '-auto-approve', '-state', 'other.tfstate')).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    // The state is in the version once, under the name that every version has it.
    expect(readdirSync(join(box.store, 'versions/v1/tf_configs')).sort()).toEqual([
      'main.tf',
      'terraform.tfstate',
    ]);
  });

  testWithTerraform('the state of a version is read where -state-out wrote it', async () => {
    const box = await applied();
    const before = box.read('terraform.tfstate');
    box.write('main.tf', resources({web: 'two', db: 'one'}));
    expect(await box.run('apply', '-auto-approve', '-state-out=out.tfstate')).toMatchObject({
      exitCode: 0,
      stderr: kept('v2', 0, 1, 0),
    });
    expect(box.read('terraform.tfstate')).toBe(before);
    expect(box.keptState('v2')).toBe(box.read('out.tfstate'));
  });

  testWithTerraform(
    'TF_DATA_DIR and TF_WORKSPACE choose the workspace and its tree of the store',
    async () => {
      const env = {TF_DATA_DIR: '.data', TF_WORKSPACE: 'dev'};
      const box = sandbox({files: {'main.tf': resources({web: 'one'})}, env});
      expect(await box.run('apply', '-auto-approve')).toMatchObject({
        exitCode: 0,
        stderr: kept('v1', 1, 0, 0),
      });
      const tree = join(box.store, 'workspaces/dev');
      expect(box.versions()).toEqual([]);
      expect(box.versions(tree)).toEqual(['v1']);
      expect(box.meta('v1', tree).workspace).toBe('dev');
      expect(existsSync(join(tree, 'versions/v1/tf_configs/.data'))).toBe(false);
    },
  );

  testWithTerraform('each workspace counts its own versions', async () => {
    const box = await applied();
    await box.run('workspace', 'new', 'dev');
    expect(await box.run('apply', '-auto-approve')).toMatchObject({exitCode: 0, stderr: kept('v1', 2, 0, 0)});
    expect(box.versions()).toEqual(['v1']);
    expect(box.versions(join(box.store, 'workspaces/dev'))).toEqual(['v1']);
    await box.run('workspace', 'select', 'default');
    box.write('main.tf', resources({web: 'two', db: 'one'}));
    expect(await box.run('apply', '-auto-approve')).toMatchObject({exitCode: 0, stderr: kept('v2', 0, 1, 0)});
    expect(box.json('.cloudtm/workspaces/dev/current.json')).toEqual({current: 'v1', status: true});
  });

  testWithTerraform('TF_CLI_ARGS and TF_CLI_ARGS_apply are read as terraform reads them', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    const env = {TF_CLI_ARGS: '-no-color', TF_CLI_ARGS_apply: "-auto-approve -state='my state.tfstate'"};
    expect(await box.runWith({env}, 'apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    expect(box.keptState('v1')).toBe(box.read('my state.tfstate'));
  });

  testWithTerraform('TF_CLI_ARGS=-help applies nothing', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    const bare = await box.runWith({program: box.real, env: {TF_CLI_ARGS: '-help'}}, 'apply');
    expect(await box.runWith({env: {TF_CLI_ARGS: '-help'}}, 'apply')).toEqual(bare);
    expect(box.versions()).toEqual([]);
  });

  test('the state of a local backend with a path of its own is kept', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}STATE=states/prod.tfstate; write_state 1 web=one`,
      files: {
        'main.tf': 'x',
        'states/.keep': '',
        '.terraform/terraform.tfstate':
          '{"version":3,"backend":{"type":"local","config":{"path":"states/prod.tfstate"}}}',
      },
    });
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
    expect(box.keptState('v1')).toBe(box.read('states/prod.tfstate'));
  });

  test('a failed apply with another backend keeps its exit status, and we print nothing', async () => {
    const box = sandbox({
      standIn: 'exit 3',
      files: {'main.tf': '', '.terraform/terraform.tfstate': '{"backend":{"type":"http","config":{}}}'},
    });
    expect(await box.run('apply')).toEqual({exitCode: 3, stdout: '', stderr: ''});
  });

  test('a workspace with a name that leads out of the folder stays inside the store', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}mkdir -p terraform.tfstate.d/..; STATE=terraform.tfstate.d/../terraform.tfstate; write_state 1 web=one`,
      files: {'main.tf': 'x', 'terraform.tfstate.d/x': ''},
      env: {TF_WORKSPACE: '..'},
    });
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    expect(box.versions(join(box.store, 'workspaces/%2E%2E'))).toEqual(['v1']);
    expect(readdirSync(box.folder).sort()).toEqual(['home', 'project', 'real']);
  });
});

describe('settings', () => {
  const standIn = `${STATE_SCRIPT}write_state 1 web=one; echo done`;

  test('CLOUDTM_DIR moves the whole store', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x'}});
    const store = join(box.folder, 'stores', 'mine');
    expect(await box.runWith({env: {CLOUDTM_DIR: store}}, 'apply')).toEqual({
      exitCode: 0,
      stdout: 'done\n',
      stderr: kept('v1', 1, 0, 0),
    });
    expect(box.versions(store)).toEqual(['v1']);
    expect(readdirSync(box.project).sort()).toEqual(['main.tf', 'terraform.tfstate']);
  });

  test('CLOUDTM_DIR inside the project is not copied into itself', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x', input: '1'}, env: {CLOUDTM_DIR: 'history'}});
    await box.run('apply');
    box.write('terraform.tfstate', 'x');
    await box.run('apply');
    expect(box.versions(join(box.project, 'history'))).toEqual(['v1', 'v2']);
    expect(readdirSync(join(box.project, 'history/versions/v2/tf_configs')).sort()).toEqual([
      'input',
      'main.tf',
      'terraform.tfstate',
    ]);
  });

  test('CLOUDTM_QUIET=1 silences the closing line and nothing else', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x'}, env: {CLOUDTM_QUIET: '1'}});
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: 'done\n', stderr: ''});
    expect(box.versions()).toEqual(['v1']);
  });

  test('CLOUDTM_QUIET=1 does not silence a warning', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x', '.cloudtm': 'a file'}, env: {CLOUDTM_QUIET: '1'}});
    expect(await box.run('apply')).toEqual({
      exitCode: 0,
      stdout: 'done\n',
      stderr: expect.stringMatching(/^cloudtm: warning: .*\.cloudtm cannot be written/) as unknown,
    });
  });

  test('CLOUDTM_DISABLE=1 is terraform and nothing else', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x'}, env: {CLOUDTM_DISABLE: '1'}});
    expect(await box.run('apply')).toEqual({exitCode: 0, stdout: 'done\n', stderr: ''});
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test('a terraform that runs inside a store makes no versions of its own', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x', '.cloudtm/rollback/main.tf': 'x'}});
    const cwd = join(box.store, 'rollback');
    expect(await box.runWith({cwd}, 'apply')).toEqual({exitCode: 0, stdout: 'done\n', stderr: ''});
    expect(readdirSync(cwd).sort()).toEqual(['main.tf', 'terraform.tfstate']);
  });

  test('a store that was copied with its project goes on counting', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x'}});
    await box.run('apply');
    const copy = join(box.folder, 'copy');
    cpSync(box.project, copy, {recursive: true});
    writeFileSync(join(copy, 'terraform.tfstate'), '');
    const {stderr} = await box.runWith({cwd: copy}, 'apply');
    expect(stderr).toMatch(/^cloudtm: warning: the state .* is empty or missing.*\n/);
    expect(stderr.endsWith(`\n${kept('v2', 1, 0, 0)}`)).toBe(true);
    expect(box.versions(join(copy, '.cloudtm'))).toEqual(['v1', 'v2']);
  });
});
