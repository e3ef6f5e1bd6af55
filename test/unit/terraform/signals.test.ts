import {EventEmitter} from 'node:events';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {statusOf} from '../../../src/terraform/exit.js';
import type {SignalScope} from '../../../src/context.js';
import {holdSignals, RELAYED_SIGNALS, type SignalSource} from '../../../src/terraform/signals.js';
import {isAlive, isStopped, parentOf, until} from '../../support/processes.js';
import {buildRunRig, LOGGER, type RunRig, sentinelOf} from '../../support/run-rig.js';

describe('the rules', () => {
  function world(scope: SignalScope) {
    const events = new EventEmitter();
    const sent: string[] = [];
    const raised: string[] = [];
    const source: SignalSource = {
      on: (signal, listener) => events.on(signal, listener),
      off: (signal, listener) => events.off(signal, listener),
      raise: (signal) => raised.push(signal),
    };
    const hold = holdSignals(source);
    const asked: string[] = [];
    const scopes = {
      signalScope: (signal: string) => {
        asked.push(signal);
        return Promise.resolve(scope);
      },
    };
    const stop = hold.relay({kill: (signal) => sent.push(signal)}, scopes);
    return {events, sent, raised, hold, asked, stop};
  }

  test.each([
    ['alone', ['SIGINT']],
    ['unknown', ['SIGINT']],
    ['group', []],
  ] as const)('a signal that reached %s is forwarded as %j', async (scope, expected) => {
    const {events, sent, asked} = world(scope);
    events.emit('SIGINT');
    await until(() => asked.length > 0);
    await delay(0);
    expect(sent).toEqual(expected);
  });

  test('two signals of a kind at once are one, and two kinds are two', async () => {
    const {events, sent, asked} = world('alone');
    events.emit('SIGINT');
    events.emit('SIGTERM');
    events.emit('SIGINT');
    await until(() => asked.length === 2);
    await delay(0);
    expect(sent).toEqual(['SIGINT', 'SIGTERM']);
  });

  test('a later signal of the same kind is another one', async () => {
    const {events, sent} = world('alone');
    events.emit('SIGINT');
    await until(() => sent.length === 1);
    events.emit('SIGINT');
    await until(() => sent.length === 2);
    expect(sent).toEqual(['SIGINT', 'SIGINT']);
  });

  test("a signal after terraform's end is remembered but not forwarded", async () => {
    const {events, sent, hold, stop, asked} = world('alone');
    events.emit('SIGINT');
    stop();
    events.emit('SIGTERM');
    await until(() => asked.length > 0);
    await delay(0);
    expect({sent, received: hold.received}).toEqual({sent: [], received: ['SIGINT', 'SIGTERM']});
  });

  test('dying by a signal removes every listener first', () => {
    const {events, raised, hold} = world('alone');
    hold.dieBy('SIGTERM');
    expect({raised, left: events.eventNames()}).toEqual({raised: ['SIGTERM'], left: []});
  });

  test.each([
    [{code: 2}, 2],
    [{signal: 'SIGPIPE'}, 141],
    [{signal: 'SIGKILL'}, 137],
    [{failure: 'ENOENT'}, 127],
    [{failure: 'EACCES'}, 126],
  ] as const)('the outcome %j is status %i to a shell', (exit, status) => {
    expect(statusOf(exit)).toBe(status);
  });

  test('faults of the processor, job control and broken pipes are not forwarded', () => {
    for (const name of [
      'SIGSEGV',
      'SIGBUS',
      'SIGFPE',
      'SIGILL',
      'SIGTSTP',
      'SIGCONT',
      'SIGPIPE',
      'SIGKILL',
    ]) {
      expect(RELAYED_SIGNALS).not.toContain(name);
    }
  });
});

