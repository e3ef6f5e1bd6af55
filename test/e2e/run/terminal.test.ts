import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {constants} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {describe, expect, onTestFinished, test} from 'vitest';
import {childrenOf, isAlive, isStopped, until} from '../../support/processes.js';
import {openTerminal, type Terminal, type TerminalExit} from '../../support/pty.js';
import {resources, sandbox, type Sandbox} from '../../support/sandbox.js';
import {kept, STATE_SCRIPT, testWithTerraform} from '../../support/scripts.js';

const ONE = {'main.tf': resources({web: 'one'})};

/**
 * An apply that makes one resource and then works on another until the test lets it go, or is over. What it says while it
 * works differs from how terraform shows its command.
 */
const HELD = {
  'main.tf': `${resources({quick: 'one'})}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.quick]
  provisioner "local-exec" {
    command = "trap '' INT QUIT; echo working on $((1 + 1)); while [ -e main.tf ] && [ ! -e ../go ]; do sleep 0.05; done"
  }
}
`,
};
const WORKING = 'working on 2';
const PROMPT = 'Enter a value:';
const ONCE = 'Interrupt received.';
const TWICE = 'Two interrupts received.';

function letGo(box: Sandbox): void {
  writeFileSync(join(box.folder, 'go'), '');
}

interface Seat {
  readonly box: Sandbox;
  readonly terminal: Terminal;
}

interface Ending {
  readonly box: Sandbox;
  readonly exit: TerminalExit;
  /** What was shown in the end, without what differs from run to run. */
  readonly screen: string;
}

/**
 * Take a seat at a terminal that runs a program in the sandbox's project.
 *
 * `noflsh`: without it the kernel throws away, after Ctrl-C and the like have been delivered, what was written and not
 * yet read; on a busy machine that is at times the very answer.
 */
function sit(
  box: Sandbox,
  command: readonly string[],
  {cols = 80, env = {}}: {cols?: number; env?: Record<string, string>} = {},
): Seat {
  const words = ['-c', 'stty noflsh && exec "$@"', 'sh', ...command];
  const terminal = openTerminal('/bin/sh', words, {env: {...box.env, ...env}, cwd: box.project, cols});
  let ended = false;
  void terminal.exited.then(() => (ended = true));
  onTestFinished(() => {
    if (!ended) terminal.hangUp();
  });
  return {box, terminal};
}

/** Let the same person work with the shim and with the bare binary, each in a project of its own. */
async function both(
  files: Readonly<Record<string, string>>,
  command: (program: string) => readonly string[],
  person: (seat: Seat) => Promise<unknown>,
  cols = 80,
): Promise<{ours: Ending; bare: Ending}> {
  const run = async (which: 'shim' | 'real'): Promise<Ending> => {
    const box = sandbox({files});
    const {terminal} = sit(box, command(box[which]), {cols});
    await person({box, terminal});
    const exit = await terminal.exited;
    return {box, exit, screen: masked(terminal.screen())};
  };
  const [ours, bare] = await Promise.all([run('shim'), run('real')]);
  return {ours, bare};
}

const apply =
  (...words: string[]) =>
  (program: string): readonly string[] => [program, 'apply', ...words];

function masked(screen: string): string {
  return screen
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/[^\n]*Still creating\.\.\.[^\n]*\n/g, '')
    .replaceAll(/after \d+s/g, 'after …');
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** The closing line as a terminal shows it. */
function shown(...about: Parameters<typeof kept>): string {
  return kept(...about).replace('\n', '\r\n');
}

/** What cloudtm says of an apply that was cut off; terraform may have made the second resource too. */
function closingLine({box}: Ending): string {
  const {added} = box.meta('v1').resources;
  return shown('v1', Number(added), 0, 0, ', marked interrupted');
}

/** The one version of an apply that was cut off: marked so, with the state as terraform left it. */
function expectInterrupted({box}: Ending, bare?: Ending): void {
  expect(box.versions()).toEqual(['v1']);
  expect(box.meta('v1')).toMatchObject({operation: 'apply', outcome: 'interrupted'});
  expect(box.meta('v1').changes).toContainEqual({address: 'terraform_data.quick', action: 'added'});
  expect(box.keptState('v1')).toBe(box.read('terraform.tfstate'));
  expect(box.staging()).toEqual([]);
  if (bare === undefined) return;
  const made = (state: string): unknown =>
    (JSON.parse(state) as {resources: {name: string}[]}).resources.map(({name}) => name);
  expect(made(box.keptState('v1'))).toEqual(made(bare.box.read('terraform.tfstate')));
}

