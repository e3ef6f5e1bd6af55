import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {MachineError} from '../../../../src/machine/problems.js';
import {ProviderFailure} from '../../../../src/machine/provider.js';
import {failing, FakeCloud, Killed, steps} from '../../../support/machine/fake-cloud.js';

const NAME = 'web-snapshot-20400101-100000';
const TAKEN = ['waiting', 'created', 'details', 'logged'];
const MINUTE = 60_000;

/** A run that was ended at the first chance after this question was answered. */
async function killedAfter(
  question: 'request' | 'action' | 'images',
  cloud = new FakeCloud(),
): Promise<FakeCloud> {
  cloud.after = failing(question, 1, new Killed());
  await expect(cloud.take()).rejects.toThrow(Killed);
  return cloud;
}

describe('after a run that was killed', () => {
  test('after a run was killed while it waited, the next one resumes with its disk snapshot', async () => {
    const cloud = await killedAfter('action');
    cloud.time += MINUTE;
    const outcome = await cloud.take();
    expect(outcome.taken).toMatchObject({action: '100', image: {id: 'image-100', name: NAME}});
    expect(outcome.told.slice(0, 2)).toEqual([
      {type: 'started', noun: 'machine', machine: '7', before: true},
      {type: 'resumed', name: NAME, action: '100', asked: '2040-01-01T10:00:00.000Z'},
    ]);
    expect(cloud.requests).toBe(1);
    expect(cloud.files()).toEqual([`${NAME}.json`]);
  });

  test('after a run was killed before its request was answered, the next one finds what that started', async () => {
    const cloud = new FakeCloud();
    cloud.begin('an older one', {begun: cloud.time - 86_400_000});
    await killedAfter('request', cloud);
    expect(cloud.pending()).not.toHaveProperty('action');
    const outcome = await cloud.take();
    expect(steps(outcome)).toEqual(['started', 'resumed', ...TAKEN]);
    expect(outcome.taken?.action).toBe('101');
    expect(cloud.requests).toBe(1);
  });

  test('after a run was killed before its request had an effect, the next one requests its own disk snapshot', async () => {
    const cloud = new FakeCloud();
    cloud.begin('an older one', {begun: cloud.time - 86_400_000});
    cloud.before = failing('request', 1, new Killed());
    await expect(cloud.take()).rejects.toThrow(Killed);
    const outcome = await cloud.take();
    expect(steps(outcome)).toEqual(['started', 'named', 'requested', ...TAKEN]);
    expect(outcome.taken?.action).toBe('101');
  });

  test('after a run was killed once its log was written, the next one writes no second log', async () => {
    const cloud = new FakeCloud();
    let noted = '';
    const path = join(cloud.folder, '.pending', 'fake-7.json');
    cloud.before = (question) => {
      if (question === 'action') noted = readFileSync(path, 'utf8');
    };
    await cloud.take();
    // As if it had ended before it could forget what was pending.
    writeFileSync(path, noted);
    expect((await cloud.take()).taken?.path).toBe(join(cloud.folder, `${NAME}.json`));
    expect(cloud.files()).toEqual([`${NAME}.json`]);
    expect(cloud.requests).toBe(1);
  });

  test('the disk snapshot of a killed run is used for a quarter of an hour', async () => {
    const cloud = await killedAfter('action');
    cloud.time += 15 * MINUTE;
    expect((await cloud.take()).taken?.action).toBe('100');
  });

  test.each([
    ['was complete soon', 3_000],
    ['is still under way', 20 * MINUTE],
  ])(
    'after a quarter of an hour a disk snapshot that %s is logged, and another one taken',
    async (_, takes) => {
      const cloud = new FakeCloud();
      cloud.takes = takes;
      await killedAfter('action', cloud);
      cloud.time += 16 * MINUTE;
      cloud.takes = 3_000;
      const outcome = await cloud.take();
      expect(outcome.taken).toMatchObject({action: '101'});
      expect(outcome.taken).not.toHaveProperty('late');
      expect(steps(outcome)).toEqual([
        ...['started', 'stale', 'stale-logged', 'named', 'requested'],
        ...TAKEN,
      ]);
      const seen = '2040-01-01T10:00:00.000Z';
      expect(outcome.told.find(({type}) => type === 'stale')).toEqual({
        type: 'stale',
        name: NAME,
        action: '100',
        asked: seen,
        seen,
      });
      expect(cloud.files()).toEqual([`${NAME}.json`, `${outcome.taken?.image.name}.json`]);
      expect(readFileSync(join(cloud.folder, `${NAME}.json`), 'utf8')).toContain('"late": true');
      expect(cloud.requests).toBe(2);
    },
  );

  test('waiting only to log a disk snapshot does not make it usable for longer', async () => {
    const cloud = new FakeCloud();
    cloud.takes = 60 * MINUTE;
    await killedAfter('action', cloud);
    cloud.time += 16 * MINUTE;
    expect((await cloud.take({minutes: 1})).problem?.kind).toBe('timed-out');
    cloud.takes = 3_000;
    const outcome = await cloud.take({minutes: 90});
    expect(outcome.taken?.action).toBe('101');
  });

  test('a slow disk snapshot that was waited for until now is used', async () => {
    const cloud = new FakeCloud();
    cloud.takes = 40 * MINUTE;
    expect((await cloud.take()).problem?.kind).toBe('timed-out');
    cloud.time += 12 * MINUTE;
    expect((await cloud.take()).taken?.action).toBe('100');
    expect(cloud.requests).toBe(1);
  });

  test('a failed disk snapshot of a killed run is forgotten', async () => {
    const cloud = new FakeCloud();
    cloud.isErrored = true;
    await killedAfter('request', cloud);
    cloud.isErrored = false;
    cloud.time += MINUTE;
    const outcome = await cloud.take();
    expect(outcome.told[1]).toEqual({type: 'earlier-failed', name: NAME, action: '100', words: ''});
    expect(outcome.taken?.action).toBe('101');
  });

  test('an unknown disk snapshot of a killed run is forgotten', async () => {
    const cloud = await killedAfter('action');
    cloud.made.pop();
    cloud.time += MINUTE;
    const outcome = await cloud.take();
    expect(steps(outcome).slice(0, 2)).toEqual(['started', 'earlier-failed']);
    expect(outcome.taken?.action).toBe('101');
  });

  test('a damaged note does not stop the next run, and a disk snapshot in progress is not taken twice', async () => {
    for (const damage of ['', '{', 'null', '[]', '{"provider": "fake"}', '{"before": null}']) {
      const cloud = await killedAfter('request');
      writeFileSync(join(cloud.folder, '.pending', 'fake-7.json'), damage);
      const outcome = await cloud.take();
      expect(steps(outcome)).toEqual(['started', 'adopted', ...TAKEN]);
      expect(outcome.taken?.action).toBe('100');
      expect(cloud.requests).toBe(1);
    }
  });
});

