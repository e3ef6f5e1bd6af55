import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {onTestFinished} from 'vitest';
import {readAll} from '../backends/keep-alive.js';
import {createCloud, type Cloud} from './digitalocean-cloud.js';
import {createFaults, type Fault, type Faults} from './digitalocean-faults.js';
import {answerTo, problem, type Answer} from './digitalocean-routes.js';

/** A request that came in. */
export interface Request {
  /** What the answer's `x-request-id` says: `request-1`, `request-2`, …, in the order they came in. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown;
  /** Empty where there is none. */
  readonly token: string;
  readonly userAgent: string;
  /** The status of the answer, or how there came none; undefined until then. */
  outcome: number | 'reset' | 'hang' | undefined;
}

/**
 * The part of DigitalOcean's API (v2) that is about droplets and their snapshots, on loopback, in the test's own process:
 * what a test changes here is changed for the next request.
 */
export interface DigitalOcean extends Omit<Cloud, 'poll'> {
  /** For `DIGITALOCEAN_API_URL`. */
  readonly url: string;
  readonly faults: Faults;
  readonly requests: readonly Request[];
  /** All requests so far, a line each: `POST /v2/droplets/386734001/actions 201`. */
  log(): string[];
  /** Requests that wait for an answer which never comes. */
  hanging(): number;
  /** The test's end does this too. */
  stop(): Promise<void>;
}

/**
 * @param options `clock` gives all times, the real one where it is missing; `token` is the only one that is let in, every
 *   one is where it is missing.
 */
export async function startDigitalOcean(
  options: {clock?: () => Date; token?: string} = {},
): Promise<DigitalOcean> {
  const clock = options.clock ?? (() => new Date());
  const cloud = createCloud(clock);
  const {faults, take} = createFaults();
  const requests: Request[] = [];

  const server = createServer((message, response) => {
    void readAll(message).then((bytes) => {
      const url = new URL(message.url ?? '/', `http://${message.headers.host ?? ''}`);
      const request: Request = {
        id: `request-${requests.length + 1}`,
        method: message.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        body: bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as unknown),
        token: /^Bearer (.*)$/.exec(message.headers.authorization ?? '')?.[1] ?? '',
        userAgent: message.headers['user-agent'] ?? '',
        outcome: undefined,
      };
      requests.push(request);
      const isKnown = request.token !== '' && (options.token ?? request.token) === request.token;
      const answer = (): Answer => (isKnown ? answerTo(cloud, {...request, url}) : problem(401));
      const fault = take(request.method, url);
      if (!fault) {
        send(request, response, answer());
        return;
      }
      if (fault.effect === 'after') answer();
      strike(request, response, fault);
    });
  });
  const send = (
    request: Request,
    response: ServerResponse,
    {status, content}: Answer,
    instead: {body?: string; headers?: Readonly<Record<string, string>>} = {},
  ): void => {
    request.outcome = status;
    const body = instead.body ?? (content && JSON.stringify(content));
    response.writeHead(status, {
      ...(body !== undefined && {'content-type': 'application/json; charset=utf-8'}),
      'ratelimit-limit': 5000,
      'ratelimit-remaining': status === 429 ? 0 : 4999,
      'ratelimit-reset': Math.ceil(clock().getTime() / 1000) + 60,
      'x-request-id': request.id,
      ...instead.headers,
    });
    response.end(body);
  };
  const strike = (request: Request, response: ServerResponse, fault: Fault): void => {
    switch (fault.kind) {
      case 'status': {
        const headers = {...(fault.status === 429 && {'retry-after': '0'}), ...fault.headers};
        const {body} = fault;
        send(request, response, problem(fault.status, fault.message, fault.id), {
          headers,
          ...(body !== undefined && {body}),
        });
        break;
      }
      case 'reset':
        request.outcome = 'reset';
        response.socket?.resetAndDestroy();
        break;
      case 'hang':
        request.outcome = 'hang';
        hanging += 1;
        response.on('close', () => (hanging -= 1));
        break;
    }
  };
  let hanging = 0;
  // An idle connection is the client's to close: ours could meet its next question half way.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  onTestFinished(stop);
  return Object.assign(cloud, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    log: () => requests.map(({method, path, outcome}) => `${method} ${path} ${outcome ?? 'unanswered'}`),
    hanging: () => hanging,
    stop,
  });
}
