import * as v from 'valibot';
import {latestFirst, ProviderFailure, unlessGone} from '../provider.js';
import type {Action, DiskSnapshot, Machine, MachineProvider, ProviderContext, System} from '../provider.js';
import {OPTIONAL_SIZE, OPTIONAL_TEXT, TEXT, TIME} from '../schema.js';
import {askProgram, readAnswer} from './ask-program.js';
import {doctlFailure} from './doctl-failure.js';

/** A number in some answers, a text in others. */
const ID = v.union([TEXT, v.pipe(v.number(), v.transform(String))]);

const DROPLET = v.object({
  id: ID,
  name: TEXT,
  region: v.nullish(v.object({slug: OPTIONAL_TEXT})),
  size_slug: OPTIONAL_TEXT,
});

const ACTION = v.pipe(
  v.object({
    id: ID,
    type: OPTIONAL_TEXT,
    status: v.picklist(['in-progress', 'completed', 'errored']),
    started_at: TIME,
    completed_at: OPTIONAL_TEXT,
  }),
  v.transform(({id, type, status, started_at: startedAt, completed_at: completedAt}) => {
    const action: Action = {id, status, startedAt, completedAt};
    return {type, action};
  }),
);

const SNAPSHOT = v.pipe(
  v.object({
    id: ID,
    name: OPTIONAL_TEXT,
    resource_id: OPTIONAL_TEXT,
    created_at: OPTIONAL_TEXT,
    size_gigabytes: OPTIONAL_SIZE,
  }),
  v.transform(
    ({id, name, resource_id: machineId, created_at: createdAt, size_gigabytes: sizeGb}): DiskSnapshot => ({
      ...{id, name, machineId, createdAt, sizeGb},
    }),
  ),
);

/**
 * doctl retries by itself what failed, even if it had an effect. Before a disk snapshot is requested again it is looked
 * for, and a doctl whose cloudtm was killed must not request it later. (Versions without this setting ignore it.)
 */
const ONCE = {DIGITALOCEAN_HTTP_RETRY_MAX: '0'};

/**
 * DigitalOcean's droplets, through `doctl` with the user's own login.
 *
 * Always its JSON, never its tables. `--wait` is not used: it has no limit and exits with 0 for an action that errored.
 */
export class DigitalOcean implements MachineProvider {
  readonly name = 'digitalocean';
  readonly noun = 'droplet';
  readonly program = 'doctl';
  readonly install = install;
  readonly login = ['doctl', 'auth', 'init'];
  readonly names = {
    pattern: /^[^\p{Cc}]{1,255}$/u,
    words: '1 to 255 characters, none of them a control character',
    areUnique: false,
  };
  readonly canReboot = false;

  constructor(private readonly context: ProviderContext) {}

  readonly look = ({id}: Action) => ['doctl', 'compute', 'action', 'get', id];

  async machine(id: string): Promise<Machine> {
    const words = ['droplet', 'get', '--', checked(id)];
    const {region, size_slug: size, ...droplet} = await this.#first(DROPLET, words);
    return {...droplet, region: region?.slug ?? '', size};
  }

  async request({id}: Machine, name: string): Promise<Action> {
    const words = ['droplet-action', 'snapshot', `--snapshot-name=${name}`, '--', checked(id)];
    return (await this.#first(ACTION, words, ONCE)).action;
  }

  async action(id: string): Promise<Action> {
    return (await this.#first(ACTION, ['action', 'get', '--', checked(id)])).action;
  }

  async actions({id}: Machine): Promise<readonly Action[]> {
    const all = await this.#ask(v.array(ACTION), ['droplet', 'actions', '--', checked(id)]);
    return all
      .filter(({type}) => type === 'snapshot')
      .map(({action}) => action)
      .sort(latestFirst);
  }

  async diskSnapshot(id: string): Promise<DiskSnapshot | undefined> {
    if (!NUMBER.test(id)) return undefined;
    return unlessGone(this.#first(SNAPSHOT, ['snapshot', 'get', '--', id]));
  }

  async diskSnapshots(machineId?: string): Promise<readonly DiskSnapshot[]> {
    if (machineId === undefined)
      return this.#ask(v.array(SNAPSHOT), ['snapshot', 'list', '--resource', 'droplet']);
    const own = await this.#ask(v.array(SNAPSHOT), ['droplet', 'snapshots', '--', checked(machineId)]);
    // These do not say which droplet they are of.
    return own.map((snapshot) => ({...snapshot, machineId}));
  }

  async remove({id}: DiskSnapshot): Promise<void> {
    await this.#ask(v.unknown(), ['snapshot', 'delete', '--force', '--', checked(id)]);
  }

  /** doctl answers with a list, whatever it was asked for. */
  async #first<Schema extends v.GenericSchema>(
    schema: Schema,
    words: readonly string[],
    more?: NodeJS.ProcessEnv,
  ): Promise<v.InferOutput<Schema>> {
    return (await this.#ask(v.tupleWithRest([schema], v.unknown()), words, more))[0];
  }

  async #ask<Schema extends v.GenericSchema>(
    schema: Schema,
    words: readonly string[],
    more: NodeJS.ProcessEnv = {},
  ): Promise<v.InferOutput<Schema>> {
    const {env, cwd} = this.context;
    const all = ['--output', 'json', 'compute', ...words];
    const result = await askProgram('doctl', all, {cwd, env: {...env, ...more}});
    if (result.status !== 0) throw doctlFailure(result);
    return readAnswer(schema, 'doctl', result.stdout);
  }
}

/** All ids of DigitalOcean are numbers. */
const NUMBER = /^\d+$/;

/**
 * doctl looks for a droplet of that name where an id is none, and takes the first. It makes a path of other ids, which may
 * come from a log that anybody wrote: `../droplets/1` would be another thing.
 */
function checked(id: string): string {
  if (NUMBER.test(id)) return id;
  throw new ProviderFailure('refused', `${JSON.stringify(id)} is not an id: DigitalOcean's are numbers`);
}

const PAGE = 'https://docs.digitalocean.com/reference/doctl/how-to/install/';

function install({platform, arch, has}: System): readonly string[] {
  if (has('brew') || platform === 'darwin') return ['brew install doctl', PAGE];
  if (has('snap')) return ['sudo snap install doctl', PAGE];
  if (has('pacman')) return ['sudo pacman -S doctl', PAGE];
  const processor = {x64: 'amd64', arm64: 'arm64'}[arch];
  if (platform !== 'linux' || processor === undefined) return [PAGE];
  const archive = `https://github.com/digitalocean/doctl/releases/download/v1.166.0/doctl-1.166.0-linux-${processor}.tar.gz`;
  return [`curl -sL ${archive} | tar -xz && sudo mv doctl /usr/local/bin`, PAGE];
}
