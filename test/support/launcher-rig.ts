import {spawnSync} from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {onTestFinished} from 'vitest';
import {repository} from './repository.js';

const source = readFileSync(resolve(repository, 'shim/terraform'), 'utf8');

/** What a program left behind, asserted as a whole. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What install.sh writes into the launcher. */
export interface Settings {
  readonly node?: string;
  readonly bundle?: string;
  readonly fallback?: string;
}

const NOBODY = {uid: 65534, gid: 65534};

/** A folder of its own with an installed launcher in `bin/`, and nothing of this machine's environment. */
export class Rig {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudtm-shim-')));
  readonly launcher = this.path('bin/terraform');
  readonly settings: Required<Settings>;

  constructor(settings: Settings = {}) {
    // Instead of Node: its arguments, one a line. A shell starts ten times as fast.
    const node = this.script(
      'fake-node',
      'shift; [ "$1" != --starts ] || { printf started; exit; }; printf "node"; printf " [%s]" "$@"; echo',
    );
    const bundle = this.write('lib/cloudtm.cjs', 'the bundle');
    this.settings = {node, bundle, fallback: '', ...settings};
    this.install('bin/terraform');
    symlinkSync('terraform', this.path('bin/cloudtm'));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Buffer, mode = 0o644): string {
    const path = this.path(name);
    mkdirSync(dirname(path), {recursive: true});
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  script(name: string, body: string): string {
    return this.write(name, `#!/bin/sh\n${body}\n`, 0o755);
  }

  /** A launcher as install.sh makes it, at any place. */
  install(name: string, settings: Settings = {}): string {
    let text = source;
    for (const [key, value] of Object.entries({...this.settings, ...settings})) {
      text = text.replace(`\n${key}=''\n`, () => `\n${key}='${value}'\n`);
    }
    return this.write(name, text, 0o755);
  }

  /** Run a launcher; `bound` as somebody whom permissions bind, which root is not. */
  run(
    argv: readonly string[],
    options: {env?: NodeJS.ProcessEnv; cwd?: string; program?: string; input?: string; bound?: boolean} = {},
  ): Outcome {
    const {status, stdout, stderr, error} = spawnSync(options.program ?? this.launcher, argv, {
      cwd: options.cwd ?? this.folder,
      env: options.env ?? {},
      input: options.input ?? '',
      encoding: 'utf8',
      ...(options.bound === true && process.getuid?.() === 0 ? NOBODY : {}),
    });
    if (error) throw error;
    return {status, stdout, stderr};
  }
}

/** A rig that goes when the test ends. */
export function rig(settings: Settings = {}): Rig {
  const made = new Rig(settings);
  onTestFinished(() => {
    rmSync(made.folder, {recursive: true, force: true});
  });
  return made;
}

/** Compile a C program; undefined where there is no compiler. */
export function compile(box: Rig, name: string, code: string): string | undefined {
  const path = box.path(name);
  mkdirSync(dirname(path), {recursive: true});
  const {status} = spawnSync('cc', ['-o', path, '-x', 'c', '-'], {input: code});
  return status === 0 ? path : undefined;
}
