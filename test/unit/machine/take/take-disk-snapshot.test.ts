import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {MachineError} from '../../../../src/machine/problems.js';
import {ProviderFailure} from '../../../../src/machine/provider.js';
import {failing, FakeCloud, steps} from '../../../support/machine/fake-cloud.js';

const NAME = 'web-snapshot-20400101-100000';
const TAKEN = ['waiting', 'created', 'details', 'logged'];
const passing = new ProviderFailure('passing', '503 try later');

describe('an image', () => {
  test('a disk snapshot is requested, awaited, checked and logged, and every step is reported', async () => {
    const cloud = new FakeCloud();
    const {taken, told} = await cloud.take();
    const log = {
      provider: 'fake',
      machine: {id: '7', name: 'web', region: 'tor1', size: 'small'},
      image: {id: 'image-100', name: NAME, sizeGb: 25, monthlyCost: 1.25},
      action: '100',
      started: '2040-01-01T10:00:00Z',
      completed: '2040-01-01T10:00:03Z',
      workspace: 'default',
      cloudtmVersion: '1.2.3',
      git: null,
    };
    expect(taken).toEqual({...log, path: join(cloud.folder, `${NAME}.json`)});
    expect(JSON.parse(readFileSync(join(cloud.folder, `${NAME}.json`), 'utf8'))).toEqual({
      cloudtm: 'machine-image',
      format: 1,
      ...log,
    });
    expect(told).toEqual([
      {type: 'started', noun: 'machine', machine: '7', before: true},
      {type: 'named', name: NAME},
      {type: 'requested', action: '100'},
      {type: 'waiting'},
      {type: 'created', name: NAME},
      {type: 'details', name: NAME, id: 'image-100', sizeGb: 25},
      {type: 'logged', file: `${NAME}.json`},
    ]);
    expect(cloud.files()).toEqual([`${NAME}.json`]);
  });

  test('a disk snapshot is noted on disk before it is requested, and its action before it is awaited', async () => {
    const cloud = new FakeCloud();
    const seen: unknown[] = [];
    cloud.before = (question) => {
      if (question === 'request' || question === 'action') seen.push(cloud.pending());
    };
    await cloud.take();
    const noted = {
      cloudtm: 'machine-image-pending',
      format: 1,
      provider: 'fake',
      machineId: '7',
      imageName: NAME,
      asked: '2040-01-01T10:00:00.000Z',
      seen: '2040-01-01T10:00:00.000Z',
      before: {actions: [], newest: '', images: []},
    };
    expect(seen.slice(0, 2)).toEqual([
      noted,
      {...noted, action: {id: '100', startedAt: '2040-01-01T10:00:00Z'}},
    ]);
    expect(cloud.pending()).toBeUndefined();
  });

  test('a disk snapshot that is not listed at once is looked up until it is', async () => {
    const cloud = new FakeCloud();
    cloud.lag = 40_000;
    const outcome = await cloud.take();
    expect(outcome.taken?.image.id).toBe('image-100');
    expect(cloud.requests).toBe(1);
  });

  test('a disk snapshot that is never listed is not a success', async () => {
    const cloud = new FakeCloud();
    cloud.lag = Infinity;
    const {problem} = await cloud.take({minutes: 5});
    expect(problem).toMatchObject({
      kind: 'timed-out',
      action: '100',
      words: 'the action has ended, but fake does not list its disk snapshot',
    });
    expect(cloud.files()).toEqual(['.pending/fake-7.json']);
  });

  test('a disk snapshot that fails is reported, forgotten and not waited for again', async () => {
    const cloud = new FakeCloud();
    cloud.isErrored = true;
    const {problem} = await cloud.take();
    expect(problem).toEqual({
      kind: 'disk-snapshot-failed',
      noun: 'machine',
      machine: '7',
      action: '100',
      words: '',
      look: ['look', '100'],
    });
    expect(cloud.files()).toEqual([]);
    cloud.isErrored = false;
    expect((await cloud.take()).taken?.action).toBe('101');
  });
});

