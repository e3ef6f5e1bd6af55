import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {constants, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import type {RunRequest} from '../../src/terraform/run.js';
import {RELAYED_SIGNALS} from '../../src/terraform/signals.js';
import {openTerminal, type Terminal} from './pty.js';
import {childrenOf, until} from './processes.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The stand-in child that counts its signals. */
export const LOGGER = here('signal-logger.mjs');

/** What a launcher reports that saw nothing special. */
export const PLAIN: RunRequest['launch'] = {ignoredSignals: [], openFiles: undefined, descriptors: []};

/** A built test host (`run-host.ts`) in a folder of its own. */
export interface RunRig {
  readonly folder: string;
  /** A scrubbed environment: nothing of the developer's terraform settings. */
  readonly env: Readonly<Record<string, string>>;
  /** The words that start the host, to put behind `timeout`, `nohup` and the like. */
  command(program: string, args: readonly string[], launch?: RunRequest['launch']): [string, ...string[]];
  /** What the host noted: `{pid}` of its child, then how that ended. */
  notes(): unknown[];
  /** The signals the logger got so far. */
  log(): string[];
  /** Start words in a process group of their own, with pipes. */
  start(
    words: readonly string[],
    options?: {env?: Readonly<Record<string, string>>; stdin?: 'pipe'},
  ): Started;
  terminal(words: readonly string[]): Terminal;
  remove(): void;
}

export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly output: () => string;
  /** Resolves when the output has shown `text`. */
  readonly shows: (text: string) => Promise<unknown>;
  readonly exited: Promise<{code: number | null; signal: NodeJS.Signals | null}>;
}

export async function buildRunRig(): Promise<RunRig> {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtm-run-'));
  const host = join(folder, 'host.cjs');
  await build({
    entryPoints: [here('run-host.ts')],
    outfile: host,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    CHECKPOINT_DISABLE: '1',
    TERM: 'xterm',
    LANG: 'C.UTF-8',
  };
  const notes = join(folder, 'notes');
  const lines = (file: string): string[] => {
    try {
      return readFileSync(file, 'utf8').split('\n').slice(0, -1);
    } catch {
      return [];
    }
  };
  return {
    folder,
    env,
    command: (program, args, launch = PLAIN) => {
      rmSync(notes, {force: true});
      rmSync(join(folder, 'log'), {force: true});
      return [process.execPath, host, JSON.stringify({launch, notes}), program, ...args];
    },
    notes: () => lines(notes).map((line) => JSON.parse(line) as unknown),
    log: () => lines(join(folder, 'log')),
    start: ([file = '', ...args], options = {}) => {
      const child = spawn(file, args, {
        env: options.env ?? env,
        cwd: folder,
        detached: true,
        stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (part: Buffer) => (text += part.toString()));
      return {
        child,
        pid: child.pid ?? 0,
        output: () => text,
        shows: (wanted) => until(() => text.includes(wanted)),
        exited: new Promise((resolve) =>
          child.on('close', (code, signal) => {
            resolve({code, signal});
          }),
        ),
      };
    },
    terminal: ([file = '', ...args]) => openTerminal(file, args, {env, cwd: folder}),
    remove: () => {
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

const all = RELAYED_SIGNALS.reduce((mask, name) => mask | (1n << BigInt(constants.signals[name] - 1)), 0n);

/** The sentinel of a host, once its traps are set: it then sleeps in a read of its input. `other` is another one. */
export function sentinelOf(host: number, other?: number): Promise<number> {
  return until(() => {
    const shell = childrenOf(host).find(({pid, args}) => pid !== other && args.at(-1)?.startsWith('t=\n'));
    if (!shell) return undefined;
    const caught =
      /^SigCgt:\t([0-9a-f]+)$/m.exec(readFileSync(`/proc/${shell.pid}/status`, 'utf8'))?.[1] ?? '0';
    return (BigInt(`0x${caught}`) & all) === all ? shell.pid : undefined;
  });
}
