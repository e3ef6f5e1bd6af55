/**
 * What goes wrong with a request. `effect` is when it does: `before` the request took effect (as if it had never come) or
 * `after` (it took effect, and the answer is lost); `before` where it is missing.
 *
 * - `status`: another answer. `message` and `id` are those of its JSON, DigitalOcean's own for this status where they are
 *   missing; `body` is sent instead of JSON. A 429 says `Retry-After: 0` unless `headers` say otherwise, since doctl waits
 *   as long as it is told to.
 * - `reset`: the connection breaks without an answer.
 * - `hang`: no answer until the test ends.
 */
export type Fault = {readonly effect?: 'before' | 'after'} & (
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      readonly id?: string;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {readonly kind: 'reset'}
  | {readonly kind: 'hang'}
);

/**
 * Faults that wait for their requests. The first armed one that fits a request is used up first.
 *
 * A pattern is a path, in which `:word` stands for any one part, and maybe query parameters that the request must have
 * among others: `/v2/snapshots?page=2`.
 */
export interface Faults {
  /** For the next request that fits. */
  next(method: string, pattern: string, fault: Fault): void;
  /** For the next `count` requests that fit. */
  times(count: number, method: string, pattern: string, fault: Fault): void;
  /** For all requests that fit, until `clear`. */
  always(method: string, pattern: string, fault: Fault): void;
  /** Disarm all. */
  clear(): void;
}

/** Faults, and `take` for the server: what is to go wrong with this request, used up by asking. */
export function createFaults(): {faults: Faults; take: (method: string, url: URL) => Fault | undefined} {
  let armed: {left: number; fits: (method: string, url: URL) => boolean; fault: Fault}[] = [];
  const times: Faults['times'] = (count, method, pattern, fault) => {
    const wanted = new URL(pattern, 'http://pattern');
    const path = new RegExp(`^${wanted.pathname.replace(/:\w+/g, '[^/]+')}$`);
    armed.push({
      left: count,
      fits: (itsMethod, url) =>
        itsMethod === method &&
        path.test(url.pathname) &&
        [...wanted.searchParams].every(([name, value]) => url.searchParams.get(name) === value),
      fault,
    });
  };
  return {
    faults: {
      times,
      next: (...which) => {
        times(1, ...which);
      },
      always: (...which) => {
        times(Infinity, ...which);
      },
      clear: () => {
        armed = [];
      },
    },
    take: (method, url) => {
      const found = armed.find(({left, fits}) => left > 0 && fits(method, url));
      if (found) found.left -= 1;
      return found?.fault;
    },
  };
}
