// What the benchmarks stand on: a folder that goes, an environment that holds nothing of this machine's, the shim as
// install.sh would place it, and the real terraform.
import {spawn} from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join, resolve} from 'node:path';

export const repository = resolve(import.meta.dirname, '..');

/** Ends the run with status 1: a number that could not be measured is worth more said than guessed. */
export class CannotMeasure extends Error {
  name = 'CannotMeasure';
}

/** A folder for everything a run writes, removed however the run ends. `TMPDIR` chooses the disk. */
export function temporaryFolder() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudtm-bench-')));
  // Once more where something is still ending in there.
  process.on('exit', () => rmSync(folder, {recursive: true, force: true, maxRetries: 10, retryDelay: 50}));
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.on(signal, () => process.exit(status));
  }
  return folder;
}

/** The path of a program that PATH has; a launcher of cloudtm's does not count as terraform. */
export function programOnPath(name, advice) {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => resolve(folder, name))
    .find((path) => isFileFor(constants.X_OK, path) && !isLauncher(path));
  if (found === undefined) throw new CannotMeasure(`there is no ${name} on PATH: ${advice}`);
  return found;
}

function isFileFor(access, path) {
  try {
    accessSync(path, access);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isLauncher(path) {
  return statSync(path).size < 100_000 && readFileSync(path, 'latin1').includes('cloudtm launcher');
}

/** The shim with its two paths filled in, as install.sh does it. Returns the path of the launcher. */
export function installShim(folder, terraform) {
  const bundle = join(repository, 'dist', 'cloudtm.cjs');
  if (!isFileFor(constants.R_OK, bundle)) throw new CannotMeasure(`${bundle} is missing: npm run build`);
  const launcher = join(folder, 'shim', 'terraform');
  const installed = join(folder, 'dist', 'cloudtm.cjs');
  const beside = ['load.cjs', 'cloudtm.cache'];
  for (const path of [launcher, installed]) mkdirSync(dirname(path));
  copyFileSync(bundle, installed);
  for (const name of beside) copyFileSync(join(repository, 'dist', name), join(folder, 'dist', name));
  const filled = {node: process.execPath, bundle: installed, fallback: terraform};
  let text = readFileSync(join(repository, 'shim', 'terraform'), 'utf8');
  for (const [name, path] of Object.entries(filled)) {
    text = text.replace(new RegExp(`^${name}=''$`, 'm'), () => `${name}='${path.replaceAll("'", "'\\''")}'`);
  }
  writeFileSync(launcher, text, {mode: 0o755});
  return launcher;
}

/**
 * The environment everything measured runs in. `TF_CLI_CONFIG_FILE`, `NODE_EXTRA_CA_CERTS` and the like would change
 * what is measured; looking for a newer terraform costs seconds without a network.
 */
export function scrubbedEnvironment(folder, launcher, terraform) {
  const home = join(folder, 'home');
  mkdirSync(home, {recursive: true});
  const path = [dirname(launcher), dirname(terraform), dirname(process.execPath), '/usr/bin', '/bin'];
  return {PATH: path.join(delimiter), HOME: home, TMPDIR: folder, CHECKPOINT_DISABLE: '1', LC_ALL: 'C.UTF-8'};
}

/** Write a program of `sh` that hyperfine runs without a shell of its own. */
export function writeScript(path, body) {
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Run a command once and give its stdout; what fails cannot be measured. */
export async function run([file, ...words], {cwd, env}) {
  // A group of its own, so that what it started ends with it when this run is broken off.
  const child = spawn(file, words, {cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true});
  const end = () => child.pid && process.kill(-child.pid, 'SIGKILL');
  process.prependListener('exit', end);
  const said = {stdout: '', stderr: ''};
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
  }
  const why = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) => {
      resolve(signal ? `ended by ${signal}` : status === 0 ? undefined : `ended with status ${status}`);
    });
  });
  process.off('exit', end);
  if (why === undefined) return said.stdout;
  throw new CannotMeasure(`${[file, ...words].join(' ')}: ${why}\n${said.stderr}${said.stdout}`.trim());
}

/** The number in a file that a script counts in. */
export function readCount(path) {
  return Number(readFileSync(path, 'utf8'));
}

/** How many versions a store holds. */
export function countVersions(store) {
  try {
    return readdirSync(join(store, 'versions')).length;
  } catch {
    return 0;
  }
}
