import {request} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import {URLSearchParams} from 'node:url';
import {Failure} from './failure.mjs';

/** How long (ms) it waits before it repeats a request, and before it asks again how far an action is. */
export const PAUSE = 10;

/** One request and its whole answer. Rejects when the connection fails. */
function ask(method, url, token, body) {
  return new Promise((resolve, reject) => {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'user-agent': 'doctl/1.166.0-release (stand-in)',
      ...(method !== 'GET' && {'content-type': 'application/json'}),
    };
    const asked = request(url, {method, headers, agent: false}, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({
          status: answer.statusCode,
          text: Buffer.concat(parts).toString(),
          id: answer.headers['x-request-id'],
        });
      });
    });
    let local = '';
    asked.on('socket', (socket) => {
      socket.on('connect', () => (local = `${socket.localAddress}:${socket.localPort}`));
    });
    asked.on('error', (error) => reject(Object.assign(error, {local, remote: new URL(url).host})));
    asked.end(body);
  });
}

/**
 * Ask as doctl does: again after a broken connection, a 429 or a 5xx, whatever the method.
 *
 * @param settings Of `settingsFrom`.
 * @returns Parsed JSON; undefined where there is no content. Throws a `Failure` for everything else.
 */
export async function api(settings, method, path, body) {
  const url = new URL(path, settings.apiUrl).href;
  const content = body === undefined ? undefined : `${JSON.stringify(body)}\n`;
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt > settings.repeats;
    let answer;
    try {
      answer = await ask(method, url, settings.token, content);
    } catch (error) {
      if (!isLast) {
        await delay(PAUSE);
        continue;
      }
      const verb = method[0] + method.slice(1).toLowerCase();
      throw new Failure(`${verb} "${url}": ${wordsOf(error)}`);
    }
    const {status, text} = answer;
    const mayPass = status === 429 || (status >= 500 && status !== 501);
    if (mayPass && !isLast) {
      await delay(PAUSE);
      continue;
    }
    if (status < 200 || status > 299)
      throw new Failure(refusal(method, url, answer, mayPass && settings.repeats > 0 && attempt));
    if (status === 204) return undefined;
    return decode(text);
  }
}

/** @param attempts How often it was tried; false where it is not tried again in any case. */
function refusal(method, url, {status, text, id}, attempts) {
  let message;
  let requestId = id;
  try {
    const content = JSON.parse(text);
    message = content.message ?? '';
    requestId = content.request_id || id;
  } catch {
    message = text;
  }
  const which = requestId ? `(request "${requestId}") ` : '';
  const tried = attempts ? `; giving up after ${attempts} attempt(s)` : '';
  return `${method} ${url}: ${status} ${which}${message}${tried}`;
}

function decode(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [first = ''] = text.trim();
    if (first === '') throw new Failure('EOF');
    const isCut = /end of JSON|Unterminated/.test(error.message);
    throw new Failure(
      isCut ? 'unexpected EOF' : `invalid character '${first}' looking for beginning of value`,
    );
  }
}

function wordsOf(error) {
  const {code, local, remote, syscall} = error;
  if (code === 'ECONNREFUSED') return `dial tcp ${remote}: connect: connection refused`;
  if (code !== 'ECONNRESET') return error.message;
  return syscall === 'read' ? `read tcp ${local}->${remote}: read: connection reset by peer` : 'EOF';
}

/** Everything in a list. What goes wrong with a page after the first is not told: the list is shorter. */
export async function all(settings, path, key, query = {}) {
  const at = (page) => {
    const sorted = Object.entries({page, per_page: 200, ...query}).sort(([a], [b]) => (a < b ? -1 : 1));
    return `${path}?${new URLSearchParams(sorted)}`;
  };
  const first = await api(settings, 'GET', at(1));
  const last = first.links?.pages?.last;
  const count = last ? Number(new URL(last).searchParams.get('page')) : 1;
  const others = await Promise.all(
    Array.from({length: count - 1}, (_, index) =>
      api(settings, 'GET', at(index + 2)).catch(() => ({[key]: []})),
    ),
  );
  return [first, ...others].flatMap((page) => page[key] ?? []);
}
