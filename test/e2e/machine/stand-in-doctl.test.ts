import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';
import {temporaryFolder} from '../../support/folder.js';
import {startDigitalOcean, type DigitalOcean} from '../../support/machine/digitalocean-api.js';
import {doctls, type Doctl} from '../../support/machine/doctl.js';
import {until} from '../../support/processes.js';

/** The first of each kind that the mock makes. */
const DROPLET = 386_734_001;
const ACTION = 1_978_716_001;
const IMAGE = 119_192_001;

const BEGUN = '2026-01-02T03:04:05Z';
const REGION = {
  slug: 'tor1',
  name: 'TOR1',
  sizes: ['s-1vcpu-1gb', 'gpu-h100x1-80gb'],
  available: true,
  features: ['backups', 'ipv6', 'metadata'],
};
const IN_PROGRESS = {
  id: ACTION,
  status: 'in-progress',
  type: 'snapshot',
  started_at: BEGUN,
  completed_at: null,
  resource_id: DROPLET,
  resource_type: 'droplet',
  region: REGION,
  region_slug: 'tor1',
};
const COMPLETED = {...IN_PROGRESS, status: 'completed', completed_at: BEGUN};
const ERRORED = {...COMPLETED, status: 'errored'};
const SNAPSHOT = {
  id: String(IMAGE),
  name: 'before',
  resource_id: String(DROPLET),
  resource_type: 'droplet',
  regions: ['tor1'],
  min_disk_size: 25,
  size_gigabytes: 2.5,
  created_at: BEGUN,
};

/** Where in a home it looks for its file. */
const CONFIG_FOLDER = process.platform === 'darwin' ? ['Library', 'Application Support'] : ['.config'];

/** How a doctl ended; `stdout` is parsed where it is JSON. */
interface Ended {
  readonly status: number | undefined;
  readonly stdout: unknown;
  readonly stderr: string;
}

const said = (json: unknown): Ended => ({status: 0, stdout: json, stderr: ''});
const refused = (detail: string): Ended => ({status: 1, stdout: {errors: [{detail}]}, stderr: ''});

