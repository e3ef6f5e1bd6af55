import {randomBytes, scrypt, timingSafeEqual, type ScryptOptions} from 'node:crypto';
import {promisify} from 'node:util';

const deriveKey: (text: string, salt: Buffer, length: number, options: ScryptOptions) => Promise<Buffer> =
  promisify(scrypt);

/** 32 MiB and some 60 ms each: a thief of the store tries few passwords in a second. */
const COST = {N: 2 ** 15, r: 8, p: 1};
const LENGTH = 32;
/** The most that a salted hash read from a store may cost: 128 MiB, some 250 ms. */
const LIMIT = {N: 2 ** 17, r: 8, p: 1};

/**
 * A value's salted hash: `scrypt:N=32768,r=8,p=1:SALT:HASH`, both in base64 (`fingerprint` in the files of a version). It
 * tells whether another value is the same and nothing else; two hashes of one value differ.
 *
 * @param value As text: what stands in `TF_VAR_x`, or `valueText` of a plan's value.
 */
export async function saltedHash(value: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(value, salt, COST);
  return `scrypt:N=${COST.N},r=${COST.r},p=${COST.p}:${salt.toString('base64')}:${hash.toString('base64')}`;
}

/**
 * Make salted hashes beside other work: two at a time, since terraform wants the processor as well.
 *
 * @param cancelled Asked before each; true rejects what is left.
 */
export function saltedHasher(cancelled: () => boolean): (value: string) => Promise<string> {
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  return (value) => {
    const made = (lanes.shift() ?? Promise.resolve()).then(() => {
      if (cancelled()) throw new Error('the salted hashes are no longer wanted');
      return saltedHash(value);
    });
    lanes.push(made.catch(() => undefined));
    return made;
  };
}

/** Whether a value is the one a salted hash was made of. Text that is no salted hash matches nothing. */
export async function matchesSaltedHash(text: string, value: string): Promise<boolean> {
  const form = /^scrypt:N=([0-9]{1,6}),r=([0-9]{1,2}),p=([0-9]{1,2}):([\w+/=]{20,88}):([\w+/=]{44})$/;
  const found = form.exec(text);
  if (found === null) return false;
  const [N, r, p] = found.slice(1, 4).map(Number) as [number, number, number];
  if (N > LIMIT.N || r > LIMIT.r || p > LIMIT.p) return false;
  const [salt, hash] = found.slice(4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer];
  if (hash.length !== LENGTH) return false;
  try {
    return timingSafeEqual(await derive(value, salt, {N, r, p}), hash);
  } catch {
    return false; // An N that is no power of two.
  }
}

/**
 * One spelling for all ways a value may be written: a JSON object or array with its names sorted and no blanks, any
 * other text as it is. So what `TF_VAR_x` holds can be compared with what a plan says.
 */
export function canonical(value: string): string {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.stringify(JSON.parse(value), (_, each: unknown) => {
      if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
      return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
  } catch {
    return value; // HCL's own syntax, or just a text that begins so.
  }
}

function derive(value: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return deriveKey(canonical(value), salt, LENGTH, {...cost, maxmem: 2 * 128 * LIMIT.N * LIMIT.r});
}