/** Terraform heard one interrupt and stopped by itself. Where on the screen it says so differs from run to run. */
function expectOneInterrupt(ours: Ending): void {
  expect(count(ours.screen, ONCE)).toBe(1);
  expect(ours.screen).not.toContain(TWICE);
  expect(ours.screen).toContain('Stopping operation...');
  expect(ours.screen.endsWith(`\r\n${closingLine(ours)}`)).toBe(true);
}

/** A shell that a person types into, with this program as its terraform. */
function shell(box: Sandbox, program: string): Seat {
  const env = {PATH: `${dirname(program)}${delimiter}${box.env.PATH ?? ''}`, PS1: '$> '};
  return sit(box, ['bash', '--norc', '--noprofile', '-i'], {env});
}

/** The path of what lies in the version that is being made, once it is there. */
function staged(box: Sandbox, path: string): string | undefined {
  return box
    .staging()
    .map((id) => join(box.store, 'staging', id, path))
    .find((file) => existsSync(file));
}

/** Present right before a version is numbered. */
function stagedState(box: Sandbox): string | undefined {
  return staged(box, 'version/tf_configs/terraform.tfstate');
}

/** Hold the store's lock as a living cloudtm does, until the returned function is called. */
function holdLock(box: Sandbox): () => void {
  const lock = join(box.store, 'staging/.lock');
  mkdirSync(lock);
  const life = setInterval(() => {
    utimesSync(lock, new Date(), new Date());
  }, 500);
  const release = (): void => {
    clearInterval(life);
    rmSync(lock, {recursive: true, force: true});
  };
  onTestFinished(release);
  return release;
}

describe('a person at a terminal', () => {
  testWithTerraform('a user who types yes at the prompt sees the closing line last', async () => {
    const {ours, bare} = await both(ONE, apply(), async ({terminal}) => {
      await terminal.waitFor(PROMPT);
      terminal.type('yes\r');
    });
    expect(bare.exit).toEqual({code: 0, signal: 0});
    expect(bare.screen).toContain('Apply complete! Resources: 1 added, 0 changed, 0 destroyed.');
    expect(ours).toMatchObject({exit: bare.exit, screen: bare.screen + shown('v1', 1, 0, 0)});
    expect(ours.box.versions()).toEqual(['v1']);
    expect(ours.box.staging()).toEqual([]);
  });

  testWithTerraform(
    'after a user types no at the prompt, nothing is kept and cloudtm prints nothing',
    async () => {
      const {ours, bare} = await both(ONE, apply(), async ({terminal}) => {
        await terminal.waitFor(PROMPT);
        terminal.type('no\r');
      });
      expect(bare).toMatchObject({exit: {code: 1, signal: 0}});
      expect(bare.screen).toContain('Apply cancelled.');
      expect(ours).toMatchObject({exit: bare.exit, screen: bare.screen});
      expect(ours.box.versions()).toEqual([]);
      expect(ours.box.staging()).toEqual([]);
    },
  );

  testWithTerraform(
    'a user can answer the question for a variable and then the one for approval',
    async () => {
      const files = {
        'main.tf': `variable "name" {}\n${resources({web: 'one'}).replace('"one"', 'var.name')}`,
      };
      const {ours, bare} = await both(files, apply(), async ({terminal}) => {
        await terminal.waitFor('var.name');
        await terminal.waitFor(PROMPT);
        terminal.type('typed by hand\r');
        await terminal.waitFor('Do you want to perform these actions?');
        await terminal.waitFor(PROMPT);
        terminal.type('yes\r');
      });
      expect(bare.exit).toEqual({code: 0, signal: 0});
      expect(ours).toMatchObject({exit: bare.exit, screen: bare.screen + shown('v1', 1, 0, 0)});
      expect(ours.box.keptState('v1')).toContain('typed by hand');
    },
  );

  testWithTerraform('echo yes | terraform apply approves on a terminal too', async () => {
    const command = (program: string) => ['/bin/sh', '-c', 'echo yes | "$0" apply', program];
    const {ours, bare} = await both(ONE, command, () => Promise.resolve());
    expect(bare.exit).toEqual({code: 0, signal: 0});
    expect(ours).toMatchObject({exit: bare.exit, screen: bare.screen + shown('v1', 1, 0, 0)});
    expect(ours.box.versions()).toEqual(['v1']);
  });

  // Two parts of terraform hear it, and which is the first to speak differs from run to run, also without us.
  testWithTerraform('after Ctrl-C at the prompt nothing is kept, and terraform got it once', async () => {
    const {ours, bare} = await both(ONE, apply(), async ({terminal}) => {
      await terminal.waitFor(PROMPT);
      terminal.type('\x03');
    });
    const upToThere = (screen: string): string => screen.slice(0, screen.indexOf('^C'));
    expect(bare.exit).toEqual({code: 1, signal: 0});
    expect(ours.exit).toEqual(bare.exit);
    expect(upToThere(ours.screen)).toBe(upToThere(bare.screen));
    expect(count(ours.screen, ONCE)).toBeLessThanOrEqual(1);
    expect(ours.screen).not.toContain(TWICE);
    expect(ours.screen).not.toContain('cloudtm');
    expect(ours.box.versions()).toEqual([]);
    expect(ours.box.staging()).toEqual([]);
  });

  testWithTerraform(
    'Ctrl-Z stops an apply at the prompt and during its work, and fg continues it to the end',
    async () => {
      const box = sandbox({files: HELD});
      const {terminal} = shell(box, box.shim);
      const stopAndGoOn = async (): Promise<void> => {
        const shim = await until(() => childrenOf(terminal.pid)[0]?.pid);
        const all = [shim, ...childrenOf(shim).map(({pid}) => pid)];
        terminal.type('\x1a');
        await terminal.waitFor('Stopped');
        await terminal.waitFor('$> ');
        // The git that is asked beside terraform may have ended by then.
        await until(() => all.filter(isAlive).every(isStopped));
        // The shim, terraform and the sentinel.
        expect(all.filter(isStopped).length).toBeGreaterThanOrEqual(3);
        terminal.type('fg\r');
        await until(() => !all.some(isStopped));
      };
      await terminal.waitFor('$> ');
      terminal.type('terraform apply\r');
      await terminal.waitFor(PROMPT);
      await stopAndGoOn();
      terminal.type('yes\r');
      await terminal.waitFor(WORKING);
      await stopAndGoOn();
      letGo(box);
      await terminal.waitFor('Apply complete! Resources: 2 added, 0 changed, 0 destroyed.');
      await terminal.waitFor(shown('v1', 2, 0, 0));
      await terminal.waitFor('$> ');
      terminal.type('exit $?\r');
      expect(await terminal.exited).toEqual({code: 0, signal: 0});
      expect(box.versions()).toEqual(['v1']);
      expect(box.meta('v1').outcome).toBe('succeeded');
      expect(box.staging()).toEqual([]);
    },
  );
});