describe('after a run whose time was over', () => {
  test('after a run timed out, the next one resumes with its disk snapshot', async () => {
    const cloud = new FakeCloud();
    cloud.takes = 10 * MINUTE;
    const {problem} = await cloud.take({minutes: 0.05});
    expect(problem).toEqual({
      kind: 'timed-out',
      seconds: 3,
      noun: 'machine',
      machine: '7',
      isAsked: true,
      action: '100',
      words: '',
      look: ['look', '100'],
    });
    expect((await cloud.take()).taken?.action).toBe('100');
    expect(cloud.requests).toBe(1);
  });

  test('an action that vanishes while it is waited for is not reported as a missing machine', async () => {
    const cloud = new FakeCloud();
    cloud.before = failing('action', 1, new ProviderFailure('not-found', '404 gone'));
    const {problem} = await cloud.take();
    expect(problem).toMatchObject({kind: 'disk-snapshot-failed', action: '100', words: '404 gone'});
    expect((await cloud.take()).taken?.action).toBe('100');
  });
});

describe('two processes at once', () => {
  test('two processes at once take one disk snapshot of a machine, and both have its log', async () => {
    const cloud = new FakeCloud();
    const [one, other] = await Promise.all([cloud.take(), cloud.take()]);
    expect(one.taken).toEqual(other.taken);
    expect(one.taken?.action).toBe('100');
    expect(steps(other)).toEqual(['started', 'other-process', 'details', 'logged']);
    expect(cloud.requests).toBe(1);
    expect(cloud.files()).toEqual([`${one.taken?.image.name}.json`]);
  });

  test('two processes at once take one disk snapshot even if the first is interrupted', async () => {
    const cloud = new FakeCloud();
    cloud.takes = MINUTE;
    const first = cloud.take();
    let pauses = 0;
    cloud.waited = () => {
      if (cloud.requests === 1 && pauses++ === 0) throw interruption();
    };
    const [one, other] = await Promise.all([first, cloud.take()]);
    expect([one.problem?.kind, other.problem?.kind]).toContain('interrupted');
    expect([one.taken?.action, other.taken?.action]).toContain('100');
    expect(cloud.requests).toBe(1);
  });

  test('two processes at once do not take an old disk snapshot for the new one', async () => {
    const cloud = await killedAfter('action');
    cloud.time += 60 * MINUTE;
    // The first logs the image of an hour ago, asks for a new one and is refused.
    cloud.before = failing('request', 1, new ProviderFailure('forbidden', '403'));
    const [one, other] = await Promise.all([cloud.take(), cloud.take()]);
    expect(one.problem?.kind).toBe('provider-forbidden');
    expect(other.taken?.action).toBe('101');
  });

  test('two processes at once wait for each other only until the deadline, and say what is in progress', async () => {
    const cloud = new FakeCloud();
    cloud.takes = 10 * MINUTE;
    const [, other] = await Promise.all([cloud.take(), cloud.take({minutes: 0.1})]);
    expect(other.problem).toEqual({
      kind: 'timed-out',
      seconds: 6,
      noun: 'machine',
      machine: '7',
      isAsked: true,
      action: '100',
      words: 'another process is waiting for it',
      look: ['look', '100'],
    });
  });
});

function interruption(): MachineError {
  return new MachineError({kind: 'interrupted', name: '', action: ''});
}
