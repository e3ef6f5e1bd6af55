import {execFile, spawnSync} from 'node:child_process';
import {chownSync, existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {promisify} from 'node:util';
import {startServer, type Server} from './server.js';

/** Where Debian and its kin put the programs of each release, off PATH. */
const RELEASES = '/usr/lib/postgresql';
const TOOLS = ['initdb', 'postgres', 'pg_isready'];
/** The user nobody: PostgreSQL refuses to run as root. */
const NOBODY = 65534;

/** The folder with PostgreSQL's programs, of the newest release there is; else one on PATH. */
export function findPostgres(): string | undefined {
  const releases = existsSync(RELEASES) ? readdirSync(RELEASES) : [];
  return [
    ...releases.sort((a, b) => Number(b) - Number(a)).map((release) => join(RELEASES, release, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ].find((folder) => TOOLS.every((tool) => existsSync(join(folder, tool))));
}

export const NO_POSTGRES = `there is no PostgreSQL server below ${RELEASES} or on PATH`;

export interface Postgres {
  /** A connection string of its database. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A database of its own in a temporary folder; nobody needs a password. */
export async function startPostgres(programs: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtm-postgres-'));
  const remove = (): void => {
    rmSync(folder, {recursive: true, force: true});
  };
  process.on('exit', remove);
  const user = process.getuid?.() === 0 ? {uid: NOBODY, gid: NOBODY} : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const around = {cwd: folder, env: {PATH: programs, LC_ALL: 'C'}, ...user};
  const data = join(folder, 'data');
  await promisify(execFile)(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'terraform', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    around,
  );
  const {server, port} = await serve(programs, data, around);
  return {
    url: `postgres://terraform@127.0.0.1:${port}/postgres?sslmode=disable`,
    stop: async () => {
      await server.stop();
      process.off('exit', remove);
      remove();
    },
  };
}

async function serve(
  programs: string,
  data: string,
  around: {cwd: string; env: NodeJS.ProcessEnv},
): Promise<{server: Server; port: number}> {
  const port = await freePort();
  // No sockets in the filesystem, and nothing that must outlast the machine.
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const words = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  // SIGQUIT is PostgreSQL's immediate shutdown, which takes its helpers along.
  const server = startServer(join(programs, 'postgres'), words, {...around, endWith: 'SIGQUIT'});
  const isReady = (): boolean =>
    spawnSync(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0;
  try {
    await server.until(isReady);
  } catch (error) {
    // PostgreSQL cannot choose a port itself: between our choice and its start somebody else may have taken it.
    if (!server.output().includes('Address already in use')) throw error;
    return serve(programs, data, around);
  }
  return {server, port};
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const {port} = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
