import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {UserError} from '../../src/errors.js';
import {ProviderFailure} from '../../src/machine/provider.js';
import {failing, FakeCloud, Killed, steps} from './fake-cloud.js';

const NAME = 'web-snapshot-20400101-100000';
const TAKEN = ['image-waiting', 'image-done', 'image-details', 'image-logged'];
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
  test('while it waited, the next one goes on with its image', async () => {
    const cloud = await killedAfter('action');
    cloud.time += MINUTE;
    const outcome = await cloud.take();
    expect(outcome.taken).toMatchObject({action: '100', image: {id: 'image-100', name: NAME}});
    expect(outcome.told.slice(0, 2)).toEqual([
      {type: 'image-begun', noun: 'machine', machine: '7', before: true},
      {type: 'image-resumed', name: NAME, action: '100', asked: '2040-01-01T10:00:00.000Z'},
    ]);
    expect(cloud.requests).toBe(1);
    expect(cloud.files()).toEqual([`${NAME}.json`]);
  });

  test('before its request was answered, the next one finds what that began', async () => {
    const cloud = new FakeCloud();
    cloud.begin('an older one', {begun: cloud.time - 86_400_000});
    await killedAfter('request', cloud);
    expect(cloud.pending()).not.toHaveProperty('action');
    const outcome = await cloud.take();
    expect(steps(outcome)).toEqual(['image-begun', 'image-resumed', ...TAKEN]);
    expect(outcome.taken?.action).toBe('101');
    expect(cloud.requests).toBe(1);
  });

  test('before its request had an effect, the next one asks for an image of its own', async () => {
    const cloud = new FakeCloud();
    cloud.begin('an older one', {begun: cloud.time - 86_400_000});
    cloud.before = failing('request', 1, new Killed());
    await expect(cloud.take()).rejects.toThrow(Killed);
    const outcome = await cloud.take();
    expect(steps(outcome)).toEqual(['image-begun', 'image-named', 'image-requested', ...TAKEN]);
    expect(outcome.taken?.action).toBe('101');
  });

  test('when its log was written already, the next one writes no second log', async () => {
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

  test('its image counts for a quarter of an hour after it was complete', async () => {
    const cloud = await killedAfter('action');
    cloud.time += 15 * MINUTE;
    expect((await cloud.take()).taken?.action).toBe('100');
  });

  test('its image is logged and not used when it was complete long ago', async () => {
    const cloud = await killedAfter('action');
    cloud.time += 16 * MINUTE;
    const outcome = await cloud.take();
    const name = 'web-snapshot-20400101-101600';
    expect(outcome.taken).toMatchObject({action: '101', image: {name}});
    expect(steps(outcome)).toEqual([
      ...['image-begun', 'image-too-old', 'image-named', 'image-requested'],
      ...TAKEN,
    ]);
    expect(outcome.told[1]).toEqual({
      type: 'image-too-old',
      name: NAME,
      completedAt: '2040-01-01T10:00:03Z',
      file: `${NAME}.json`,
    });
    expect(cloud.files()).toEqual([`${NAME}.json`, `${name}.json`]);
  });

  test('its image is forgotten when it came to nothing', async () => {
    const cloud = new FakeCloud();
    cloud.isErrored = true;
    await killedAfter('request', cloud);
    cloud.isErrored = false;
    cloud.time += MINUTE;
    const outcome = await cloud.take();
    expect(outcome.told[1]).toEqual({type: 'image-forgotten', name: NAME, action: '100', words: ''});
    expect(outcome.taken?.action).toBe('101');
  });

  test('its image is forgotten when nobody knows of it any more', async () => {
    const cloud = await killedAfter('action');
    cloud.made.pop();
    cloud.time += MINUTE;
    const outcome = await cloud.take();
    expect(steps(outcome).slice(0, 2)).toEqual(['image-begun', 'image-forgotten']);
    expect(outcome.taken?.action).toBe('101');
  });

  test('a note that is damaged does not stop the next one, and an image under way is not paid for twice', async () => {
    for (const damage of ['', '{', 'null', '[]', '{"provider": "fake"}', '{"before": null}']) {
      const cloud = await killedAfter('request');
      writeFileSync(join(cloud.folder, '.pending', 'fake-7.json'), damage);
      const outcome = await cloud.take();
      expect(steps(outcome)).toEqual(['image-begun', 'image-adopted', ...TAKEN]);
      expect(outcome.taken?.action).toBe('100');
      expect(cloud.requests).toBe(1);
    }
  });
});

