import {createServer, request as ask, type IncomingHttpHeaders, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';

/** Something that answers in another server's place, with its answers. */
export interface Front {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Stand before a server that closes the connection after each of its answers, and keep it open.
 *
 * moto's is such a server, and terraform 1.11.4 (the AWS SDK for Go) does not always get to the end of an answer before the
 * connection is closed: one `apply` in some 200 failed to lock with "decomposing response: … use of closed network
 * connection".
 */
export async function keepAlive(target: string): Promise<Front> {
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const options = {method: request.method, headers: withoutHops(request.headers), agent: false};
      const inner = ask(new URL(request.url ?? '/', target), options, (answer) => {
        void readAll(answer).then((content) => {
          response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers)).end(content);
        });
      });
      inner.on('error', () => response.destroy());
      inner.end(body);
    });
  });
  // An idle connection is the client's to close: ours could meet its next question half way.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** The headers that are not about one connection alone. */
function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const hops = ['connection', 'expect', 'keep-alive', 'transfer-encoding'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hops.includes(name)));
}

/** The whole body of a request or of an answer. */
export async function readAll(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
