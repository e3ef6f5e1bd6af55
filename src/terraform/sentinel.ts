import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {performance} from 'node:perf_hooks';
import type {Readable, Writable} from 'node:stream';
import {setImmediate as turn, setTimeout as delay} from 'node:timers/promises';
import type {SignalScope, SignalScopes} from '../context.js';
import {RELAYED_SIGNALS} from './signals.js';

/** How long before our own signal a report may have been read and still mean the same signal, in milliseconds. */
const FRESH_MS = 500;

/** Patience with a sentinel that is alive and silent, in slices: a stop (Ctrl-Z) then counts as one slice only. */
const SLICES = 20;
const SLICE_MS = 100;

/** A sentinel is killed only by what comes before its traps are set; more deaths than this are someone's intent. */
const MOST_STARTS = 8;

const NAMES = new Map(RELAYED_SIGNALS.map((name) => [constants.signals[name], name]));

/**
 * Numbers, because the names differ between shells. A trapped signal ends `read` with status 1 in dash as the end
 * of the input does, so the traps leave a mark. It waits for us in `read`: when we are gone, so is it. Tried with
 * dash 0.5.12, bash 5.2 as sh, busybox ash 1.35 and mksh 59c.
 */
const SCRIPT = `t=
for n in ${[...NAMES.keys()].join(' ')}; do trap "t=1; echo $n" $n; done
while :; do if read -r l; then echo -; elif [ "$t" ]; then t=; else exit 0; fi; done`;

type Shell = ChildProcessByStdio<Writable, Readable, null>;

/** A tiny shell in our process group that notes which signals are sent to the whole group. */
export class Sentinel implements SignalScopes {
  readonly #reports = new Map<NodeJS.Signals, number>();
  readonly #questions: ((answered: boolean) => void)[] = [];
  #shell: Shell | undefined;
  #starts = 0;
  #closed = false;

  /**
   * Start it. Never throws: where the shell is missing every answer is `unknown`.
   *
   * @param words The shell to run, an absolute path and options; a test may name another than the system's.
   */
  constructor(private readonly words: readonly string[] = ['/bin/sh']) {
    this.#start();
  }

  /**
   * Tell whom `signal` reached, which has just arrived here. No guess of time: the kernel marks a group's signal on
   * every member in one sweep, and a shell runs its traps before its next command, so the sentinel's answer comes after
   * its report or there was none to make. `unknown` only when the sentinel died or was stopped. Never rejects.
   */
  async signalScope(signal: NodeJS.Signals): Promise<SignalScope> {
    const earliest = performance.now() - FRESH_MS;
    const answered = await this.#ask();
    // The same signal once more, sent before the answer, may still be on its way to us: it belongs to this one.
    await turn();
    await turn();
    const reported = this.#reports.get(signal);
    this.#reports.delete(signal);
    if (reported !== undefined && reported >= earliest) return 'group';
    return answered ? 'alone' : 'unknown';
  }

  /** End it. Resolves, at once, when it is gone: a zombie would stay where nothing reaps it (a container's first process). */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#shell) return;
    const gone = new Promise((resolve) => this.#shell?.once('close', resolve));
    // Not by closing its input: a stopped one would then keep us waiting.
    this.#shell.kill('SIGKILL');
    this.#shell.stdout.destroy();
    await gone;
  }

  #start(): void {
    const [file = '', ...options] = this.words;
    this.#starts += 1;
    let shell: Shell;
    try {
      // An empty environment: an exported function named `read` or `echo` would take over.
      shell = spawn(file, [...options, '-c', SCRIPT], {stdio: ['pipe', 'pipe', 'ignore'], env: {}});
    } catch {
      return;
    }
    this.#shell = shell;
    let rest = '';
    shell.stdout.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const signal = NAMES.get(Number(line));
        if (signal) this.#reports.set(signal, performance.now());
        else this.#questions.shift()?.(true);
      }
    });
    // What goes wrong with the pipes ends the shell too, and is seen there.
    for (const end of [shell, shell.stdin, shell.stdout]) end.on('error', () => undefined);
    shell.on('close', (_code, signal) => {
      this.#shell = undefined;
      if (signal) this.#reports.set(signal, performance.now());
      for (const answer of this.#questions.splice(0)) answer(false);
      if (!this.#closed && signal && this.#starts < MOST_STARTS) this.#start();
    });
  }

  async #ask(): Promise<boolean> {
    if (!this.#shell) return false;
    const answered = new Promise<boolean>((resolve) => this.#questions.push(resolve));
    this.#shell.stdin.write('\n');
    for (let slice = 0; slice < SLICES; slice++) {
      const ended = new AbortController();
      const pause = delay(SLICE_MS, undefined, {signal: ended.signal}).catch(() => undefined);
      const answer = await Promise.race([answered, pause]);
      ended.abort();
      if (answer !== undefined) return answer;
    }
    return false;
  }
}
