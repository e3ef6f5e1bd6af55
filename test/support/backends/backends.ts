import {backendFile, type Backend, type RunningBackend} from './backend.js';
import {startHttpStore} from './http-store.js';
import {findMoto, NO_MOTO, startMoto} from './moto.js';
import {findPostgres, NO_POSTGRES, startPostgres} from './postgres.js';

/** A file beside the configuration: what everything else must be like. */
const local: Backend = {
  name: 'local',
  type: 'local',
  hasWorkspaces: true,
  hasServer: false,
  missing: () => undefined,
  start: () =>
    Promise.resolve({
      env: {},
      files: () => ({}),
      takeDown: () => Promise.reject(new Error('a file has no server')),
      stop: () => Promise.resolve(),
    }),
};

const BUCKET = 'terraform-states';
const TABLE = 'terraform-locks';

/** @param lock The setting that chooses the kind of lock. */
function s3(name: string, lock: string): Backend {
  return {
    name,
    type: 's3',
    hasWorkspaces: true,
    hasServer: true,
    missing: () => (findMoto() === undefined ? NO_MOTO : undefined),
    start: async () => {
      const moto = await startMoto(found(findMoto(), NO_MOTO));
      await moto.createBucket(BUCKET);
      await moto.createLockTable(TABLE);
      // With `max_retries` left to itself terraform 1.11.4 asks a server that is gone five times, for 13 to 24 s.
      const settings = `
        bucket                      = "${BUCKET}"
        region                      = "us-east-1"
        use_path_style              = true
        skip_credentials_validation = true
        skip_metadata_api_check     = true
        skip_region_validation      = true
        skip_requesting_account_id  = true
        max_retries                 = 1
        endpoints                   = {s3 = "${moto.url}", dynamodb = "${moto.url}"}
        ${lock}`;
      return running(
        (project) => backendFile('s3', `key = "${project}/terraform.tfstate"\n${settings.trim()}`),
        () => moto.stop(),
        {AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test'},
      );
    },
  };
}

const pg: Backend = {
  name: 'pg',
  type: 'pg',
  hasWorkspaces: true,
  hasServer: true,
  missing: () => (findPostgres() === undefined ? NO_POSTGRES : undefined),
  start: async () => {
    const postgres = await startPostgres(found(findPostgres(), NO_POSTGRES));
    return running(
      (project) => backendFile('pg', `conn_str = "${postgres.url}"\nschema_name = "${project}"`),
      () => postgres.stop(),
    );
  },
};

const http: Backend = {
  name: 'http',
  type: 'http',
  hasWorkspaces: false,
  hasServer: true,
  missing: () => undefined,
  start: async () => {
    const store = await startHttpStore();
    return running(
      (project) => httpFiles(`${store.url}/${project}`),
      () => store.stop(),
    );
  },
};

/** The file of a project whose state is at this address, with locks. */
export function httpFiles(address: string): Record<string, string> {
  // With `retry_max` left to itself terraform 1.11.4 asks a server that is gone three times, for 3 s.
  const lines = ['address', 'lock_address', 'unlock_address'].map((name) => `${name} = "${address}"`);
  return backendFile('http', [...lines, 'retry_max = 0'].join('\n'));
}

/** Where state may be, in the order in which they are shown. */
export const BACKENDS: readonly Backend[] = [
  local,
  s3('S3+DynamoDB', `dynamodb_table = "${TABLE}"`),
  s3('S3 with lockfile', 'use_lockfile = true'),
  pg,
  http,
];

function running(
  files: (project: string) => Record<string, string>,
  stop: () => Promise<void>,
  env: Record<string, string> = {},
): RunningBackend {
  let projects = 0;
  return {
    env,
    files: () => files(`project_${++projects}`),
    takeDown: stop,
    stop,
  };
}

function found(path: string | undefined, advice: string): string {
  if (path === undefined) throw new Error(advice);
  return path;
}
