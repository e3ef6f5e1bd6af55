import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from 'esbuild';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {openTerminal, type Terminal} from '../../support/pty.js';
import {childrenOf} from '../../support/processes.js';
import {repository} from '../../support/repository.js';

let folder: string;
let host: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cloudtm-ask-'));
  host = join(folder, 'host.mjs');
  await build({
    entryPoints: [join(repository, 'test/support/ask-host.ts')],
    outfile: host,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
});

afterAll(() => {
  rmSync(folder, {recursive: true, force: true});
});

const env = {PATH: process.env.PATH ?? '', TERM: 'xterm', LC_ALL: 'C.UTF-8'};

/** A shell that asks, then tells whether the terminal is as it was before. */
function ask(questions: readonly string[], stdin = '/dev/tty'): Terminal {
  const script = `before=$(stty -g); "$0" "$@" <${stdin}; echo status $?; [ "$before" = "$(stty -g)" ] && echo terminal as before`;
  return openTerminal('sh', ['-c', script, process.execPath, host, ...questions], {env, cwd: folder});
}

test('a hidden answer is not shown, and the terminal is as before', async () => {
  const terminal = ask(['hidden', 'shown']);
  await terminal.waitFor('question 0: ');
  terminal.type('hunter2-sécret\r');
  await terminal.waitFor('question 1: ');
  terminal.type('yes\r');
  await terminal.waitFor('answers ["hunter2-sécret","yes"]');
  await terminal.waitFor('terminal as before');
  const beforeAnswers = terminal.screen().split('answers')[0];
  expect(beforeAnswers).not.toMatch(/hunter2|sécret/);
  expect(beforeAnswers).toContain('yes');
});

test('a hidden answer can be corrected with Backspace, and may be empty', async () => {
  const terminal = ask(['hidden', 'hidden']);
  await terminal.waitFor('question 0: ');
  terminal.type('abx\x7fc\r');
  await terminal.waitFor('question 1: ');
  terminal.type('\r');
  await terminal.waitFor('answers ["abc",""]');
});

test.each([
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
])('%s is not an answer to a hidden question', async (_, key) => {
  const terminal = ask(['hidden']);
  await terminal.waitFor('question 0: ');
  terminal.type(key);
  await terminal.waitFor('answers [null]');
  await terminal.waitFor('status 0');
  await terminal.waitFor('terminal as before');
});

test('a signal during a hidden question leaves the terminal as before', async () => {
  const shell = ask(['hidden']);
  await shell.waitFor('question 0: ');
  const [asking] = childrenOf(shell.pid);
  process.kill(asking?.pid ?? 0, 'SIGTERM');
  await shell.waitFor('status 143');
  await shell.waitFor('terminal as before');
});

test('a hidden question leaves stdin alone', async () => {
  const terminal = ask(['shown'], '/dev/null');
  await terminal.waitFor('question 0: ');
  terminal.type('here\r');
  await terminal.waitFor('answers ["here"]');
});

test('without a terminal a hidden question gets no answer, and does not wait', async () => {
  // A session of its own has no terminal.
  const child = spawn(process.execPath, [host, 'hidden'], {
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (output += part.toString()));
  child.stdin.end('from stdin\n');
  expect(await new Promise((done) => child.once('close', done))).toBe(0);
  expect(output).toBe('answers [null]\n');
});
