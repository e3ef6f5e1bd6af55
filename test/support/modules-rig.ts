import {cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {stripVTControlCharacters} from 'node:util';
import {realTerraform, sandbox, type Outcome} from './sandbox.js';
import {repository} from './repository.js';

/** One call of cloudtm by the module. */
export interface Call {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** All CLOUDTM_MACHINE_… without that prefix. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is read of a state. */
interface Resource {
  readonly module?: string;
  readonly type: string;
  readonly name: string;
  readonly instances: readonly Instance[];
}

interface Instance {
  readonly attributes: {readonly id: string};
  readonly dependencies?: readonly string[];
}

/**
 * Stands in for cloudtm: a program called terraform that says how it was called, writes the log it was told to and ends as
 * it was told to.
 */
const STAND_IN = `#!${process.execPath}
const {appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} = require('node:fs');
const file = (name) => process.env.RIG + '/' + name;
const prefix = 'CLOUDTM_MACHINE_';
const env = {};
for (const [name, value] of Object.entries(process.env)) {
  if (name.startsWith(prefix)) env[name.slice(prefix.length)] = value;
}
appendFileSync(file('order'), 'image of ' + env.ID + '\\n');
appendFileSync(file('calls'), JSON.stringify({argv: process.argv.slice(2), cwd: process.cwd(), env}) + '\\n');
if (existsSync(file('log'))) {
  mkdirSync(env.SNAPSHOT_DIRECTORY, {recursive: true});
  writeFileSync(env.SNAPSHOT_DIRECTORY + '/taken.json', readFileSync(file('log')));
}
if (existsSync(file('status'))) process.exitCode = Number(readFileSync(file('status'), 'utf8'));
`;

/** What PATH leads to when a provisioner calls \`terraform\`. */
export type OnPath = 'cloudtm' | 'terraform' | 'nothing';

/** Where the rig's copy of the repository is worked in, and what is on PATH there. */
export interface RigOptions {
  /** The root module, a folder of the repository: its copy lies where it lies, so relative sources work. */
  readonly root: string;
  /** Whether modules/gpu_droplet gets the built-in resource of fixtures/droplet-stand-in/. */
  readonly standInDroplet?: boolean;
  /** More files of the root module, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The real terraform, without the shim, in a copy of the modules, with a stand-in for cloudtm on its PATH. */
export class Rig {
  readonly #box = sandbox();
  readonly #notes = join(this.#box.folder, 'notes');
  /** The root module. */
  readonly root: string;
  onPath: OnPath = 'cloudtm';

  constructor({root, standInDroplet = false, files = {}}: RigOptions) {
    if (realTerraform === undefined) throw new Error('this test needs the real terraform');
    this.root = join(this.#box.project, root);
    for (const folder of new Set(['modules', root])) {
      cpSync(join(repository, folder), join(this.#box.project, folder), {recursive: true});
    }
    if (standInDroplet) {
      cpSync(join(repository, 'fixtures/droplet-stand-in'), join(this.#box.project, 'modules/gpu_droplet'), {
        recursive: true,
      });
    }
    for (const [path, content] of Object.entries(files)) this.write(path, content);
    mkdirSync(this.#notes);
    mkdirSync(this.#cloudtm);
    writeFileSync(join(this.#cloudtm, 'terraform'), STAND_IN, {mode: 0o755});
  }

  get #cloudtm(): string {
    return join(this.#box.folder, 'cloudtm');
  }

  /** Run the real terraform in the root module, or in another folder. */
  async run(argv: readonly string[], cwd = this.root): Promise<Outcome> {
    const real = realTerraform ?? '';
    const first = {cloudtm: [this.#cloudtm], terraform: [dirname(real)], nothing: []}[this.onPath];
    const env = {PATH: [...first, '/usr/bin', '/bin'].join(delimiter), RIG: this.#notes};
    return this.#box.runWith({program: real, cwd, env}, ...argv);
  }

  /** Run it and hold that it succeeded. */
  async must(...argv: string[]): Promise<Outcome> {
    const outcome = await this.run(argv);
    if (outcome.exitCode !== 0)
      throw new Error(`terraform ${argv.join(' ')}\n${outcome.stdout}${outcome.stderr}`);
    return outcome;
  }

  /** `terraform apply`; its exit status. */
  async apply(...argv: string[]): Promise<number | null> {
    return (await this.run(['apply', '-auto-approve', ...argv])).exitCode;
  }

  /** `terraform destroy`; its exit status. */
  async destroy(...argv: string[]): Promise<number | null> {
    return (await this.run(['destroy', '-auto-approve', ...argv])).exitCode;
  }

  /** What was destroyed and imaged since this was asked last, in order. */
  happened(): string[] {
    const lines = this.#lines('order');
    rmSync(join(this.#notes, 'order'), {force: true});
    return lines;
  }

  /** Every call of cloudtm so far. */
  calls(): Call[] {
    return this.#lines('calls').map((line) => JSON.parse(line) as Call);
  }

  #lines(name: string): string[] {
    const file = join(this.#notes, name);
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  /** Have cloudtm end with this exit status from now on. */
  endWith(status: number): void {
    writeFileSync(join(this.#notes, 'status'), String(status));
  }

  /** Have cloudtm write this log. */
  logWith(log: unknown): void {
    writeFileSync(join(this.#notes, 'log'), JSON.stringify(log));
  }

  /** Whether the machine refuses to be destroyed, in fixtures/machine. */
  set machineStays(stays: boolean) {
    const file = join(this.#notes, 'machine-stays');
    if (stays) writeFileSync(file, '');
    else rmSync(file, {force: true});
  }

  /** Write a file of the root module. */
  write(path: string, content: string | Buffer): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, content);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** Everything in the state by address, with its id; replaced objects that are still there count too. */
  state(): Record<string, string> {
    return Object.fromEntries(this.#instances().map(([address, {attributes}]) => [address, attributes.id]));
  }

  /** What has to be destroyed before an address is, because it depends on it; sorted. */
  needing(address: string): string[] {
    return this.#instances()
      .filter(([, {dependencies = []}]) => dependencies.includes(address))
      .map(([needing]) => needing)
      .sort();
  }

  #instances(): [string, Instance][] {
    const {resources} = JSON.parse(this.read('terraform.tfstate')) as {resources: Resource[]};
    return resources.flatMap(({module, type, name, instances}) =>
      instances.map((instance): [string, Instance] => [
        [module, type, name].filter(Boolean).join('.'),
        instance,
      ]),
    );
  }

  /** The addresses in the state, sorted. */
  addresses(): string[] {
    return Object.keys(this.state()).sort();
  }

  /** The id of what is in the state. */
  id(address: string): string {
    const found = this.state()[address];
    if (found === undefined) throw new Error(`not in the state: ${address}`);
    return found;
  }

  /** An output, as `terraform output -json` has it. */
  async output(name: string): Promise<unknown> {
    return JSON.parse((await this.must('output', '-json', name)).stdout);
  }
}

/** A rig that goes when the test ends, its root module initialised. */
export async function rig(options: RigOptions): Promise<Rig> {
  const made = new Rig(options);
  await made.must('init');
  return made;
}

/** Terraform's words without the line breaks it put in. */
export function unwrapped(words: string): string {
  return stripVTControlCharacters(words).replace(/[│╷╵]/g, ' ').replace(/\s+/g, ' ');
}
