import {readFileSync} from 'node:fs';

/** What Node puts where it met bytes that are not UTF-8; the bytes themselves are lost to it. */
const LOST = '\uFFFD';

/** The launcher keeps `X` away from our Node under this name followed by `X`. */
const KEPT = 'CLOUDTM_KEEP_';

/** Arguments and environment as the kernel gave them to us, for what Node's strings have lost. */
export interface RawBytes {
  /** The bytes that Node made `argv` from. A word that we were not started with is taken as it stands. */
  words(argv: readonly string[]): Buffer[];
  /** The whole entry, `NAME=value`, that Node made this variable from; as it stands when we were started without. */
  entry(name: string, value: string): Buffer;
  /** Entries whose names are no UTF-8: Node lists them, finds nothing under what it made of them, and leaves them out. */
  readonly hidden: readonly Buffer[];
}

/** Whether Node may have lost bytes of this text. */
export function isLossy(text: string): boolean {
  return text.includes(LOST);
}

/** Read them from the system; undefined where it has no `/proc`. */
export function readRawBytes(): RawBytes | undefined {
  try {
    return rawBytes(readFileSync('/proc/self/cmdline'), readFileSync('/proc/self/environ'));
  } catch {
    return undefined;
  }
}

/** @param cmdline Our own command line, NUL after each word. @param environ Our first environment, likewise. */
export function rawBytes(cmdline: Buffer, environ: Buffer): RawBytes {
  const words = split(cmdline).map((bytes) => ({bytes, text: bytes.toString()}));
  const entries = split(environ).flatMap((bytes) => {
    const entry = bytes.toString('latin1').startsWith(KEPT) ? bytes.subarray(KEPT.length) : bytes;
    const equals = entry.indexOf('=');
    if (equals < 1) return [];
    return [
      {bytes: entry, name: entry.toString('utf8', 0, equals), value: entry.toString('utf8', equals + 1)},
    ];
  });
  return {
    words(argv) {
      const left = [...words];
      return argv.map((text) => {
        const at = isLossy(text) ? left.findIndex((word) => word.text === text) : -1;
        // Each word once and in order: two of them may look the same to Node.
        return left.splice(at, at < 0 ? 0 : 1)[0]?.bytes ?? Buffer.from(text);
      });
    },
    entry(name, value) {
      const found = entries.find((entry) => entry.name === name && entry.value === value);
      return found?.bytes ?? Buffer.from(`${name}=${value}`);
    },
    hidden: entries.filter((entry) => isLossy(entry.name)).map((entry) => entry.bytes),
  };
}

function split(bytes: Buffer): Buffer[] {
  const parts = bytes.toString('latin1').split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts.map((part) => Buffer.from(part, 'latin1'));
}