describe('during an apply', () => {
  testWithTerraform(
    'Ctrl-C during an apply reaches terraform once: it stops gracefully, and the version says so',
    async () => {
      const {ours, bare} = await both(HELD, apply('-auto-approve'), async ({terminal}) => {
        await terminal.waitFor(WORKING);
        terminal.type('\x03');
        await terminal.waitFor('Stopping operation...');
      });
      expect(bare.exit).toEqual({code: 1, signal: 0});
      expect(ours.exit).toEqual(bare.exit);
      expectOneInterrupt(ours);
      expectInterrupted(ours, bare);
    },
  );

  testWithTerraform(
    'Ctrl-C pressed twice during an apply reaches terraform twice, and what was not written is not kept',
    async () => {
      const big = resources({web: 'x'.repeat(100_000)});
      const run = async (which: 'shim' | 'real'): Promise<Ending> => {
        const box = sandbox({files: {'main.tf': big}});
        expect(await box.runWith({program: box[which]}, 'apply', '-auto-approve')).toMatchObject({
          exitCode: 0,
        });
        // A pipe that nobody reads and that is too small for the state: terraform cannot go on to write the new one.
        execFileSync('mkfifo', [join(box.folder, 'backup')]);
        box.write('main.tf', `${big}${resources({db: 'one'})}`);
        const {terminal} = sit(box, [box[which], 'apply', '-auto-approve', '-backup=../backup']);
        await terminal.waitFor('terraform_data.db: Creating...');
        terminal.type('\x03');
        await terminal.waitFor('Stopping operation...');
        terminal.type('\x03');
        return {box, exit: await terminal.exited, screen: terminal.screen()};
      };
      const [ours, bare] = await Promise.all([run('shim'), run('real')]);
      expect(bare.exit).toEqual({code: 1, signal: 0});
      expect(ours.exit).toEqual(bare.exit);
      for (const {screen} of [ours, bare]) {
        expect(count(screen, ONCE)).toBe(1);
        expect(count(screen, TWICE)).toBe(1);
        expect(screen).toContain('operation canceled');
        expect(screen).not.toContain('cloudtm');
      }
      expect(ours.box.versions()).toEqual(['v1']);
      expect(ours.box.staging()).toEqual([]);
    },
  );

  testWithTerraform(
    'Ctrl-C during an apply that also ends a local command ends as with terraform alone',
    async () => {
      const files = {'main.tf': HELD['main.tf'].replace(/trap '[^;]*; /, '')};
      const {ours, bare} = await both(files, apply('-auto-approve'), async ({terminal}) => {
        await terminal.waitFor(WORKING);
        terminal.type('\x03');
      });
      expect(bare.exit).toEqual({code: 1, signal: 0});
      expect(ours.exit).toEqual(bare.exit);
      expectOneInterrupt(ours);
      expectInterrupted(ours, bare);
    },
  );

  testWithTerraform.each(['SIGINT', 'SIGTERM'] as const)(
    '%s to the shim alone during an apply is one interrupt',
    async (signal) => {
      const {ours, bare} = await both(HELD, apply('-auto-approve'), async ({terminal}) => {
        await terminal.waitFor(WORKING);
        terminal.signal(signal);
        await terminal.waitFor(ONCE);
      });
      expect(bare.exit).toEqual({code: 1, signal: 0});
      expect(ours.exit).toEqual(bare.exit);
      expectOneInterrupt(ours);
      expectInterrupted(ours, bare);
    },
  );

  testWithTerraform(
    'Ctrl-\\ during an apply makes terraform print its goroutines and exit with 2',
    async () => {
      const {ours, bare} = await both(HELD, apply('-auto-approve'), async ({terminal}) => {
        await terminal.waitFor(WORKING);
        terminal.type('\x1c');
      });
      for (const {exit, screen} of [ours, bare]) {
        expect(exit).toEqual({code: 2, signal: 0});
        expect(count(screen, 'SIGQUIT: quit')).toBe(1);
        expect(screen).toContain('goroutine 1 ');
      }
      expect(ours.screen.endsWith(closingLine(ours))).toBe(true);
      expectInterrupted(ours, bare);
    },
  );

  // Go's runtime ignores it where a program does not ask for it.
  testWithTerraform(
    'SIGUSR1 to the shim is ignored as by terraform alone, and starts no debugger',
    async () => {
      const {ours, bare} = await both(HELD, apply('-auto-approve'), async ({box, terminal}) => {
        await terminal.waitFor(WORKING);
        terminal.signal('SIGUSR1');
        letGo(box);
      });
      expect(bare.exit).toEqual({code: 0, signal: 0});
      expect(ours).toMatchObject({exit: bare.exit, screen: bare.screen + shown('v1', 2, 0, 0)});
      expect(ours.box.versions()).toEqual(['v1']);
    },
  );

  test('SIGUSR1 to the shim ends a program that it would end without us, and then the shim, silently', async () => {
    const standIn = `${STATE_SCRIPT}write_state 1 quick=one; echo ready; wait_for ../go`;
    const box = sandbox({standIn, files: ONE});
    const ours = sit(box, [box.shim, 'apply']).terminal;
    await ours.waitFor('ready');
    ours.signal('SIGUSR1');
    expect(await ours.exited).toEqual({code: 0, signal: constants.signals.SIGUSR1});
    expect(ours.screen()).toBe(`ready\r\n${shown('v1', 1, 0, 0, ', marked interrupted')}`);
    expect(box.meta('v1').outcome).toBe('interrupted');
    expect(box.staging()).toEqual([]);
  });

  testWithTerraform(
    'timeout interrupts an apply once, as with terraform alone, and the version is kept',
    async () => {
      const command = (program: string) => [
        'timeout',
        '-s',
        'INT',
        '600',
        ...apply('-auto-approve')(program),
      ];
      const {ours, bare} = await both(HELD, command, async ({terminal}) => {
        await terminal.waitFor(WORKING);
        // What its own clock does when the time is over.
        terminal.signal('SIGALRM');
        await terminal.waitFor(ONCE);
      });
      expect(bare.exit).toEqual({code: 124, signal: 0});
      expect(ours.exit).toEqual(bare.exit);
      // Alone it gets two signals in a row, its own and its group's, and may count two: then it leaves less behind.
      expectOneInterrupt(ours);
      expectInterrupted(ours);
    },
  );
});

describe('the terminal closes', () => {
  testWithTerraform(
    'when the terminal closes during an apply, the shim keeps what was created, then dies of the signal too',
    async () => {
      const {ours, bare} = await both(HELD, apply('-auto-approve'), async ({terminal}) => {
        await terminal.waitFor(WORKING);
        terminal.hangUp();
      });
      expect(bare.exit).toEqual({code: 0, signal: constants.signals.SIGHUP});
      expect(ours).toMatchObject({exit: bare.exit, screen: bare.screen});
      expectInterrupted(ours, bare);
      // Nothing is left to recover. Terraform's own lock is.
      expect(await ours.box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: ''});
      for (const {box} of [ours, bare]) expect(box.exists('.terraform.tfstate.lock.info')).toBe(true);
    },
  );

  testWithTerraform(
    "when the terminal closes right after terraform ended, the version is kept with terraform's exit status",
    async () => {
      const box = sandbox({files: ONE});
      const {terminal} = sit(box, [box.shim, 'apply']);
      await terminal.waitFor(PROMPT);
      const terraform = await until(() => childrenOf(terminal.pid).find(({args}) => args[0] === box.real));
      const release = holdLock(box);
      terminal.type('yes\r');
      await until(() => !isAlive(terraform.pid) && stagedState(box));
      terminal.hangUp();
      await until(() => readlinkSync(`/proc/${terminal.pid}/fd/2`).endsWith(' (deleted)'));
      release();
      expect(await terminal.exited).toEqual({code: 0, signal: 0});
      expect(terminal.screen()).not.toContain('cloudtm: kept');
      expect(box.versions()).toEqual(['v1']);
      expect(box.meta('v1').outcome).toBe('succeeded');
      expect(box.staging()).toEqual([]);
      expect(await box.run('tm', 'list')).toMatchObject({exitCode: 0, stderr: ''});
    },
  );

  testWithTerraform(
    "when the terminal closes during the closing line, the exit status is still terraform's",
    async () => {
      const box = sandbox({files: ONE});
      const {terminal} = sit(box, [box.shim, 'apply', '-auto-approve']);
      await terminal.waitFor('cloudtm: kept');
      terminal.hangUp();
      expect(await terminal.exited).toEqual({code: 0, signal: 0});
      expect(box.versions()).toEqual(['v1']);
      expect(box.staging()).toEqual([]);
    },
  );

  testWithTerraform(
    'under nohup an apply runs to its end and is kept after the terminal closes',
    async () => {
      const run = async (which: 'shim' | 'real'): Promise<Sandbox> => {
        const box = sandbox({files: HELD});
        const {terminal} = shell(box, box[which]);
        await terminal.waitFor('$> ');
        terminal.type('nohup terraform apply -auto-approve >../out 2>&1 &\r');
        const out = join(box.folder, 'out');
        await until(() => existsSync(out) && readFileSync(out, 'utf8').includes(WORKING));
        const [job] = childrenOf(terminal.pid);
        terminal.hangUp();
        expect((await terminal.exited).signal).toBe(constants.signals.SIGHUP);
        expect(isAlive(job?.pid ?? 0)).toBe(true);
        letGo(box);
        await until(() => !isAlive(job?.pid ?? 0));
        return box;
      };
      const [ours, bare] = await Promise.all([run('shim'), run('real')]);
      const said = ({folder}: Sandbox): string => masked(readFileSync(join(folder, 'out'), 'utf8'));
      expect(said(bare)).toContain('Apply complete! Resources: 2 added');
      expect(said(ours)).toBe(said(bare) + kept('v1', 2, 0, 0));
      expect(ours.versions()).toEqual(['v1']);
      expect(ours.meta('v1').outcome).toBe('succeeded');
      expect(ours.staging()).toEqual([]);
    },
  );
});

describe('what is shown', () => {
  /** Long texts, which terraform breaks at the width of the terminal, made one after the other. */
  const words = 'a warning that is much longer than a terminal is wide '.repeat(5).trim();
  const files = {
    'main.tf': `variable "text" {
  default = "${'straße — 日本 — 🙂 '.repeat(12)}"
}
resource "terraform_data" "first" {
  input = var.text
}
resource "terraform_data" "second" {
  input      = [terraform_data.first.output, "${'x'.repeat(250)}"]
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "printf '\\\\033[35mcoloured\\\\033[0m\\\\r\\\\n'; echo to-stderr >&2"
  }
}
check "wide" {
  assert {
    condition     = length(var.text) < 3
    error_message = "${words}"
  }
}
output "text" {
  value = var.text
}
`,
  };

  testWithTerraform(
    "terraform's output at 80 and at 200 columns is the same as without us, byte for byte",
    async () => {
      const script = '"$0" plan -parallelism=1 && "$0" apply -auto-approve -parallelism=1';
      const command = (program: string) => ['/bin/sh', '-c', script, program];
      const at = (cols: number) => both(files, command, () => Promise.resolve(), cols);
      const [narrow, wide] = await Promise.all([at(80), at(200)]);
      for (const {ours, bare} of [narrow, wide]) {
        expect(bare).toMatchObject({exit: {code: 0, signal: 0}});
        expect(bare.screen).toContain('Apply complete! Resources: 2 added');
        expect(ours).toMatchObject({exit: bare.exit, screen: bare.screen + shown('v1', 2, 0, 0)});
        expect(ours.box.versions()).toEqual(['v1']);
      }
      expect(wide.bare.screen).not.toBe(narrow.bare.screen);
    },
  );

  /** Writes its project's many files itself, so that all of the copying comes after its end. */
  const MANY = `${STATE_SCRIPT}
    : >main.tf; mkdir many; i=0
    while [ $i -lt 1000 ]; do : >many/$i; i=$((i + 1)); done
    write_state 1 web=one; echo applied`;
  /** What stays on the screen when a line that is wiped is gone. */
  function lasting(screen: string): string {
    const lines = screen.split('\r\n').map((line) => line.split('\r\u001B[K').at(-1));
    return lines.join('\r\n');
  }

  /** Let the making of a version take longer than a second: a disk that hangs in the middle of it. */
  async function hang(box: Sandbox, shim: number): Promise<void> {
    // Without a turn of the event loop between: the moment is short.
    while (!staged(box, 'version/tf_configs/many') && isAlive(shim));
    process.kill(shim, 'SIGSTOP');
    await until(() => isStopped(shim));
    expect(box.versions()).toEqual([]);
    // Longer than the second after which progress is shown.
    await delay(1_100);
    process.kill(shim, 'SIGCONT');
  }

  test('the progress of a version that takes longer than a second is shown on a terminal, then erased', async () => {
    const box = sandbox({standIn: MANY});
    const {terminal} = sit(box, [box.shim, 'apply']);
    await hang(box, terminal.pid);
    await terminal.waitFor('\r\ncloudtm: keeping a version … ');
    await terminal.waitFor(' of 1,001 files');
    expect(await terminal.exited).toEqual({code: 0, signal: 0});
    expect(lasting(terminal.screen())).toBe(`applied\r\n${shown('v1', 1, 0, 0)}`);
    expect(box.versions()).toEqual(['v1']);
    expect(box.staging()).toEqual([]);
  });

  test('no progress is shown if stderr is not a terminal', async () => {
    const box = sandbox({standIn: MANY});
    const {terminal} = sit(box, ['/bin/sh', '-c', 'exec "$0" apply 2>../err', box.shim]);
    await hang(box, terminal.pid);
    expect(await terminal.exited).toEqual({code: 0, signal: 0});
    expect(terminal.screen()).toBe('applied\r\n');
    expect(readFileSync(join(box.folder, 'err'), 'utf8')).toBe(kept('v1', 1, 0, 0));
    expect(box.versions()).toEqual(['v1']);
  });

  test('waiting for another cloudtm is shown once', async () => {
    const box = sandbox({
      standIn: `${STATE_SCRIPT}echo started; wait_for ../go; write_state 1 web=one`,
      files: {'main.tf': 'x'},
    });
    const {terminal} = sit(box, [box.shim, 'apply'], {cols: 200});
    await terminal.waitFor('started');
    const release = holdLock(box);
    letGo(box);
    const waiting = `cloudtm: waiting for another cloudtm that holds ${join(box.store, 'staging/.lock')}\r\n`;
    await terminal.waitFor(waiting);
    release();
    expect(await terminal.exited).toEqual({code: 0, signal: 0});
    expect(lasting(terminal.screen())).toBe(`started\r\n${waiting}${shown('v1', 1, 0, 0)}`);
    expect(box.versions()).toEqual(['v1']);
    expect(box.staging()).toEqual([]);
  });
});
