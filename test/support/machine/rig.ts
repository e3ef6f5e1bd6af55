import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join, relative} from 'node:path';
import {stripVTControlCharacters} from 'node:util';
import {spawn, type ChildProcess} from 'node:child_process';
import {afterAll} from 'vitest';
import {startDigitalOcean, type DigitalOcean} from './digitalocean-api.js';
import {doctls, type Doctl} from './doctl.js';
import {until} from '../processes.js';
import {sandbox, type Outcome, type Sandbox} from '../sandbox.js';
import {repository} from '../repository.js';

/**
 * A droplet without DigitalOcean's provider, in the place of modules/gpu_droplet/droplet.tf: terraform cannot download one
 * here. Its id is that of a droplet of the mock's, read from the file `droplet-id`.
 */
const DROPLET = `
resource "terraform_data" "gpu" {
  triggers_replace = trimspace(file("\${path.root}/droplet-id"))
  input = {
    id    = trimspace(file("\${path.root}/droplet-id"))
    name  = var.name
    image = module.restore_from.image
  }
  lifecycle {
    ignore_changes = [input.image]
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo droplet '\${self.input.id}', $(ls snapshots/*.json 2>/dev/null | wc -l) logged >>destroyed"
  }
}

locals {
  droplet = {
    id                   = terraform_data.gpu.output.id
    name                 = terraform_data.gpu.output.name
    image                = terraform_data.gpu.output.image
    ipv4_address         = "192.0.2.1"
    ipv4_address_private = "10.0.0.1"
  }
}
`;

/** A project with one droplet, the shim, and a doctl that asks the mock of DigitalOcean's API. */
export class MachineBox {
  readonly box: Sandbox;
  /** The root module. */
  readonly root: string;
  readonly env: Record<string, string>;
  readonly dropletId: string;

  constructor(
    readonly api: DigitalOcean,
    doctl: Doctl | 'none' | undefined,
    configuration: string,
  ) {
    this.box = sandbox();
    this.root = join(this.box.project, 'examples', 'mine');
    mkdirSync(this.root, {recursive: true});
    cpSync(join(repository, 'modules'), join(this.box.project, 'modules'), {recursive: true});
    const droplet = join(this.box.project, 'modules', 'gpu_droplet');
    writeFileSync(join(droplet, 'droplet.tf'), DROPLET);
    writeFileSync(join(droplet, 'versions.tf'), '');
    writeFileSync(join(this.root, 'main.tf'), configuration);
    this.dropletId = String(api.addDroplet({name: 'my-gpu-droplet', disk: 25}).id);
    writeFileSync(join(this.root, 'droplet-id'), this.dropletId);
    const {PATH = '', ...env} = this.box.env;
    this.env =
      doctl === undefined || doctl === 'none'
        ? {...env, PATH}
        : {...env, ...doctl.env(api), PATH: [doctl.install(), PATH].join(delimiter)};
  }

  /** Run `terraform …` through the shim in the root module. */
  run(...argv: string[]): Promise<Outcome> {
    return this.runWith({}, ...argv);
  }

  runWith(env: Record<string, string>, ...argv: string[]): Promise<Outcome> {
    return this.box.runWith({cwd: this.root, env: {...this.env, ...env}}, ...argv);
  }

  start(...argv: string[]): ChildProcess {
    return this.box.start(argv, {cwd: this.root, env: this.env});
  }

  /** Start it with this environment and nothing else. */
  startIn(env: Record<string, string>, ...argv: string[]): ChildProcess {
    return spawn(this.box.shim, argv, {cwd: this.root, env, stdio: ['pipe', 'pipe', 'pipe']});
  }

  /** Run it and hold that it succeeded. */
  async must(...argv: string[]): Promise<Outcome> {
    const outcome = await this.run(...argv);
    if (outcome.exitCode !== 0)
      throw new Error(`terraform ${argv.join(' ')}\n${outcome.stdout}${outcome.stderr}`);
    return outcome;
  }

