import {expect, test} from 'vitest';
import {interruptiblePause} from '../../../../src/machine/take/deadline.js';

/** A wait of a process with these signals, and whose parent may have ended. */
function wait(received: NodeJS.Signals[], isOrphan: boolean, forParent: boolean): Promise<void> {
  return interruptiblePause(around(received, isOrphan), forParent)(1);
}

function around(
  received: NodeJS.Signals[],
  isOrphan: boolean,
  ignoredSignals: NodeJS.Signals[] = [],
): Parameters<typeof interruptiblePause>[0] {
  return {
    signals: () => ({received, relay: () => () => undefined, dieBy: () => undefined}),
    isOrphan: () => isOrphan,
    launch: {
      launcher: '',
      program: 'terraform',
      fallback: '',
      ignoredSignals,
      openFiles: undefined,
      descriptors: [],
    },
  };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)('%s ends a wait', async (signal) => {
  await expect(wait(['SIGUSR1', signal], false, false)).rejects.toMatchObject({
    problem: {kind: 'interrupted', name: '', action: ''},
  });
});

test('a signal that asks for nothing does not', async () => {
  await expect(wait(['SIGUSR1', 'SIGWINCH'], false, true)).resolves.toBeUndefined();
});

test('a signal that was ignored when we were started does not, as after nohup', async () => {
  const pause = interruptiblePause(around(['SIGHUP'], false, ['SIGHUP']), true);
  await expect(pause(1)).resolves.toBeUndefined();
});

test('the end of who started it ends a wait for them, and no other', async () => {
  await expect(wait([], true, true)).rejects.toThrow('interrupted');
  await expect(wait([], true, false)).resolves.toBeUndefined();
});

test('a signal that came before is noticed without any time passing', async () => {
  const received: NodeJS.Signals[] = [];
  const pause = interruptiblePause(around(received, false), true);
  received.push('SIGINT');
  await expect(pause(0)).rejects.toThrow('interrupted');
});
