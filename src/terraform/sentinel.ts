import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {performance} from 'node:perf_hooks';
import type {Readable, Writable} from 'node:stream';
import {setImmediate as turn, setTimeout as delay} from 'node:timers/promises';
import type {SignalScope, SignalScopes} from '../context.js';
import {RELAYED_SIGNALS} from './signals.js';

/** A tiny shell in our process group that notes which signals are sent to the whole group. */
export interface Sentinel extends SignalScopes {
  /**
   * Tell whom `signal` reached, which has just arrived here.
   *
   * No guess of time: the kernel marks a group's signal on every member in one sweep, and a shell runs its traps
   * before its next command, so the sentinel's answer comes after its report or there was none to make. `unknown`
   * only when the sentinel died or was stopped. Never rejects.
   */
  signalScope(signal: NodeJS.Signals): Promise<SignalScope>;
  /** End it. Resolves, at once, when it is gone: a zombie would stay where nobody reaps (a container's first process). */
  close(): Promise<void>;
}

/** How long before our own signal a report may have been read and still mean the same signal, in milliseconds. */
const FRESH_MS = 500;

/** Patience with a sentinel that is alive and silent, in slices: a stop (Ctrl-Z) then counts as one slice only. */
const SLICES = 20;
const SLICE_MS = 100;

/** A sentinel is killed only by what comes before its traps are set; more deaths than this are someone's intent. */
const MOST_STARTS = 8;

const names = new Map(RELAYED_SIGNALS.map((name) => [constants.signals[name], name]));

/**
 * Numbers, because the names differ between shells. A trapped signal ends `read` with status 1 in dash as the end
 * of the input does, so the traps leave a mark. It waits for us in `read`: when we are gone, so is it. Tried with
 * dash 0.5.12, bash 5.2 as sh, busybox ash 1.35 and mksh 59c.
 */
const script = `t=
for n in ${[...names.keys()].join(' ')}; do trap "t=1; echo $n" $n; done
while :; do if read -r l; then echo -; elif [ "$t" ]; then t=; else exit 0; fi; done`;

type Shell = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Start a sentinel. Never throws: where the shell is missing every answer is `unknown`.
 *
 * @param words The shell to run, an absolute path and options; a test may name another than the system's.
 */
export function startSentinel([file = '', ...options]: readonly string[] = ['/bin/sh']): Sentinel {
  const reports = new Map<NodeJS.Signals, number>();
  let questions: ((answered: boolean) => void)[] = [];
  let shell: Shell | undefined;
  let starts = 0;
  let closed = false;

  const report = (signal: NodeJS.Signals): unknown => reports.set(signal, performance.now());

  const start = (): void => {
    starts += 1;
    try {
      // An empty environment: an exported function named `read` or `echo` would take over.
      shell = spawn(file, [...options, '-c', script], {stdio: ['pipe', 'pipe', 'ignore'], env: {}});
    } catch {
      return;
    }
    let rest = '';
    shell.stdout.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const signal = names.get(Number(line));
        if (signal) report(signal);
        else questions.shift()?.(true);
      }
    });
    // What goes wrong with the pipes ends the shell too, and is seen there.
    for (const end of [shell, shell.stdin, shell.stdout]) end.on('error', () => undefined);
    shell.on('close', (_code, signal) => {
      shell = undefined;
      if (signal) report(signal);
      for (const answer of questions) answer(false);
      questions = [];
      if (!closed && signal && starts < MOST_STARTS) start();
    });
  };

  const ask = async (): Promise<boolean> => {
    if (!shell) return false;
    const {stdin} = shell;
    let answer: boolean | undefined;
    const answered = new Promise<void>((resolve) => {
      questions.push((yes) => {
        answer = yes;
        resolve();
      });
    });
    stdin.write('\n');
    for (let slice = 0; answer === undefined && slice < SLICES; slice++) {
      const patience = new AbortController();
      await Promise.race([
        answered,
        delay(SLICE_MS, undefined, {signal: patience.signal}).catch(() => undefined),
      ]);
      patience.abort();
    }
    return answer ?? false;
  };

  start();
  return {
    async signalScope(signal) {
      const earliest = performance.now() - FRESH_MS;
      const answered = await ask();
      // The same signal once more, sent before the answer, may still wait to be told to us: it belongs to this one.
      await turn();
      await turn();
      const reported = reports.get(signal);
      reports.delete(signal);
      if (reported !== undefined && reported >= earliest) return 'group';
      return answered ? 'alone' : 'unknown';
    },
    close() {
      closed = true;
      return new Promise((resolve) => {
        if (!shell) resolve();
        shell?.once('close', () => {
          resolve();
        });
        // Not by closing its input: a stopped one would then keep us waiting.
        shell?.kill('SIGKILL');
        shell?.stdout.destroy();
      });
    },
  };
}
