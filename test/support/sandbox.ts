import {spawn, type ChildProcess} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {onTestFinished} from 'vitest';
import type {Meta} from '../../src/store/version.js';
import {repository} from './repository.js';

/** What a program left behind, asserted as a whole. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SandboxOptions {
  /** Body of a shell script that stands in for terraform. Without it the real terraform runs. */
  readonly standIn?: string;
  /** A project under fixtures/ to start from. */
  readonly fixture?: string;
  /** Files of the project, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** The path of the real terraform; undefined on a machine without it. */
export const realTerraform: string | undefined = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'terraform'))
  .find((path) => existsSync(path) && statSync(path).size > 1_000_000);

/** A project in a folder of its own, with the shim in front of terraform and nothing of this machine's environment. */
export class Sandbox {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudtm-test-')));
  readonly project = join(this.folder, 'project');
  readonly store = join(this.project, '.cloudtm');
  readonly shim = join(repository, 'shim', 'terraform');
  /** The terraform behind the shim. */
  readonly real: string;
  readonly env: Record<string, string>;

  constructor({standIn, fixture, files = {}, env = {}}: SandboxOptions) {
    mkdirSync(this.project);
    mkdirSync(join(this.folder, 'home'));
    if (fixture !== undefined) cpSync(join(repository, 'fixtures', fixture), this.project, {recursive: true});
    for (const [path, content] of Object.entries(files)) this.write(path, content);
    if (standIn === undefined) {
      if (realTerraform === undefined) throw new Error('this test needs the real terraform');
      this.real = realTerraform;
    } else {
      this.real = join(this.folder, 'real', 'terraform');
      mkdirSync(dirname(this.real));
      writeFileSync(this.real, `#!/bin/sh\n${standIn}\n`, {mode: 0o755});
    }
    const path = [dirname(this.shim), dirname(this.real), dirname(process.execPath), '/usr/bin', '/bin'];
    this.env = {
      PATH: path.join(delimiter),
      HOME: join(this.folder, 'home'),
      CHECKPOINT_DISABLE: '1',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      ...env,
    };
  }

  /** Write a file of the project. */
  write(path: string, content: string): void {
    const file = join(this.project, path);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, content);
  }

  read(path: string): string {
    return readFileSync(join(this.project, path), 'utf8');
  }

  /** The state that a version of the default workspace holds. */
  keptState(version: string): string {
    return this.read(`.cloudtm/versions/${version}/tf_configs/terraform.tfstate`);
  }

  exists(path: string): boolean {
    return existsSync(join(this.project, path));
  }

  /** Run `terraform …` through the shim to its end, with an empty stdin. */
  async run(...argv: string[]): Promise<Outcome> {
    return this.finish(this.start(argv));
  }

  /** The same with other circumstances: another program, more environment, something to read. */
  async runWith(
    options: {env?: Record<string, string>; input?: string; program?: string; cwd?: string},
    ...argv: string[]
  ): Promise<Outcome> {
    return this.finish(this.start(argv, options), options.input);
  }

  /** Start `terraform …` through the shim and leave it running. */
  start(
    argv: readonly string[],
    options: {env?: Record<string, string>; program?: string; cwd?: string} = {},
  ): ChildProcess {
    const child = spawn(options.program ?? this.shim, argv, {
      cwd: options.cwd ?? this.project,
      env: {...this.env, ...options.env},
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child;
  }

  /** Wait for a started program to end and its output to close. */
  async finish(child: ChildProcess, input = ''): Promise<Outcome> {
    const output = {stdout: '', stderr: ''};
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    const exitCode = await new Promise<number | null>((done) => child.once('close', done));
    return {exitCode, ...output};
  }

  /** Names of the versions that are kept, oldest first. */
  versions(tree = this.store): string[] {
    const folder = join(tree, 'versions');
    return existsSync(folder)
      ? readdirSync(folder).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
      : [];
  }

  meta(version: string, tree = this.store): Meta {
    return JSON.parse(readFileSync(join(tree, 'meta', `${version}.json`), 'utf8')) as Meta;
  }

  json(path: string): unknown {
    return JSON.parse(this.read(path));
  }

  /** What lies in staging; empty when every command cleaned up. */
  staging(tree = this.store): string[] {
    const folder = join(tree, 'staging');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  remove(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }
}

/** A sandbox that goes when the test ends. */
export function sandbox(options: SandboxOptions = {}): Sandbox {
  const box = new Sandbox(options);
  onTestFinished(() => {
    box.remove();
  });
  return box;
}

/** A configuration of `terraform_data` resources: `{web: 'one'}` is one called web with that input. */
export function resources(inputs: Readonly<Record<string, string>>): string {
  return Object.entries(inputs)
    .map(([name, input]) => `resource "terraform_data" "${name}" {\n  input = "${input}"\n}\n`)
    .join('\n');
}
