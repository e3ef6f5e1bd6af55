import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {readAll} from './keep-alive.js';

/**
 * A store for terraform's http backend, with locks: a state for each path, and every version of it.
 *
 * @see https://developer.hashicorp.com/terraform/language/backend/http
 */
export interface HttpStore {
  readonly url: string;
  /** What was asked for a path that was more than reading: `LOCK`, `POST`, `UNLOCK`, … */
  writes(path: string): readonly string[];
  /** All states that were written to a path, oldest first. */
  versions(path: string): readonly Buffer[];
  /** Put a state in a path's place as somebody else would; undefined takes it away. */
  put(path: string, state: string | undefined): void;
  /** Be another kind of server from now on. */
  become(manner: Manner): void;
  /** How many questions wait for their answer, which a silent server never gives. */
  waiting(): number;
  stop(): Promise<void>;
}

/**
 * `good`; `read-only`: it answers 500 to every state that is written, and does all else; `silent`: it takes connections
 * and answers nobody; `silent-to-reads`: it answers everybody who writes or locks.
 */
export type Manner = 'good' | 'read-only' | 'silent' | 'silent-to-reads';

interface Shelf {
  /** The lock's description as terraform sent it. */
  lock: Buffer | undefined;
  isEmpty: boolean;
  readonly versions: Buffer[];
  readonly writes: string[];
}

export async function startHttpStore(): Promise<HttpStore> {
  const shelves = new Map<string, Shelf>();
  const shelfOf = (path: string): Shelf => {
    const shelf = shelves.get(path) ?? {lock: undefined, isEmpty: true, versions: [], writes: []};
    shelves.set(path, shelf);
    return shelf;
  };
  let manner: Manner = 'good';
  let waiting = 0;
  const server = createServer((request, response) => {
    if (manner === 'silent' || (manner === 'silent-to-reads' && request.method === 'GET')) {
      waiting += 1;
      response.on('close', () => (waiting -= 1));
      return;
    }
    void readAll(request).then((body) => {
      if (manner === 'read-only' && request.method === 'POST') {
        response.writeHead(500).end();
        return;
      }
      const {pathname, searchParams} = new URL(request.url ?? '/', 'http://store');
      const answer = answerTo(request.method ?? '', shelfOf(pathname), body, searchParams.get('ID'));
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes: (path) => shelfOf(path).writes,
    versions: (path) => shelfOf(path).versions,
    put: (path, state) => {
      const shelf = shelfOf(path);
      shelf.isEmpty = state === undefined;
      if (state !== undefined) shelf.versions.push(Buffer.from(state));
    },
    become: (other) => {
      manner = other;
    },
    waiting: () => waiting,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body?: Buffer | undefined;
}

/** @param id Of the lock under which the state is written. */
function answerTo(method: string, shelf: Shelf, body: Buffer, id: string | null): Answer {
  if (method !== 'GET') shelf.writes.push(method);
  switch (method) {
    case 'GET':
      return shelf.isEmpty ? {status: 404} : {status: 200, body: shelf.versions.at(-1)};
    case 'LOCK':
      if (shelf.lock) return {status: 423, body: shelf.lock};
      shelf.lock = body;
      return {status: 200};
    case 'UNLOCK':
      // `force-unlock` sends no body.
      if (shelf.lock && body.length > 0 && idOf(body) !== idOf(shelf.lock)) return {status: 409};
      shelf.lock = undefined;
      return {status: 200};
    case 'POST':
      if (shelf.lock && id !== idOf(shelf.lock)) return {status: 423, body: shelf.lock};
      shelf.versions.push(body);
      shelf.isEmpty = false;
      return {status: 200};
    case 'DELETE':
      shelf.isEmpty = true;
      return {status: 200};
    default:
      return {status: 405};
  }
}

function idOf(lock: Buffer): string {
  return (JSON.parse(lock.toString()) as {ID: string}).ID;
}
