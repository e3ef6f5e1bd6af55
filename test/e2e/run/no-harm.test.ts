import {spawn} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a program and tell also by which signal it died; output as bytes, in hex where that matters. */
async function end(box: Sandbox, program: string, ...argv: string[]): Promise<Ending> {
  const child = spawn(program, argv, {cwd: box.project, env: box.env, stdio: ['ignore', 'pipe', 'pipe']});
  const output = {stdout: '', stderr: ''};
  child.stdout.setEncoding('latin1').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('latin1').on('data', (text: string) => (output.stderr += text));
  return new Promise((done) =>
    child.once('close', (code, signal) => {
      done({code, signal, ...output});
    }),
  );
}

const withoutIds = (text: string): string =>
  text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');

describe('through pipes', () => {
  testWithTerraform(
    'through pipes, plan, output, show and a second apply write byte for byte what the bare binary writes',
    async () => {
      const box = sandbox({
        // One resource: terraform itself tells of several in changing order.
        files: {
          'main.tf':
            'variable "page" {\n  default = "Hello"\n}\n' +
            'resource "terraform_data" "page" {\n  input = var.page\n}\n' +
            'output "page" {\n  value = terraform_data.page.output\n}\n',
        },
      });
      await box.run('apply', '-auto-approve');
      for (const words of [
        ['plan'],
        ['plan', '-var', 'page=Bye'],
        ['output'],
        ['output', '-json'],
        ['output', '-raw', 'page'],
        ['show', '-json'],
        ['apply', '-auto-approve'],
        ['refresh'],
        ['state', 'list'],
        ['nonsense'],
        ['apply', '-nonsense'],
        [],
      ]) {
        expect(await box.run(...words)).toEqual(await box.runWith({program: box.real}, ...words));
      }
      expect(box.versions()).toEqual(['v1']);
    },
  );

  testWithTerraform(
    'through pipes, a first apply writes what the bare binary writes, except for ids, and one line on stderr',
    async () => {
      const box = sandbox({fixture: 'web-app'});
      const bare = sandbox({fixture: 'web-app'});
      const [ours, theirs] = [
        await box.run('apply', '-auto-approve', '-parallelism=1'),
        await bare.runWith({program: bare.real}, 'apply', '-auto-approve', '-parallelism=1'),
      ];
      const lines = (text: string): string[] => withoutIds(text).split('\n').sort();
      expect(lines(ours.stdout)).toEqual(lines(theirs.stdout));
      expect(ours).toMatchObject({exitCode: 0, stderr: kept('v1', 3, 0, 0)});
      expect(theirs.stderr).toBe('');
    },
  );

  test("terraform's output passes unchanged through pipes: bytes that are not text, long lines, missing line ends", async () => {
    const standIn = `printf '\\000\\377\\033[1mx'; head -c 300000 /dev/zero | tr '\\0' y; printf 'err\\376' >&2`;
    const box = sandbox({standIn, files: {'main.tf': 'x'}});
    expect(await end(box, box.shim, 'apply')).toEqual(await end(box, box.real, 'apply'));
  });

  test('stdout and stderr of terraform keep their order when they are one pipe', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}for i in 1 2 3 4 5; do echo "out $i"; echo "err $i" >&2; done; write_state 1 web=one`,
      files: {'main.tf': 'x'},
    });
    const {stdout} = await box.runWith({program: '/bin/sh'}, '-c', '"$0" apply 2>&1', box.shim);
    const words = [1, 2, 3, 4, 5].flatMap((index) => [`out ${index}`, `err ${index}`]);
    expect(stdout).toBe(`${words.join('\n')}\n${kept('v1', 1, 0, 0)}`);
  });

  testWithTerraform('echo yes | terraform apply approves the plan', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    expect(await box.runWith({program: '/bin/sh'}, '-c', 'echo yes | "$0" apply', box.shim)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Apply complete! Resources: 1 added') as unknown,
      stderr: kept('v1', 1, 0, 0),
    });
  });

  testWithTerraform('terraform output -json | head -c 1 ends as with terraform alone', async () => {
    const box = sandbox({fixture: 'web-app'});
    await box.run('apply', '-auto-approve');
    const script = 'set -o pipefail; "$0" output -json | head -c 1';
    const bare = await box.runWith({program: '/bin/bash'}, '-c', script, box.real);
    expect(await box.runWith({program: '/bin/bash'}, '-c', script, box.shim)).toEqual(bare);
    expect(bare).toMatchObject({stdout: '{', stderr: ''});
  });

  testWithTerraform('terraform reads -var-file=<(…) through the shim', async () => {
    const box = sandbox({fixture: 'empty-outputs'});
    const script = `"$0" apply -auto-approve -var-file=<(echo 'greeting = "from a pipe"')`;
    expect(await box.runWith({program: '/bin/bash'}, '-c', script, box.shim)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('greeting = "from a pipe"') as unknown,
      stderr: kept('v1', 0, 0, 0),
    });
  });
});

describe('exit statuses', () => {
  testWithTerraform('plan -detailed-exitcode exits with 0, 1 and 2', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    expect(await box.run('plan', '-detailed-exitcode')).toMatchObject({exitCode: 2, stderr: ''});
    await box.run('apply', '-auto-approve');
    expect(await box.run('plan', '-detailed-exitcode')).toMatchObject({exitCode: 0, stderr: ''});
    box.write('main.tf', 'nonsense');
    expect(await box.run('plan', '-detailed-exitcode')).toMatchObject({exitCode: 1});
  });

  test.each([0, 1, 2, 3, 42, 126, 127, 128, 130, 255])(
    'exit status %i of an apply stays what it is',
    async (status) => {
      const box = sandbox({standIn: `exit ${status}`, files: {'main.tf': 'x'}});
      expect(await box.run('apply')).toEqual({exitCode: status, stdout: '', stderr: ''});
    },
  );

  test.each(['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGSEGV', 'SIGPIPE', 'SIGUSR1', 'SIGABRT'] as const)(
    'when terraform dies by %s, so does the shim, and what terraform changed is kept',
    async (signal) => {
      const box = sandbox({
        standIn: `ulimit -c 0; ${STATE_SCRIPT}write_state 1 web=one; kill -${signal.slice(3)} $$`,
        files: {'main.tf': 'x'},
      });
      expect(await end(box, box.shim, 'apply')).toEqual({
        code: null,
        signal,
        stdout: '',
        stderr: kept('v1', 1, 0, 0, ', marked interrupted'),
      });
      expect(box.meta('v1').outcome).toBe('interrupted');
    },
  );

  test('a terraform that cannot be started gives the exit status of a shell, with a message', async () => {
    const box = sandbox({standIn: '', files: {'main.tf': 'x'}});
    writeFileSync(box.real, '#!/nowhere/interpreter\n');
    const outcome = await box.run('apply');
    expect([126, 127]).toContain(outcome.exitCode);
    expect(outcome.stderr).toContain(box.real);
    expect(box.versions()).toEqual([]);
    expect(box.staging()).toEqual([]);
  });
});

describe('odd circumstances', () => {
  const standIn = `${STATE_SCRIPT}write_state 1 web=one; echo done`;

  test('a version is kept even if stdin, stdout or stderr is closed', async () => {
    for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-']) {
      const box = sandbox({standIn: standIn.replace('; echo done', ''), files: {'main.tf': 'x'}});
      const script = `"$0" apply ${closed}`;
      expect(await box.runWith({program: '/bin/sh'}, '-c', script, box.shim), closed).toMatchObject({
        exitCode: 0,
        stdout: '',
        stderr: closed.includes('2>') ? '' : kept('v1', 1, 0, 0),
      });
      expect(box.versions(), closed).toEqual(['v1']);
      expect(readdirSync(box.project).sort(), closed).toEqual(['.cloudtm', 'main.tf', 'terraform.tfstate']);
      const state = box.read('terraform.tfstate');
      expect(box.keptState('v1'), closed).toBe(state);
    }
  });

  test('/dev/full as stderr costs neither the version nor the exit status', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x'}});
    expect(await box.runWith({program: '/bin/sh'}, '-c', '"$0" apply 2>/dev/full', box.shim)).toEqual({
      exitCode: 0,
      stdout: 'done\n',
      stderr: '',
    });
    expect(box.versions()).toEqual(['v1']);
  });

  test('the shim works in an empty environment, with the terraform of the default PATH or a named one', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x'}});
    const script = 'exec env -i CLOUDTM_TERRAFORM="$1" PATH="$2" "$0" apply';
    expect(
      await box.runWith({program: '/bin/sh'}, '-c', script, box.shim, box.real, box.env.PATH ?? ''),
    ).toEqual({exitCode: 0, stdout: 'done\n', stderr: kept('v1', 1, 0, 0)});
  });

  testWithTerraform('no environment at all is the same as with terraform alone', async () => {
    const box = sandbox({files: {'main.tf': resources({web: 'one'})}});
    const bare = await box.runWith({program: '/usr/bin/env'}, '-i', box.real, 'version');
    // Without a PATH a shell looks in the standard folders only.
    if (box.real !== '/usr/local/bin/terraform') return;
    expect(await box.runWith({program: '/usr/bin/env'}, '-i', box.shim, 'version')).toEqual(bare);
  });

  test('the environment and the arguments reach terraform as they are', async () => {
    const odd = {
      'TF_VAR_my-var': 'a b',
      'with.dots': 'x',
      EMPTY: '',
      NEWLINE: 'a\nb',
      'BASH_FUNC_f%%': '() { echo f; }',
      NODE_OPTIONS: '--max-old-space-size=100',
      TF_VAR_quote: `'"$\`\\`,
    };
    const box = sandbox({
      standIn: 'cat /proc/$$/environ >../env; cat /proc/$$/cmdline >../cmd',
      files: {'main.tf': 'x'},
      env: odd,
    });
    const words = ['apply', '-var', 'a=b c', '', '-var=x=*', 'new\nline', 'ü', '--', '-x'];
    const seen = async (program: string): Promise<[string[], string]> => {
      await box.runWith({program}, ...words);
      const env = readFileSync(join(box.folder, 'env'), 'utf8').split('\0').filter(Boolean);
      return [
        env.filter((entry) => !/^(_|PWD|SHLVL|CLOUDTM_CHAIN)=/.test(entry)).sort(),
        readFileSync(join(box.folder, 'cmd'), 'utf8'),
      ];
    };
    const bare = await seen(box.real);
    rmSync(join(box.folder, 'env'));
    expect(await seen(box.shim)).toEqual(bare);
    expect(bare[0]).toEqual(expect.arrayContaining(['TF_VAR_my-var=a b', 'EMPTY=', 'NEWLINE=a\nb']));
  });

  test.each([['version'], ['apply']])(
    'terraform %s in a deleted working folder ends as without the shim',
    async (verb) => {
      const box = sandbox({standIn: 'echo "$*"; exit 5'});
      const script = 'mkdir gone; cd gone; rmdir ../gone; exec "$0" "$1"';
      const outcome = await box.runWith({program: '/bin/bash'}, '-c', script, box.shim, verb);
      expect(outcome).toMatchObject({exitCode: 5, stdout: `${verb}\n`});
      expect(outcome.stderr).not.toContain('bug');
      expect(readdirSync(box.project)).toEqual([]);
    },
  );

  test('a project works in a folder with spaces, quotes and a newline in its name', async () => {
    const box = sandbox({standIn});
    const cwd = join(box.project, `a b'"$(x)\n;ü`);
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'main.tf'), 'x');
    expect(await box.runWith({cwd}, 'apply')).toEqual({
      exitCode: 0,
      stdout: 'done\n',
      stderr: kept('v1', 1, 0, 0),
    });
    expect(box.versions(join(cwd, '.cloudtm'))).toEqual(['v1']);
  });

  test('a project that is its own git repository is not made dirty, and its commit is noted', async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x', '.gitignore': 'terraform.tfstate\n'}});
    const git = 'git init -q -b trunk . && git add . && git -c user.name=n -c user.email=e commit -q -m m';
    await box.runWith({program: '/bin/sh'}, '-c', git);
    expect(await box.run('apply')).toMatchObject({exitCode: 0, stderr: kept('v1', 1, 0, 0)});
    expect((await box.runWith({program: '/bin/sh'}, '-c', 'git status --porcelain')).stdout).toBe('');
    expect(box.meta('v1').git).toMatchObject({branch: 'trunk', dirty: false});
    expect(existsSync(join(box.store, 'versions/v1/tf_configs/.git'))).toBe(false);
  });

  test("an apply changes neither the project's files nor their times", async () => {
    const box = sandbox({standIn, files: {'main.tf': 'x', 'sub/run.sh': 'y'}});
    chmodSync(join(box.project, 'sub/run.sh'), 0o751);
    const look = (): unknown =>
      ['main.tf', 'sub/run.sh', 'sub'].map((path) => {
        const {ino, mode, mtimeMs, nlink} = statSync(join(box.project, path));
        return {path, ino, mode, mtimeMs, nlink};
      });
    const before = look();
    expect(await box.run('apply')).toMatchObject({exitCode: 0});
    expect(look()).toEqual(before);
  });

  test('a terraform that starts a server that outlives it does not keep the shim waiting', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}sleep 300 </dev/null >/dev/null 2>&1 & echo $! >../server; write_state 1 web=one`,
      files: {'main.tf': 'x'},
    });
    const outcome = await box.run('apply');
    process.kill(Number(readFileSync(join(box.folder, 'server'), 'utf8')), 'SIGKILL');
    expect(outcome).toEqual({exitCode: 0, stdout: '', stderr: kept('v1', 1, 0, 0)});
  });

  test('shell completion runs terraform and nothing else', async () => {
    const box = sandbox({standIn: 'echo "completes $COMP_LINE"', files: {'main.tf': 'x'}});
    expect(await box.runWith({env: {COMP_LINE: 'terraform ap'}}, 'apply')).toEqual({
      exitCode: 0,
      stdout: 'completes terraform ap\n',
      stderr: '',
    });
    expect(box.exists('.cloudtm')).toBe(false);
  });
});
