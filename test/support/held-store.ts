import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

/** A state store for terraform's `http` backend that answers a write only when the test says so. */
export interface HeldStore {
  readonly url: string;
  readonly isHolding: () => boolean;
  /** Answer what is held, and from now on at once. */
  letGo(): void;
  /** Hold the next write. */
  hold(): void;
  /** Lose the state and hold the next write. */
  forget(): void;
  close(): void;
}

export async function holdStore(): Promise<HeldStore> {
  let state: Buffer | undefined;
  let held: (() => void)[] = [];
  let isOpen = false;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'GET') {
        response.writeHead(state ? 200 : 404).end(state);
        return;
      }
      const answer = (): void => {
        state = Buffer.concat(parts);
        response.end();
      };
      if (isOpen) answer();
      else held.push(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/state`,
    isHolding: () => held.length > 0,
    letGo: () => {
      isOpen = true;
      for (const answer of held) answer();
      held = [];
    },
    hold: () => {
      isOpen = false;
    },
    forget: () => {
      isOpen = false;
      state = undefined;
      held = [];
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
