import {constants} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';
import {INTERRUPTING, type SignalHold, type SignalTarget, type SignalScopes} from '../context.js';

/** The part of a process that has to do with signals. src/bin.ts hands in the real one. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): void;
  off(signal: NodeJS.Signals, listener: () => void): void;
  /** Send `signal` to ourselves. */
  raise(signal: NodeJS.Signals): void;
}

/**
 * Signals that end a process which does nothing about them, and that someone may send.
 *
 * Not among them: those of the processor's own making (SEGV, BUS, FPE, ILL), job control (TSTP, TTIN, TTOU, CONT: the
 * whole group stops and goes on by itself), PIPE and XFSZ (they tell the writer of its own writing), and PROF (V8's).
 * Names that this system lacks are left out.
 */
export const RELAYED_SIGNALS: readonly NodeJS.Signals[] = (
  [
    ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM'] as const),
    ...(['SIGXCPU', 'SIGIO', 'SIGPWR', 'SIGABRT', 'SIGTRAP', 'SIGSYS', 'SIGSTKFLT'] as const),
  ] satisfies NodeJS.Signals[]
).filter((name) => name in constants.signals);

/** Whether one of these signals asked terraform to stop. */
export function wasInterrupted(received: readonly NodeJS.Signals[]): boolean {
  return received.some((signal) => INTERRUPTING.has(signal));
}

/**
 * Signals of one kind that arrive within this time are one, in milliseconds: `timeout` signals first its child and
 * then the group, and the kernel needs a moment to go through all members of a group.
 */
const GRACE_MS = 50;

/**
 * Catch signals from now on, instead of being ended by them (SIGUSR1: instead of starting Node's debugger). Signals
 * that were ignored when we were started are relayed like all others: terraform listens to an interrupt even if it was
 * started with interrupts ignored (measured with 1.11.4), and the kernel drops what it does ignore.
 */
export function holdSignals(source: SignalSource): SignalHold {
  const received: NodeJS.Signals[] = [];
  const deciding = new Set<NodeJS.Signals>();
  let current: {readonly target: SignalTarget; readonly scopes: SignalScopes} | undefined;

  const decide = async (signal: NodeJS.Signals, {target, scopes}: NonNullable<typeof current>) => {
    deciding.add(signal);
    await delay(GRACE_MS);
    const scope = await scopes.signalScope(signal);
    // At once, before another event: whatever comes now is a new signal.
    deciding.delete(signal);
    // An unknown scope means it is handed on: one signal too many is noticed, a lost one is not.
    if (scope !== 'group' && current?.target === target) target.kill(signal);
  };

  const listeners = RELAYED_SIGNALS.map((signal) => {
    const listener = (): void => {
      received.push(signal);
      if (current && !deciding.has(signal)) void decide(signal, current);
    };
    source.on(signal, listener);
    return {signal, listener};
  });

  return {
    received,
    relay(target, scopes) {
      current = {target, scopes};
      return () => {
        if (current?.target === target) current = undefined;
      };
    },
    dieBy(signal) {
      for (const held of listeners) source.off(held.signal, held.listener);
      const nothing = (): void => undefined;
      // Node ignores SIGPIPE and SIGXFSZ; only taking a listener off brings the default meaning back.
      const catchable = signal !== 'SIGKILL' && signal !== 'SIGSTOP';
      if (catchable) source.on(signal, nothing);
      if (catchable) source.off(signal, nothing);
      source.raise(signal);
    },
  };
}