describe('after a run whose time was over', () => {
  test('the next one goes on with its image', async () => {
    const cloud = new FakeCloud();
    cloud.takes = 10 * MINUTE;
    const {problem} = await cloud.take({minutes: 0.05});
    expect(problem).toEqual({
      about: 'machine',
      kind: 'image-timed-out',
      seconds: 3,
      noun: 'machine',
      machine: '7',
      action: '100',
      words: '',
      look: ['look', '100'],
    });
    expect((await cloud.take()).taken?.action).toBe('100');
    expect(cloud.requests).toBe(1);
  });

  test('the action that is gone while it is waited for is told as such, not as a machine that is gone', async () => {
    const cloud = new FakeCloud();
    cloud.before = failing('action', 1, new ProviderFailure('not-found', '404 gone'));
    const {problem} = await cloud.take();
    expect(problem).toMatchObject({kind: 'image-errored', action: '100', words: '404 gone'});
    expect((await cloud.take()).taken?.action).toBe('100');
  });
});

describe('two processes at once', () => {
  test('take one image of a machine, and both have its log', async () => {
    const cloud = new FakeCloud();
    const [one, other] = await Promise.all([cloud.take(), cloud.take()]);
    expect(one.taken).toEqual(other.taken);
    expect(one.taken?.action).toBe('100');
    expect(steps(other)).toEqual(['image-begun', 'other-process', 'image-details', 'image-logged']);
    expect(cloud.requests).toBe(1);
    expect(cloud.files()).toEqual([`${one.taken?.image.name}.json`]);
  });

  test('take one also when the first is interrupted: the second goes on with its image', async () => {
    const cloud = new FakeCloud();
    cloud.takes = MINUTE;
    const first = cloud.take();
    let pauses = 0;
    cloud.waited = () => {
      if (cloud.requests === 1 && pauses++ === 0) throw interruption();
    };
    const [one, other] = await Promise.all([first, cloud.take()]);
    expect([one.problem?.kind, other.problem?.kind]).toContain('image-interrupted');
    expect([one.taken?.action, other.taken?.action]).toContain('100');
    expect(cloud.requests).toBe(1);
  });

  test('do not take an old image the other one logged for the new one', async () => {
    const cloud = await killedAfter('action');
    cloud.time += 60 * MINUTE;
    // The first logs the image of an hour ago, asks for a new one and is refused.
    cloud.before = failing('request', 1, new ProviderFailure('forbidden', '403'));
    const [one, other] = await Promise.all([cloud.take(), cloud.take()]);
    expect(one.problem?.kind).toBe('provider-forbidden');
    expect(other.taken?.action).toBe('101');
  });

  test('wait no longer for each other than there is time, and say what is under way', async () => {
    const cloud = new FakeCloud();
    cloud.takes = 10 * MINUTE;
    const [, other] = await Promise.all([cloud.take(), cloud.take({minutes: 0.1})]);
    expect(other.problem).toEqual({
      about: 'machine',
      kind: 'image-timed-out',
      seconds: 6,
      noun: 'machine',
      machine: '7',
      action: '100',
      words: 'another process is waiting for it',
      look: ['look', '100'],
    });
  });
});

function interruption(): UserError {
  return new UserError({about: 'machine', kind: 'image-interrupted', name: '', action: ''});
}