describe('with real processes', () => {
  let rig: RunRig;
  beforeAll(async () => {
    rig = await buildRunRig();
  });
  afterAll(() => {
    rig.remove();
  });
  const logger = () => rig.command(process.execPath, [LOGGER, `${rig.folder}/log`]);
  const logged = (count: number) => until(() => rig.log().length >= count);

  describe('under a terminal', () => {
    test.each([1, 2])('Ctrl-C pressed %i times under a terminal is that many interrupts', async (times) => {
      const terminal = rig.terminal(logger());
      await terminal.waitFor('ready');
      for (let pressed = 1; pressed <= times; pressed++) {
        terminal.type('\x03');
        await logged(pressed);
      }
      terminal.signal('SIGUSR2');
      expect(await terminal.exited).toEqual({code: 7, signal: 0});
      expect(rig.log()).toEqual([...Array<string>(times).fill('SIGINT'), 'SIGUSR2']);
      expect(terminal.screen()).toBe('ready\r\n' + '^C'.repeat(times));
    });

    test('an interrupt to our pid alone after a Ctrl-C is one more', async () => {
      const terminal = rig.terminal(logger());
      await terminal.waitFor('ready');
      terminal.type('\x03');
      await logged(1);
      terminal.signal('SIGALRM');
      await logged(2);
      terminal.signal('SIGINT');
      await logged(3);
      terminal.signal('SIGUSR2');
      await terminal.exited;
      expect(rig.log()).toEqual(['SIGINT', 'SIGALRM', 'SIGINT', 'SIGUSR2']);
    });

    test('Ctrl-\\ under a terminal is one SIGQUIT', async () => {
      const terminal = rig.terminal(logger());
      await terminal.waitFor('ready');
      terminal.type('\x1c');
      await logged(1);
      terminal.signal('SIGUSR2');
      await terminal.exited;
      expect(rig.log()).toEqual(['SIGQUIT', 'SIGUSR2']);
    });

    test('a closed window is one SIGHUP', async () => {
      const terminal = rig.terminal(logger());
      await terminal.waitFor('ready');
      terminal.hangUp();
      await logged(1);
      terminal.signal('SIGUSR2');
      expect(await terminal.exited).toEqual({code: 7, signal: 0});
      expect(rig.log()).toEqual(['SIGHUP', 'SIGUSR2']);
      expect(rig.notes().at(-1)).toEqual({code: 7});
    });

    test('Ctrl-Z stops everything, fg continues it, and Ctrl-C then still is one interrupt', async () => {
      const terminal = rig.terminal(['bash', '--norc', '--noprofile', '-i']);
      terminal.type("PS1='$''> '\r");
      await terminal.waitFor('$> ');
      terminal.type(
        `${logger()
          .map((word) => `'${word}'`)
          .join(' ')}\r`,
      );
      await terminal.waitFor('ready\r\n');
      terminal.type('\x1a');
      await terminal.waitFor('Stopped');
      await terminal.waitFor('$> ');
      const {pid} = rig.notes()[0] as {pid: number};
      await until(() => isStopped(pid));
      expect(rig.log()).toEqual([]);
      terminal.type('fg\r');
      await until(() => !isStopped(pid));
      terminal.type('\x03');
      await logged(1);
      process.kill(parentOf(pid), 'SIGUSR2');
      await terminal.waitFor('$> ');
      terminal.type('echo status $?\r');
      await terminal.waitFor('status 7');
      expect(rig.log()).toEqual(['SIGINT', 'SIGUSR2']);
      terminal.type('exit\r');
      await terminal.exited;
    });
  });

  describe('with pipes', () => {
    test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
      '%s reaches the child once, sent to our pid or to the group',
      async (signal) => {
        const {pid, shows, exited} = rig.start(logger());
        await shows('ready');
        process.kill(pid, signal);
        await logged(1);
        process.kill(-pid, signal);
        await logged(2);
        // Was the last one the group's, or the first handed on twice? What comes next tells.
        process.kill(pid, 'SIGALRM');
        await logged(3);
        process.kill(pid, signal);
        await logged(4);
        process.kill(pid, 'SIGUSR2');
        expect(await exited).toEqual({code: 7, signal: null});
        expect(rig.log()).toEqual([signal, signal, 'SIGALRM', signal, 'SIGUSR2']);
      },
    );

    test('timeout, which signals its child and then its group, is one signal', async () => {
      const {pid, shows, exited} = rig.start(['timeout', '-s', 'TERM', '600', ...logger()]);
      await shows('ready');
      // What its own clock would do.
      process.kill(pid, 'SIGALRM');
      await logged(1);
      process.kill(parentOf((rig.notes()[0] as {pid: number}).pid), 'SIGUSR2');
      expect(await exited).toEqual({code: 124, signal: null});
      expect(rig.log()).toEqual(['SIGTERM', 'SIGUSR2']);
    });

    test.each(['SIGUSR1', 'SIGXCPU', 'SIGABRT', 'SIGIO', 'SIGTRAP'] as const)(
      '%s to our pid ends the child and then us by the same signal, silently',
      async (signal) => {
        const {pid, output, shows, exited} = rig.start(
          rig.command('/bin/sh', ['-c', 'echo ready; read line']),
          {
            stdin: 'pipe',
          },
        );
        await shows('ready');
        process.kill(pid, signal);
        expect(await exited).toEqual({code: null, signal});
        expect(rig.notes()[1]).toEqual({signal});
        expect(output()).toBe('ready\n');
      },
    );

    test.each(['SIGKILL', 'SIGPIPE', 'SIGSEGV', 'SIGTERM'] as const)(
      'a child that dies of %s makes us die of it',
      async (signal) => {
        const {exited} = rig.start(rig.command('/bin/sh', ['-c', `kill -${signal.slice(3)} $$`]));
        expect(await exited).toEqual({code: null, signal});
      },
    );

    test('a child lives on and its sentinel ends when we are killed', async () => {
      const {pid, shows, exited} = rig.start(logger());
      await shows('ready');
      const sentinel = await sentinelOf(pid);
      const child = (rig.notes()[0] as {pid: number}).pid;
      process.kill(pid, 'SIGKILL');
      await until(() => !isAlive(pid) && !isAlive(sentinel));
      expect(isAlive(child)).toBe(true);
      process.kill(child, 'SIGUSR2');
      expect(await exited).toEqual({code: null, signal: 'SIGKILL'});
    });

    test('no signal is lost when the sentinel is killed or stopped', async () => {
      const {pid, shows, exited} = rig.start(logger());
      await shows('ready');
      const first = await sentinelOf(pid);
      process.kill(first, 'SIGKILL');
      await until(() => !isAlive(first));
      const second = await sentinelOf(pid);
      process.kill(second, 'SIGSTOP');
      process.kill(pid, 'SIGTERM');
      await logged(1);
      process.kill(pid, 'SIGUSR2');
      expect(await exited).toEqual({code: 7, signal: null});
      expect(rig.log()).toEqual(['SIGTERM', 'SIGUSR2']);
      expect(isAlive(second)).toBe(false);
    });
  });
});
