import {chmodSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {APPLY_INPUT} from '../../support/scripts.js';

const STAND_IN = `if [ "$1" = version ]; then echo '{"terraform_version": "1.11.4"}'; exit; fi
${APPLY_INPUT}`;

function project(): Sandbox {
  return sandbox({standIn: STAND_IN, files: {'main.tf': 'x', input: 'a'}});
}

const OVERVIEW = `cloudtm keeps a version of configuration and state after each terraform command
that changed the state. terraform itself works as usual.

Usage: terraform tm COMMAND [FLAGS]

  list        List versions, newest first
  show        Show a version, one of its files, or its state
  diff        Compare two versions, or a version with the project as it is now
  log         Show who ran what, when, and how it ended, newest first
  blame       Show every version that changed a resource, including before it was moved
  find        Find the last version that contains an id or value, and how to import its resource
  completion  Print the completion script for bash, zsh or fish
  snapshot    Keep the configuration and the state as they are now
  restore     Restore a version's files or state without changing infrastructure
  rollback    Roll back to a version, or show, promote or destroy the active rollback
  machine     Manage disk snapshots of machines: snapshot, list, show, delete, prune, cost, latest
  doctor      Check for common problems and suggest fixes
  version     Show the versions of cloudtm and of the terraform it runs
  help        List the commands, or explain one: help COMMAND

Flags may be written with one dash or two. -chdir=DIR before the command works as in terraform.
`;

describe('help', () => {
  test.each([[], ['help'], ['-h'], ['-help'], ['--help']])('tm %s lists all commands', async (...words) => {
    const box = project();
    expect(await box.run('tm', ...words)).toEqual({exitCode: 0, stdout: OVERVIEW, stderr: ''});
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test.each([
    ['help', 'rollback'],
    ['rollback', '-help'],
    ['rollback', '--help'],
    ['rollback', '-h'],
    ['rollback', '--to', 'v1', '-help'],
  ])('tm %s %s explains one command, and does nothing', async (...words) => {
    expect(await project().run('tm', ...words)).toEqual({
      exitCode: 0,
      stdout: `Roll back to a version, or show, promote or destroy the active rollback.

Usage:
  terraform tm rollback
  terraform tm rollback -to VERSION
  terraform tm rollback -to VERSION -in-place
  terraform tm rollback -promote
  terraform tm rollback -del

Flags:
  -to VERSION        deploy this version from .cloudtm/rollback/; everything must be destroyed first
  -delete, -del      destroy what the active rollback deployed, and end the rollback
  -in-place          plan and apply the version's configuration against what is deployed now
  -plan              with -in-place: only show the plan; nothing is changed
  -promote           make the files and the state of the active rollback those of the project
  -auto-approve      with -in-place or -promote: do not ask for approval
  -destroy-imported  with -in-place: destroy resources imported since the version, instead of forgetting them
  -no-import         with -in-place: do not re-import resources removed from the state since the version
  -with-modules      with -in-place: also restore modules outside of this folder
  -same-backend      store the rollback's state in the version's own backend instead of the rollback's folder
  -var NAME=VALUE    set a variable, overriding the recorded value; may be repeated
  -var-file FILE     set variables from this file; may be repeated
  -json              print the result as JSON
`,
      stderr: '',
    });
  });

  test.each([
    [
      'show',
      `Show a version, one of its files, or its state.

Usage:
  terraform tm show VERSION
  terraform tm show VERSION FILE
  terraform tm show VERSION -state

Flags:
  -state     show the state as JSON, with sensitive values masked
  -reveal    with -state: show it exactly as it was kept, including secrets
  -no-pager  do not use a pager ($PAGER, or less)
  -json      print the result as JSON
`,
    ],
    [
      'diff',
      `Compare two versions, or a version with the project as it is now.

Usage:
  terraform tm diff
  terraform tm diff VERSION
  terraform tm diff VERSION VERSION

Flags:
  -config             compare only the configuration; the output is a patch for patch -p0
  -state              compare only resources and outputs
  -detailed-exitcode  exit with status 2 if anything differs, 0 if nothing does
  -no-pager           do not use a pager ($PAGER, or less)
  -json               print the result as JSON
`,
    ],
    [
      'log',
      `Show who ran what, when, and how it ended, newest first.

Usage:
  terraform tm log
  terraform tm log -n COUNT

Flags:
  -n COUNT         show only the newest COUNT entries
  -all-workspaces  include every workspace, not only the selected one
  -json            print the result as JSON
`,
    ],
    [
      'completion',
      `Print the completion script for bash, zsh or fish.

Usage:
  terraform tm completion SHELL

Add one of these to your shell's configuration, after the line that sets up terraform's own completion:
  bash  eval "$(terraform tm completion bash)"    in ~/.bashrc
  zsh   eval "$(terraform tm completion zsh)"     in ~/.zshrc, after compinit
  fish  terraform tm completion fish | tee ~/.config/fish/completions/{terraform,cloudtm}.fish >/dev/null
`,
    ],
  ])('tm help %s', async (command, stdout) => {
    expect(await project().run('tm', 'help', command)).toEqual({exitCode: 0, stdout, stderr: ''});
  });

  test('help of cloudtm speaks of cloudtm', async () => {
    const box = project();
    const program = join(box.shim, '..', 'cloudtm');
    expect(await box.runWith({program}, 'help')).toEqual({
      exitCode: 0,
      stdout: OVERVIEW.replace('Usage: terraform tm', 'Usage: cloudtm'),
      stderr: '',
    });
    expect(await box.runWith({program}, 'list')).toMatchObject({exitCode: 0, stderr: ''});
    expect(await box.runWith({program}, 'apply')).toMatchObject({
      exitCode: 0,
      stderr: 'cloudtm: kept v1 (1 added, 0 changed, 0 destroyed)\n',
    });
    expect((await box.runWith({program}, 'show', 'v1')).stdout).toMatch(/^v1, apply, succeeded$/m);
    expect((await box.runWith({program}, 'list')).stdout).toContain(
      'Use: cloudtm rollback --to <version> --in-place\n',
    );
  });
});

describe('what is not known', () => {
  test.each([
    ['lst', 'list'],
    ['rolback', 'rollback'],
    ['docter', 'doctor'],
    ['versions', 'version'],
  ])('the unknown command %s is answered with %s, the usage and status 1', async (typed, meant) => {
    const outcome = await project().run('tm', typed);
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toContain(`cloudtm: there is no command "${typed}". Did you mean ${meant}?`);
    expect(outcome.stderr).toMatch(/usage|terraform tm help/i);
  });

  test.each(['xyzzy', '', '-x', '\u001B[31m', '../list', '__proto__', 'constructor', 'toString'])(
    'the unknown command %j, similar to none, is refused',
    async (typed) => {
      const outcome = await project().run('tm', typed);
      expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
      expect(outcome.stderr).toMatch(/^cloudtm: /);
      expect(outcome.stderr).not.toContain('bug');
      expect(outcome.stderr).not.toContain('\u001B');
    },
  );

  test.each([
    [['rollback', '--too', 'v1'], '"-too"', '-to'],
    [['rollback', '-dele'], '"-dele"', '-del'],
    [['list', '-jsn'], '"-jsn"', '-json'],
  ])(
    'the unknown flag in %j is answered with the nearest one, the usage and status 1',
    async (words, typed, meant) => {
      const outcome = await project().run('tm', ...words);
      expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
      expect(outcome.stderr).toContain(`has no flag ${typed}. Did you mean ${meant}`);
      expect(outcome.stderr).toMatch(/usage:/i);
    },
  );

  test.each([
    [['list', 'v1']],
    [['rollback', 'v1']],
    [['list', '--', 'x']],
    [['list', '--__proto__']],
    [['list', '--json=yes=no', 'x']],
    [['list', '-to=v1']],
  ])('the command line %j is refused, and is not a bug', async (words) => {
    const outcome = await project().run('tm', ...words);
    expect(outcome).toMatchObject({exitCode: 1, stdout: ''});
    expect(outcome.stderr).toMatch(/^cloudtm: /);
    expect(outcome.stderr).not.toContain('bug');
  });
});

describe('version', () => {
  test('tm version names cloudtm, the real terraform and its path', async () => {
    const box = project();
    expect(await box.run('tm', 'version')).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(
        new RegExp(`^cloudtm \\d+\\.\\d+\\.\\d+\\nterraform 1\\.11\\.4 \\(${box.real}\\)\\n$`),
      ) as unknown,
      stderr: '',
    });
    expect(JSON.parse((await box.run('tm', 'version', '-json')).stdout)).toMatchObject({
      terraform: {path: box.real, version: '1.11.4'},
    });
  });

  test('tm version says that the version of terraform is unknown if terraform does not tell it', async () => {
    const box = sandbox({standIn: 'exit 1'});
    expect(await box.run('tm', 'version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`terraform (version unknown) (${box.real})`) as unknown,
    });
  });

  test('tm version without any terraform exits with 127 and names the folders that were searched', async () => {
    const box = project();
    rmSync(join(box.real, '..'), {recursive: true});
    const env = {PATH: `${join(box.shim, '..')}:/nowhere:${join(process.execPath, '..')}`};
    const outcome = await box.runWith({env}, 'tm', 'version');
    // The machine may have one beside its Node.
    if (outcome.exitCode !== 0) {
      expect(outcome).toMatchObject({exitCode: 127, stdout: ''});
      expect(outcome.stderr).toContain('terraform was not found in: ');
      expect(outcome.stderr).toContain('/nowhere');
    }
  });
});

describe('doctor', () => {
  test('tm doctor finds nothing wrong in a healthy project', async () => {
    const box = project();
    await box.run('apply');
    const outcome = await box.run('tm', 'doctor');
    expect(outcome).toMatchObject({exitCode: 0, stderr: ''});
    expect(outcome.stdout).toMatch(/^ok +order on PATH +terraform starts cloudtm/m);
    expect(outcome.stdout).toMatch(new RegExp(`^ok +real terraform +1\\.11\\.4 \\(${box.real}`, 'm'));
    expect(outcome.stdout).toMatch(/^ok +store .*\(1 version\)$/m);
    expect(outcome.stdout).toMatch(/Nothing is wrong\.\n$/);
    const json = JSON.parse((await box.run('tm', 'doctor', '-json')).stdout) as {state: string}[];
    expect(new Set(json.map(({state}) => state))).toEqual(new Set(['ok']));
  });

  test('tm doctor creates no store before the first version', async () => {
    const box = project();
    expect(await box.run('tm', 'doctor')).toMatchObject({exitCode: 0});
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test('tm doctor names a damaged version and a fix, and exits with 1', async () => {
    const box = project();
    await box.run('apply');
    box.write('.cloudtm/meta/v1.json', '{');
    const outcome = await box.run('tm', 'doctor');
    expect(outcome).toMatchObject({exitCode: 1, stderr: ''});
    expect(outcome.stdout).toMatch(/^problem +store +v1 is damaged/m);
    expect(outcome.stdout).toContain('remove the metadata file');
    // What it advises helps.
    rmSync(join(box.store, 'meta/v1.json'));
    expect(await box.run('tm', 'doctor')).toMatchObject({exitCode: 0});
  });

  test('tm doctor says when another terraform comes first on PATH', async () => {
    const box = project();
    const env = {PATH: `${join(box.real, '..')}:${box.env.PATH ?? ''}`};
    const outcome = await box.runWith({env}, 'tm', 'doctor');
    expect(outcome).toMatchObject({exitCode: 1});
    expect(outcome.stdout).toMatch(/^problem +order on PATH .*not cloudtm/m);
    expect(outcome.stdout).toContain('in front of PATH');
  });

  test('tm doctor says when cloudtm is turned off, and when others can read the store', async () => {
    const box = project();
    await box.run('apply');
    chmodSync(box.store, 0o755);
    const outcome = await box.run('tm', 'doctor');
    expect(outcome).toMatchObject({exitCode: 0});
    expect(outcome.stdout).toMatch(/^warning +store .*can be read by others/m);
  });

  test('tm doctor survives a file in the place of the store', async () => {
    const box = project();
    box.write('.cloudtm', 'mine');
    const outcome = await box.run('tm', 'doctor');
    expect(outcome.stderr).not.toContain('bug');
    expect(outcome.exitCode).toBe(1);
  });
});