describe('a request', () => {
  test('a request that fails temporarily is retried after growing pauses', async () => {
    const cloud = new FakeCloud();
    cloud.before = failing('request', 6, passing);
    const {taken, told} = await cloud.take();
    expect(taken?.action).toBe('100');
    expect(told.filter(({type}) => type === 'retrying')).toEqual(
      [2, 4, 8, 16, 30, 30].map((seconds) => ({
        type: 'retrying',
        words: '503 try later',
        busy: false,
        after: seconds * 1000,
      })),
    );
  });

  test('a request that fails until the deadline may have had an effect, and says so', async () => {
    const cloud = new FakeCloud();
    cloud.before = failing('request', Infinity, passing);
    const {problem} = await cloud.take({minutes: 1});
    expect(problem).toEqual({
      kind: 'timed-out',
      seconds: 60,
      noun: 'machine',
      machine: '7',
      isAsked: true,
      action: '',
      words: '503 try later',
      look: [],
    });
    expect(cloud.made).toEqual([]);
  });

  test.each([
    ['fails in passing', passing],
    ['cannot be read', new ProviderFailure('unclear', 'rubbish')],
  ])('a request whose answer %s after it took effect is found again', async (_, failure) => {
    const cloud = new FakeCloud();
    cloud.begin('an older one', {begun: cloud.time - 86_400_000});
    cloud.after = failing('request', 1, failure);
    const outcome = await cloud.take();
    expect(outcome.taken?.action).toBe('101');
    expect(steps(outcome)).toEqual(['started', 'named', 'found-again', ...TAKEN]);
    expect(cloud.requests).toBe(1);
  });

  test('a request without effect whose answer cannot be read stops, and the next run requests again', async () => {
    const cloud = new FakeCloud();
    cloud.before = failing('request', 1, new ProviderFailure('unclear', 'rubbish'));
    const {problem} = await cloud.take();
    expect(problem).toEqual({kind: 'provider-refused', provider: 'fake', words: 'rubbish'});
    expect((await cloud.take()).taken?.action).toBe('100');
  });

  test('a request that is refused after one of unknown outcome stays noted, and is looked for', async () => {
    const cloud = new FakeCloud();
    const failures = [new ProviderFailure('passing', '503'), new ProviderFailure('forbidden', '403')];
    cloud.before = (question) => {
      const failure = question === 'request' ? failures.shift() : undefined;
      if (failure !== undefined) throw failure;
    };
    expect((await cloud.take()).problem?.kind).toBe('provider-forbidden');
    expect(cloud.files()).toEqual(['.pending/fake-7.json']);
    // As if the first of them had taken effect late.
    cloud.begin('web-snapshot-20400101-100000');
    const outcome = await cloud.take();
    expect(outcome.taken?.action).toBe('100');
    expect(cloud.requests).toBe(2);
  });

  test('a request that is refused leaves nothing pending', async () => {
    const cloud = new FakeCloud();
    cloud.before = failing('request', 1, new ProviderFailure('forbidden', '403 read only'));
    const {problem} = await cloud.take();
    expect(problem).toEqual({
      kind: 'provider-forbidden',
      provider: 'fake',
      words: '403 read only',
    });
    expect(cloud.files()).toEqual([]);
  });

  test('a request waits while the machine is busy', async () => {
    const cloud = new FakeCloud();
    cloud.before = failing('request', 2, new ProviderFailure('busy', '422 pending event'));
    const outcome = await cloud.take();
    expect(steps(outcome)).toEqual(['started', 'named', 'retrying', 'retrying', 'requested', ...TAKEN]);
    expect(outcome.told).toContainEqual({
      type: 'retrying',
      words: '422 pending event',
      busy: true,
      after: 2000,
    });
  });

  test('a request gives way to a disk snapshot that was started elsewhere, whatever its name', async () => {
    const cloud = new FakeCloud();
    cloud.begin('theirs');
    const outcome = await cloud.take();
    expect(outcome.taken?.image.name).toBe('theirs');
    expect(steps(outcome)).toEqual(['started', 'adopted', ...TAKEN]);
    expect(cloud.requests).toBe(0);
  });

  test('a request gives way to a disk snapshot that was started a moment before it', async () => {
    const cloud = new FakeCloud();
    cloud.before = (question) => {
      if (question !== 'request') return;
      cloud.begin('theirs');
      throw new ProviderFailure('busy', '422 pending event');
    };
    const outcome = await cloud.take();
    expect(outcome.taken?.image.name).toBe('theirs');
    expect(steps(outcome)).toEqual(['started', 'named', 'adopted', ...TAKEN]);
    expect(cloud.requests).toBe(1);
  });
});