/** A DigitalOcean with one droplet, where it is always 2026-01-02 03:04:05, and a doctl that asks it. */
async function rig(
  doctl: Doctl,
  token?: string,
): Promise<{api: DigitalOcean; env: Record<string, string>; run: (...words: string[]) => Promise<Ended>}> {
  const api = await startDigitalOcean({
    clock: () => new Date(BEGUN),
    ...(token !== undefined && {token}),
  });
  api.addDroplet({name: 'web'});
  const program = join(doctl.install(), 'doctl');
  const env = doctl.env(api);
  const run = async (...words: string[]): Promise<Ended> => {
    const {exitCode, stdout, stderr} = await execa(program, words, {
      env,
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
    });
    return {status: exitCode, stdout: parsed(stdout), stderr};
  };
  return {api, env, run};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The words that ask for an image, of the droplet that is there. */
const takeImage = (name: string, droplet = String(DROPLET)): string[] => [
  ...['compute', 'droplet-action', 'snapshot', droplet, '--snapshot-name', name, '-o', 'json'],
];
const actionsPath = `/v2/droplets/${DROPLET}/actions`;

describe.each(doctls())('doctl ($name)', (doctl) => {
  test('account get shows one object', async () => {
    const {api, run} = await rig(doctl);
    expect(await run('account', 'get', '-o', 'json')).toEqual(
      said({
        droplet_limit: 25,
        floating_ip_limit: 5,
        reserved_ip_limit: 5,
        volume_limit: 100,
        email: 'someone@example.com',
        name: 'Someone',
        uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
        email_verified: true,
        status: 'active',
        team: {name: 'My Team', uuid: '5df3e3004a17e242b7c20ca6c9fc25b701a47ece'},
      }),
    );
    expect(api.requests.map(({token}) => token)).toEqual(['a-token']);
  });

  test('version needs no login', async () => {
    const {env, run} = await rig(doctl);
    delete env.DIGITALOCEAN_ACCESS_TOKEN;
    // The real one asks GitHub whether there is a newer one: nobody listens there.
    env.HTTPS_PROXY = 'http://127.0.0.1:1';
    expect(await run('version')).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^doctl version \d+\.\d+\.\d+/) as unknown,
      stderr: '',
    });
  });

  test('droplet get shows an array of one, by id and by name', async () => {
    const {run} = await rig(doctl);
    const byId = await run('compute', 'droplet', 'get', String(DROPLET), '-o', 'json');
    expect(byId).toEqual(
      said([
        {
          id: DROPLET,
          name: 'web',
          memory: 1024,
          vcpus: 1,
          disk: 25,
          region: REGION,
          image: {
            id: 63_663_980,
            name: '24.04 (LTS) x64',
            type: 'base',
            distribution: 'Ubuntu',
            slug: 'ubuntu-24-04-x64',
            public: true,
            regions: ['tor1'],
            min_disk_size: 7,
            size_gigabytes: 2.36,
            created_at: '2026-01-15T15:00:00Z',
            status: 'available',
          },
          size: {
            slug: 's-1vcpu-1gb',
            memory: 1024,
            vcpus: 1,
            disk: 25,
            price_monthly: 6,
            price_hourly: 0.00893,
            regions: ['tor1'],
            available: true,
            transfer: 1,
            description: 'Basic',
          },
          size_slug: 's-1vcpu-1gb',
          features: ['droplet_agent', 'private_networking'],
          status: 'active',
          networks: {
            v4: [
              {ip_address: '10.0.0.2', netmask: '255.255.0.0', gateway: '10.0.0.1', type: 'private'},
              {ip_address: '203.0.113.2', netmask: '255.255.255.0', gateway: '203.0.113.1', type: 'public'},
            ],
          },
          created_at: BEGUN,
          volume_ids: [],
          vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
        },
      ]),
    );
    expect(await run('compute', 'droplet', 'get', 'web', '-o', 'json')).toEqual(byId);
    expect(await run('compute', 'droplet', 'get', 'db', '-o', 'json')).toEqual(
      refused('Droplet with the name "db" could not be found.'),
    );
  });

  test('an image is asked for, made, listed and deleted', async () => {
    const {api, run} = await rig(doctl);
    api.course = {polls: 1};
    expect(await run(...takeImage('before'))).toEqual(said([IN_PROGRESS]));
    expect(api.requests[0]).toMatchObject({body: {type: 'snapshot', name: 'before'}, outcome: 201});

    const actionGet = ['compute', 'action', 'get', String(ACTION), '-o', 'json'];
    expect(await run(...actionGet)).toEqual(said([IN_PROGRESS]));
    expect(await run('compute', 'snapshot', 'list', '-o', 'json')).toEqual(said([]));
    expect(await run(...actionGet)).toEqual(said([COMPLETED]));

    expect(await run('compute', 'snapshot', 'list', '-o', 'json')).toEqual(said([SNAPSHOT]));
    const get = ['compute', 'snapshot', 'get', String(IMAGE), '-o', 'json'];
    expect(await run(...get)).toEqual(said([SNAPSHOT]));
    expect(await run('compute', 'snapshot', 'delete', String(IMAGE), '-f')).toEqual(said(''));
    expect(api.snapshots).toEqual([]);
    expect(await run(...get)).toEqual(
      refused(
        `GET ${api.url}/v2/snapshots/${IMAGE}: 404 (request "request-8") The resource you were accessing could not be found.`,
      ),
    );
  });

  test("a droplet's own images have numbers as ids, and do not name it", async () => {
    const {api, run} = await rig(doctl);
    api.addSnapshot({name: 'a <b> & "c" \u2028 é'});
    api.addSnapshot({name: 'empty', sizeGigabytes: 0, regions: []});
    api.addSnapshot({name: 'of another', resourceId: '1'});
    const list = ['compute', 'droplet', 'snapshots', String(DROPLET), '-o', 'json'];
    const shape = {type: 'snapshot', distribution: 'Ubuntu', min_disk_size: 25, created_at: BEGUN};
    expect(await run(...list)).toEqual(
      said([
        {...shape, id: IMAGE, name: 'a <b> & "c" \u2028 é', regions: ['tor1'], size_gigabytes: 2.5},
        {...shape, id: IMAGE + 1, name: 'empty'},
      ]),
    );
  });

  test("a droplet's actions come newest first", async () => {
    const {api, run} = await rig(doctl);
    const list = ['compute', 'droplet', 'actions', String(DROPLET), '-o', 'json'];
    expect(await run(...list)).toEqual(said([]));
    api.course = {polls: Infinity};
    for (let count = 0; count < 3; count += 1) api.begin(DROPLET, 'snapshot');
    api.finish(ACTION);
    api.fail(ACTION + 1);
    expect(await run(...list)).toEqual(
      said([{...IN_PROGRESS, id: ACTION + 2}, {...ERRORED, id: ACTION + 1}, COMPLETED]),
    );
    expect(api.snapshots).toHaveLength(1);
  });

  test('to wait for an action that ends as errored is a success', async () => {
    const {api, run} = await rig(doctl);
    api.course = {polls: 0, ends: 'errored'};
    expect(await run(...takeImage('before'), '--wait')).toEqual(said([ERRORED]));
    expect(await run('compute', 'action', 'wait', String(ACTION), '-o', 'json')).toEqual(said([ERRORED]));
    expect(api.snapshots).toEqual([]);
  });

  test('snapshot list is of all kinds unless one is named', async () => {
    const {api, run} = await rig(doctl);
    api.addSnapshot({name: 'before'});
    const volume = {id: 'a-volume-snapshot', name: 'data', resourceType: 'volume', resourceId: 'v'} as const;
    api.addSnapshot(volume);
    const ofVolume = {...SNAPSHOT, id: volume.id, name: 'data', resource_type: 'volume', resource_id: 'v'};
    const list = ['compute', 'snapshot', 'list', '-o', 'json'];
    expect(await run(...list)).toEqual(said([SNAPSHOT, ofVolume]));
    expect(await run(...list, '--resource', 'droplet')).toEqual(said([SNAPSHOT]));
    expect(await run(...list, '--resource=volume')).toEqual(said([ofVolume]));
  });

  test('a list has all pages; a page after the first that fails is missing without a word', async () => {
    const {api, run} = await rig(doctl);
    for (let count = 0; count < 405; count += 1) api.addSnapshot();
    const ids = async (): Promise<number[]> => {
      const {status, stdout, stderr} = await run('compute', 'snapshot', 'list', '-o', 'json');
      expect({status, stderr}).toEqual({status: 0, stderr: ''});
      return (stdout as {id: string}[]).map(({id}) => Number(id));
    };
    const all = api.snapshots.map(({id}) => Number(id));
    expect(await ids()).toEqual(all);
    expect(api.log()).toEqual(Array(3).fill('GET /v2/snapshots 200'));

    api.faults.next('GET', '/v2/snapshots?page=2', {kind: 'status', status: 403});
    expect(await ids()).toEqual([...all.slice(0, 200), ...all.slice(400)]);

    api.faults.next('GET', '/v2/snapshots?page=1', {kind: 'status', status: 403});
    expect(await run('compute', 'snapshot', 'list', '-o', 'json')).toEqual(
      refused(
        `GET ${api.url}/v2/snapshots?page=1&per_page=200: 403 (request "request-7") You are not authorized to perform this operation`,
      ),
    );
  });

  test('snapshot delete stops at the first that fails', async () => {
    const {api, run} = await rig(doctl);
    for (let count = 0; count < 2; count += 1) api.addSnapshot();
    const words = ['compute', 'snapshot', 'delete', String(IMAGE), '7', String(IMAGE + 1), '-f'];
    const message = `DELETE ${api.url}/v2/snapshots/7: 404 (request "request-2") The resource you were accessing could not be found.`;
    expect(await run(...words)).toEqual({status: 1, stdout: '', stderr: `Error: ${message}\n`});
    expect(api.snapshots.map(({id}) => id)).toEqual([String(IMAGE + 1)]);
    expect(await run('compute', 'snapshot', 'delete', '7', '--force', '-o', 'json')).toEqual(
      refused(message.replace('request-2', 'request-3')),
    );
  });

  test.each([
    [takeImage('before', '7'), 'POST URL/v2/droplets/7/actions: 404 (request "request-1") NOT-FOUND'],
    [
      takeImage('a\u0001'),
      'POST URL/v2/droplets/DROPLET/actions: 422 (request "request-1") Name contains invalid characters',
    ],
    [takeImage('before', 'web'), 'expected <droplet-id> to be a positive integer, got "web"'],
    [takeImage('before', '0'), 'id is invalid because cannot be less than 1'],
    [takeImage(' '), '(droplet-action.snapshot.snapshot-name) command is missing required arguments'],
    [
      ['compute', 'droplet', 'get', '7', '-o', 'json'],
      'GET URL/v2/droplets/7: 404 (request "request-1") NOT-FOUND',
    ],
    [['compute', 'droplet', 'get', '-o', 'json'], '(droplet.get) command is missing required arguments'],
    [
      ['compute', 'droplet', 'get', '1', '2', '-o', 'json'],
      '(droplet.get) command contains unsupported arguments',
    ],
    [
      ['compute', 'droplet', 'actions', '0', '-o', 'json'],
      'dropletID is invalid because cannot be less than 1',
    ],
    [['compute', 'droplet', 'snapshots', 'web', '-o', 'json'], 'strconv.Atoi: parsing "web": invalid syntax'],
    [
      ['compute', 'droplet', 'snapshots', '7', '-o', 'json'],
      'GET URL/v2/droplets/7/snapshots?page=1\\u0026per_page=200: 404 (request "request-1") NOT-FOUND',
    ],
    [
      ['compute', 'action', 'get', '7', '-o', 'json'],
      'GET URL/v2/actions/7: 404 (request "request-1") NOT-FOUND',
    ],
    [['compute', 'action', 'get', 'x', '-o', 'json'], 'strconv.Atoi: parsing "x": invalid syntax'],
    [['compute', 'snapshot', 'get', '-o', 'json'], '(snapshot.get) command is missing required arguments'],
    [
      ['compute', 'snapshot', 'delete', '-f', '-o', 'json'],
      '(snapshot.delete) command is missing required arguments',
    ],
  ])('%j is refused on stdout', async (words, detail) => {
    const {api, run} = await rig(doctl);
    const told = detail
      .replace('URL', api.url)
      .replace('DROPLET', String(DROPLET))
      .replace('\\u0026', '&')
      .replace('NOT-FOUND', 'The resource you were accessing could not be found.');
    expect(await run(...words)).toEqual(refused(told));
  });

  test('without -o json an error is on stderr', async () => {
    const {api, run} = await rig(doctl);
    expect(await run('compute', 'droplet', 'get', '7')).toEqual({
      status: 1,
      stdout: '',
      stderr: `Error: GET ${api.url}/v2/droplets/7: 404 (request "request-1") The resource you were accessing could not be found.\n`,
    });
  });

  test.each([
    [['compute', 'snapshot', 'list', '--bad', '-o', 'json'], 'unknown flag: --bad'],
    [['compute', 'snapshot', 'list', '-z'], "unknown shorthand flag: 'z' in -z"],
    [['account', 'get', '--output'], 'flag needs an argument: --output'],
  ])('%j is a command line that it cannot read', async (words, message) => {
    const {run} = await rig(doctl);
    expect(await run(...words)).toEqual({
      status: 255,
      stdout: `${message}\n`,
      stderr: expect.stringContaining(`Error: ${message}\nUsage:\n  doctl `) as unknown,
    });
  });

  test('an unknown command is an error only where it is the first word', async () => {
    const {api, run} = await rig(doctl);
    expect(await run('bad', '-o', 'json')).toEqual({
      status: 255,
      stdout: '',
      stderr: 'Error: unknown command "bad" for "doctl"\nRun \'doctl --help\' for usage.\n',
    });
    expect(await run('compute', 'snapshot', 'bad', '-o', 'json')).toEqual({
      status: 0,
      stdout: expect.stringContaining('Usage:\n  doctl compute snapshot [command]\n') as unknown,
      stderr: '',
    });
    expect(api.requests).toEqual([]);
  });

  describe('login', () => {
    const REQUIRED =
      "Unable to initialize DigitalOcean API client: access token is required. (hint: run 'doctl auth init')";

    test('there has to be one', async () => {
      const {api, env, run} = await rig(doctl);
      delete env.DIGITALOCEAN_ACCESS_TOKEN;
      expect(await run('account', 'get', '-o', 'json')).toEqual(refused(REQUIRED));
      expect(await run('account', 'get')).toEqual({status: 1, stdout: '', stderr: `Error: ${REQUIRED}\n`});
      expect(api.requests).toEqual([]);
    });

    test('a wrong one is told by DigitalOcean', async () => {
      const {api, run} = await rig(doctl, 'another-token');
      expect(await run('account', 'get', '-o', 'json')).toEqual(
        refused(`GET ${api.url}/v2/account: 401 (request "request-1") Unable to authenticate you`),
      );
    });

    test.each([
      ['access-token: from-file\n', {}, ['from-file']],
      ['access-token: from-file\n', {DIGITALOCEAN_ACCESS_TOKEN: 'from-env'}, ['from-env']],
      [
        'access-token: x\ncontext: work\nauth-contexts:\n  work: of-work\n',
        {DIGITALOCEAN_ACCESS_TOKEN: 'y'},
        ['of-work'],
      ],
      ['context: home\nauth-contexts:\n  work: of-work\n', {DIGITALOCEAN_ACCESS_TOKEN: 'y'}, []],
      ['access-token: x\nauth-contexts:\n  work: of-work\n', {DIGITALOCEAN_CONTEXT: 'work'}, ['of-work']],
    ])('of the file %j and the environment %j it uses %j', async (file, settings, tokens) => {
      const {api, env, run} = await rig(doctl);
      delete env.DIGITALOCEAN_ACCESS_TOKEN;
      Object.assign(env, settings);
      const folder = join(env.HOME ?? '', ...CONFIG_FOLDER, 'doctl');
      mkdirSync(folder, {recursive: true});
      writeFileSync(join(folder, 'config.yaml'), file);
      const ended = await run('account', 'get', '-o', 'json');
      if (tokens.length === 0) expect(ended).toEqual(refused(REQUIRED));
      else expect(ended).toMatchObject({status: 0, stderr: ''});
      expect(api.requests.map(({token}) => token)).toEqual(tokens);
    });

    test.skipIf(process.platform === 'darwin')(
      'without a home it does nothing at all, and says so as text on stdout',
      async () => {
        const {env, run} = await rig(doctl);
        delete env.HOME;
        const ended = {
          status: 1,
          stdout: 'Error: neither $XDG_CONFIG_HOME nor $HOME are defined\n',
          stderr: '',
        };
        expect(await run('account', 'get', '-o', 'json')).toEqual(ended);
        expect(await run('version')).toEqual(ended);
        env.XDG_CONFIG_HOME = temporaryFolder();
        expect(await run('account', 'get', '-o', 'json')).toMatchObject({status: 0, stderr: ''});
      },
    );
  });

  describe('repeats', () => {
    test.each([
      ['503', {kind: 'status', status: 503}],
      ['429', {kind: 'status', status: 429}],
      ['reset', {kind: 'reset'}],
    ] as const)('a request that a %s kept from taking effect', async (outcome, fault) => {
      const {api, run} = await rig(doctl);
      api.faults.next('POST', '/v2/droplets/:id/actions', fault);
      expect(await run(...takeImage('before'))).toEqual(said([IN_PROGRESS]));
      expect(api.log()).toEqual([`POST ${actionsPath} ${outcome}`, `POST ${actionsPath} 201`]);
    });

    test.each([
      ['502', {kind: 'status', status: 502, effect: 'after'}],
      ['reset', {kind: 'reset', effect: 'after'}],
    ] as const)(
      'a request that took effect before its %s, and fails because of that',
      async (outcome, fault) => {
        const {api, run} = await rig(doctl);
        api.faults.next('POST', '/v2/droplets/:id/actions', fault);
        expect(await run(...takeImage('before'))).toEqual(
          refused(
            `POST ${api.url}${actionsPath}: 422 (request "request-2") Droplet already has a pending event.`,
          ),
        );
        expect(api.log()).toEqual([`POST ${actionsPath} ${outcome}`, `POST ${actionsPath} 422`]);
        expect(api.actions.map(({imageName, status}) => ({imageName, status}))).toEqual([
          {imageName: 'before', status: 'in-progress'},
        ]);
      },
    );

    test('a request five times', async () => {
      const {api, run} = await rig(doctl);
      api.faults.always('POST', '/v2/droplets/:id/actions', {kind: 'status', status: 500});
      expect(await run(...takeImage('before'))).toEqual(
        refused(
          `POST ${api.url}${actionsPath}: 500 (request "request-6") Server Error; giving up after 6 attempt(s)`,
        ),
      );
      expect(api.log()).toEqual(Array(6).fill(`POST ${actionsPath} 500`));
      expect(api.actions).toEqual([]);
    });

    test('a request on a connection that breaks five times', async () => {
      const {api, run} = await rig(doctl);
      api.faults.always('GET', '/v2/account', {kind: 'reset'});
      const {host} = new URL(api.url);
      const {stdout, ...rest} = await run('account', 'get', '-o', 'json');
      expect(rest).toEqual({status: 1, stderr: ''});
      expect(JSON.stringify(stdout).replace(/127\.0\.0\.1:\d+->/, 'HERE->')).toBe(
        JSON.stringify({
          errors: [
            {
              detail: `Get "${api.url}/v2/account": read tcp HERE->${host}: read: connection reset by peer`,
            },
          ],
        }),
      );
      expect(api.log()).toEqual(Array(6).fill('GET /v2/account reset'));
    });

    test('none where it is told to', async () => {
      const {api, run} = await rig(doctl);
      api.faults.always('GET', '/v2/account', {
        kind: 'status',
        status: 502,
        body: '<html>bad gateway</html>',
      });
      expect(await run('account', 'get', '-o', 'json', '--http-retry-max', '0')).toEqual(
        refused(`GET ${api.url}/v2/account: 502 (request "request-1") <html>bad gateway</html>`),
      );
      expect(
        await run('account', 'get', '-o', 'json', '--http-retry-max=0', '-u', 'http://127.0.0.1:1'),
      ).toEqual(
        refused('Get "http://127.0.0.1:1/v2/account": dial tcp 127.0.0.1:1: connect: connection refused'),
      );
      expect(api.requests).toHaveLength(1);
    });
  });

  test.each([
    ['<html>', "invalid character '<' looking for beginning of value"],
    ['', 'EOF'],
    ['{"account": {"em', 'unexpected EOF'],
  ])('an answer %j is no success', async (body, detail) => {
    const {api, run} = await rig(doctl);
    api.faults.next('GET', '/v2/account', {kind: 'status', status: 200, body});
    expect(await run('account', 'get', '-o', 'json')).toEqual(refused(detail));
  });

  test('it waits for an answer that does not come', async () => {
    const {api, env} = await rig(doctl);
    api.faults.next('POST', '/v2/droplets/:id/actions', {kind: 'hang', effect: 'after'});
    const child = execa(join(doctl.install(), 'doctl'), takeImage('before'), {
      env,
      extendEnv: false,
      reject: false,
    });
    await until(() => api.hanging() === 1);
    expect(api.actions).toHaveLength(1);
    child.kill('SIGKILL');
    expect(await child).toMatchObject({signal: 'SIGKILL', stdout: '', stderr: ''});
    await until(() => api.hanging() === 0);
  });
});