  /** Names of the files in `snapshots/`. */
  logs(): string[] {
    const folder = join(this.root, 'snapshots');
    return existsSync(folder)
      ? readdirSync(folder, {withFileTypes: true})
          .filter((entry) => entry.isFile())
          .map(({name}) => name)
          .sort()
      : [];
  }

  /** What is noted of images that are not there yet. */
  pending(): unknown[] {
    const folder = join(this.root, 'snapshots', '.pending');
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.json'))
          .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown)
      : [];
  }

  json(path: string): unknown {
    return JSON.parse(readFileSync(join(this.root, path), 'utf8'));
  }

  /** Which droplets terraform destroyed, in order, and how many images had a log by then: `droplet 1, 1 logged`. */
  destroyed(): string[] {
    const file = join(this.root, 'destroyed');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  /** All files in `snapshots/` and below it: what is half written would be seen here. */
  files(folder = 'snapshots'): string[] {
    const path = join(this.root, folder);
    return existsSync(path)
      ? readdirSync(path, {recursive: true, withFileTypes: true})
          .filter((entry) => !entry.isDirectory())
          .map((entry) => relative(path, join(entry.parentPath, entry.name)))
          .sort()
      : [];
  }

  /** What terraform's state holds. */
  state(path = 'terraform.tfstate'): string[] {
    const {resources} = this.json(path) as {resources: {module: string; type: string; name: string}[]};
    return resources.map(({module, type, name}) => `${module}.${type}.${name}`).sort();
  }

  /** Wait until it was asked how far an action is. */
  async untilAsked(): Promise<void> {
    await until(() => this.api.requests.some(({path}) => path.startsWith('/v2/actions/')));
  }

  /** How often an image was asked for. */
  requests(): number {
    return this.api.requests.filter(({method, path}) => method === 'POST' && path.endsWith('/actions'))
      .length;
  }
}

/** What the module said while terraform ran it, without what terraform puts in front of each line. */
export function said(stdout: string): string[] {
  return stripVTControlCharacters(stdout)
    .split('\n')
    .filter((line) => line.includes('(local-exec): ') && !line.includes('Executing'))
    .map((line) => line.slice(line.indexOf('(local-exec): ') + '(local-exec): '.length));
}

/** The document's configuration with these arguments more. */
export function gpuDroplet(more = ''): string {
  return `module "gpu_droplet" {
  source = "../../modules/gpu_droplet"

  name     = "my-gpu-droplet"
  region   = "nyc2"
  gpu_size = "gpu-h100x1-80gb"

  create_snapshot_on_destroy = true
  ${more}
}

output "image" {
  value = module.gpu_droplet.image
}

output "snapshot_info" {
  value = module.gpu_droplet.snapshot_info
}
`;
}

/** A project of which nothing is applied yet. */
export async function machineBox(
  doctl: Doctl | 'none' | undefined = doctls()[0],
  configuration = gpuDroplet(),
): Promise<MachineBox> {
  return new MachineBox(await startDigitalOcean(), doctl, configuration);
}

/** Root modules with everything applied, by configuration: the mock's first droplet always has the same id. */
const applied = new Map<string, string>();

afterAll(() => {
  for (const folder of applied.values()) rmSync(folder, {recursive: true, force: true});
});

/** The same, with the droplet deployed. */
export async function deployed(
  doctl: Doctl | 'none' | undefined = doctls()[0],
  configuration = gpuDroplet(),
): Promise<MachineBox> {
  const made = await machineBox(doctl, configuration);
  const known = applied.get(configuration);
  if (known !== undefined) {
    cpSync(known, made.root, {recursive: true, verbatimSymlinks: true});
    return made;
  }
  await made.must('init');
  await made.must('apply', '-auto-approve');
  const folder = mkdtempSync(join(tmpdir(), 'cloudtm-test-'));
  applied.set(configuration, folder);
  cpSync(made.root, folder, {recursive: true, verbatimSymlinks: true});
  return made;
}

/** What the module of `gpuDroplet` puts into a state. */
export const EVERYTHING = [
  'module.gpu_droplet.module.snapshot_on_destroy.terraform_data.snapshot',
  'module.gpu_droplet.terraform_data.gpu',
];
