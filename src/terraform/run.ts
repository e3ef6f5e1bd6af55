import type {ChildProcess} from 'node:child_process';
import spawn from 'cross-spawn';
import type {SignalHold} from '../context.js';
import {codeOf} from '../errors.js';
import type {Exit} from './exit.js';
import {planStart, type Start, type StartRequest} from './handover.js';
import {Sentinel} from './sentinel.js';

/** What to run in the foreground. */
export interface RunRequest extends StartRequest {
  /** Made right before, so that no signal falls between: see `holdSignals`. */
  readonly signals: SignalHold;
  /** Called in the very moment terraform's end is known, before `exited` resolves. Must not throw. */
  readonly onExit?: (exit: Exit) => void;
}

/** A terraform that was started, or could not be: then `pid` is undefined and `exited` tells why. */
export interface Run {
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly exited: Promise<Exit>;
}

/**
 * Start terraform in the foreground: our process group, session, terminal and stdio, so that it lives on when we die.
 * Returns as soon as it runs. Ours must not touch `process.stdin`, `stdout` or `stderr` while it does: Node would set
 * them non-blocking, and they are terraform's too.
 */
export function runTerraform(request: RunRequest): Run {
  const plan = planStart(request);
  let child: ChildProcess;
  try {
    child = start(request, plan);
  } catch (error) {
    const exit = {failure: codeOf(error)};
    request.onExit?.(exit);
    return {pid: undefined, exited: Promise.resolve(exit)};
  }
  // After terraform: a signal to the group in between is then one too many for a program in its first millisecond,
  // which it ends anyway, and not one that is lost.
  const sentinel = child.pid === undefined ? undefined : new Sentinel();
  const stopRelaying = sentinel && request.signals.relay(child, sentinel);

  const exited = new Promise<Exit>((resolve) => {
    const settle = (exit: Exit): void => {
      stopRelaying?.();
      request.onExit?.(exit);
      if (!sentinel) resolve(exit);
      void sentinel?.close().then(() => {
        resolve(exit);
      });
    };
    child.once('exit', (code, signal) => {
      settle(signal ? {signal} : {code: code ?? 1});
    });
    // Also when a signal could not be handed on (EPERM, a terraform that changed its user): that is no end.
    child.on('error', (error) => {
      if (child.pid === undefined) settle({failure: codeOf(error)});
    });
  });
  return {pid: child.pid, exited};
}

function start({cwd}: RunRequest, plan: Start): ChildProcess {
  const options = {stdio: [...plan.stdio], env: plan.env, ...(cwd === undefined ? {} : {cwd})};
  let child: ChildProcess;
  try {
    child = spawn(plan.file, plan.args, options);
  } catch (error) {
    // A script without `#!`. glibc starts a shell for it, other systems leave that to whoever starts it.
    if (codeOf(error) !== 'ENOEXEC') throw error;
    child = spawn('/bin/sh', [plan.file, ...plan.args], options);
  }
  if (plan.words) {
    const pipe = child.stdio[plan.words.descriptor];
    // It ended before it read all: its exit says so.
    pipe?.on('error', () => undefined);
    if (pipe && 'end' in pipe) pipe.end(plan.words.bytes);
  }
  return child;
}