describe('a folder that cannot be written', () => {
  test('a folder that cannot be written is noticed before anything is requested', async () => {
    const cloud = new FakeCloud();
    const folder = join(cloud.folder, 'snapshots');
    writeFileSync(folder, 'a file');
    const {problem, told} = await cloud.take({folder});
    expect(problem).toEqual({kind: 'logs-unwritable', path: folder, code: 'ENOTDIR'});
    expect(told).toEqual([{type: 'started', noun: 'machine', machine: '7', before: true}]);
    expect(cloud.requests).toBe(0);
  });

  test('a folder for notes that cannot be written is noticed before anything is requested', async () => {
    const cloud = new FakeCloud();
    mkdirSync(join(cloud.folder, '.pending', 'fake-7.json'), {recursive: true});
    const {problem} = await cloud.take();
    expect(problem).toMatchObject({kind: 'logs-unwritable', code: 'EISDIR'});
    expect(cloud.requests).toBe(0);
    expect(cloud.files()).toEqual(['.pending/fake-7.json']);
  });

  test('a folder that cannot be written when the disk snapshot is complete loses nothing, since the next run logs it', async () => {
    const cloud = new FakeCloud();
    const elsewhere = `${cloud.folder}-elsewhere`;
    cloud.after = (question) => {
      if (question !== 'request') return;
      renameSync(cloud.folder, elsewhere);
      writeFileSync(cloud.folder, 'a file');
    };
    const {problem} = await cloud.take();
    expect(problem).toEqual({
      kind: 'log-not-written',
      path: cloud.folder,
      code: 'ENOTDIR',
      name: NAME,
      id: 'image-100',
    });
    rmSync(cloud.folder);
    renameSync(elsewhere, cloud.folder);
    // A process that ended does not hold it; ours goes on.
    rmSync(join(cloud.folder, '.pending', 'fake-7.lock'));
    cloud.after = () => undefined;
    expect((await cloud.take()).taken?.image.id).toBe('image-100');
    expect(cloud.requests).toBe(1);
  });
});

test('a name that the provider would refuse is noticed before anything is requested', async () => {
  const cloud = new FakeCloud();
  const {problem} = await cloud.take({snapshotName: 'two\nlines'});
  expect(problem).toMatchObject({kind: 'bad-name', name: 'two\nlines'});
  expect(cloud.requests).toBe(0);
});

test('a name that is taken is refused if names are unique', async () => {
  const cloud = new FakeCloud();
  cloud.begin('mine', {begun: cloud.time - 3_600_000});
  Object.assign(cloud.provider, {names: {...cloud.provider.names, areUnique: true}});
  expect((await cloud.take({snapshotName: 'mine'})).problem).toEqual({
    kind: 'name-taken',
    name: 'mine',
    provider: 'fake',
  });
});

test('after an interrupt the message says what carries on', async () => {
  const cloud = new FakeCloud();
  cloud.waited = () => {
    throw new MachineError({kind: 'interrupted', name: '', action: ''});
  };
  const {problem} = await cloud.take();
  expect(problem).toEqual({kind: 'interrupted', name: NAME, action: '100'});
  expect(cloud.files()).toEqual(['.pending/fake-7.json']);
});
