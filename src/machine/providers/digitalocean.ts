import {askProgram, parseAnswer} from './ask-program.js';
import {doctlFailure} from './doctl-failure.js';
import {fieldsOf, list, optionalFields, optionalNumber, optionalText, text, time} from './fields.js';
import {
  ProviderFailure,
  type Action,
  type DiskSnapshot,
  type Machine,
  type ProviderMaker,
  type System,
} from '../provider.js';

/**
 * DigitalOcean's droplets, through `doctl` with the user's own login.
 *
 * Always its JSON, never its tables. `--wait` is not used: it has no limit and ends with 0 for an action that errored.
 */
export const digitalocean: ProviderMaker = (surroundings) => {
  const askIn = async (env: Readonly<NodeJS.ProcessEnv>, words: readonly string[]): Promise<unknown> => {
    const said = await askProgram('doctl', ['--output', 'json', ...words], {...surroundings, env});
    if (said.status !== 0) throw doctlFailure(said);
    return said.stdout.trim() === '' ? undefined : parseAnswer('doctl', said.stdout);
  };
  const ask = (...words: string[]): Promise<unknown> => askIn(surroundings.env, words);
  const one = async <T>(read: (value: unknown, field: string) => T, ...words: string[]): Promise<T> =>
    firstOf(await ask(...words), read);
  const firstOf = <T>(answer: unknown, read: (value: unknown, field: string) => T): T => {
    const [first] = list(answer, 'content', read);
    if (first === undefined) throw new ProviderFailure('unclear', 'doctl answered with an empty list');
    return first;
  };

  return {
    name: 'digitalocean',
    noun: 'droplet',
    program: 'doctl',
    install,
    login: ['doctl', 'auth', 'init'],
    names: {
      pattern: /^[^\p{Cc}]{1,255}$/u,
      words: '1 to 255 characters, none of them a control character',
      areUnique: false,
    },
    canReboot: false,
    look: ({id}) => ['doctl', 'compute', 'action', 'get', id],

    machine: (id) => one(machineOf, 'compute', 'droplet', 'get', '--', dropletId(id)),
    request: async ({id}, name) => {
      const words = ['compute', 'droplet-action', 'snapshot', `--snapshot-name=${name}`, '--', dropletId(id)];
      return firstOf(await askIn({...surroundings.env, ...ONCE}, words), actionOf);
    },
    action: (id) => one(actionOf, 'compute', 'action', 'get', '--', numberOf(id)),
    actions: async ({id}) => {
      const all = list(
        await ask('compute', 'droplet', 'actions', '--', dropletId(id)),
        'content',
        typedAction,
      );
      return all
        .filter(({type}) => type === 'snapshot')
        .map(({action}) => action)
        .sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
    },
    diskSnapshot: async (id) => {
      if (!NUMBER.test(id)) return undefined;
      try {
        return await one(imageOf, 'compute', 'snapshot', 'get', '--', numberOf(id));
      } catch (error) {
        if (error instanceof ProviderFailure && error.reason === 'not-found') return undefined;
        throw error;
      }
    },
    diskSnapshots: async (machineId) => {
      if (machineId === undefined)
        return list(await ask('compute', 'snapshot', 'list', '--resource', 'droplet'), 'content', imageOf);
      const own = await ask('compute', 'droplet', 'snapshots', '--', dropletId(machineId));
      // They do not say which droplet they are of.
      return list(own, 'content', (value, field) => ({...imageOf(value, field), machineId}));
    },
    remove: async ({id}) => {
      await ask('compute', 'snapshot', 'delete', '--force', '--', numberOf(id));
    },
  };
};

/**
 * doctl repeats by itself what failed, also when it had an effect. Before an image is asked for a second time it is looked
 * for, and a doctl whose cloudtm was killed must not ask again later. (Versions without this setting let it be.)
 */
const ONCE = {DIGITALOCEAN_HTTP_RETRY_MAX: '0'};

/** All ids of DigitalOcean's are numbers. */
const NUMBER = /^\d+$/;

/** doctl would look for a droplet of that name, and take the first. */
function dropletId(id: string): string {
  if (NUMBER.test(id)) return id;
  throw new ProviderFailure('refused', `${JSON.stringify(id)} is no droplet's id, which is a number`);
}

/** A log may come from anybody, and doctl makes a path of what it is given: `../droplets/1` would be another thing. */
function numberOf(id: string): string {
  if (NUMBER.test(id)) return id;
  throw new ProviderFailure('refused', `${JSON.stringify(id)} is no id of DigitalOcean's, which is a number`);
}

function machineOf(value: unknown, field: string): Machine {
  const droplet = fieldsOf(value, field);
  return {
    id: idOf(droplet.id, `${field}.id`),
    name: text(droplet.name, `${field}.name`),
    region: optionalText(optionalFields(droplet.region, `${field}.region`).slug, `${field}.region.slug`),
    size: optionalText(droplet.size_slug, `${field}.size_slug`),
  };
}

function actionOf(value: unknown, field: string): Action {
  return typedAction(value, field).action;
}

function typedAction(value: unknown, field: string): {type: string; action: Action} {
  const action = fieldsOf(value, field);
  const status = text(action.status, `${field}.status`);
  if (status !== 'in-progress' && status !== 'completed' && status !== 'errored')
    throw new ProviderFailure('unclear', `the answer's ${field}.status is ${JSON.stringify(status)}`);
  return {
    type: optionalText(action.type, `${field}.type`),
    action: {
      id: idOf(action.id, `${field}.id`),
      status,
      startedAt: time(action.started_at, `${field}.started_at`),
      completedAt: optionalText(action.completed_at, `${field}.completed_at`),
    },
  };
}

function imageOf(value: unknown, field: string): DiskSnapshot {
  const snapshot = fieldsOf(value, field);
  return {
    id: idOf(snapshot.id, `${field}.id`),
    name: optionalText(snapshot.name, `${field}.name`),
    machineId: optionalText(snapshot.resource_id, `${field}.resource_id`),
    createdAt: optionalText(snapshot.created_at, `${field}.created_at`),
    sizeGb: optionalNumber(snapshot.size_gigabytes, `${field}.size_gigabytes`),
  };
}

/** Numbers in some answers, texts in others. */
function idOf(value: unknown, field: string): string {
  return typeof value === 'number' ? String(value) : text(value, field);
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
