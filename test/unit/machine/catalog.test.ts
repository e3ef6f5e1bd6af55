import {describe, expect, test} from 'vitest';
import {latestOf, makeCatalog} from '../../../src/machine/catalog.js';
import {MachineError} from '../../../src/machine/problems.js';
import {ProviderFailure, type DiskSnapshot, type MachineProvider} from '../../../src/machine/provider.js';
import {catalogEntry, loggedDiskSnapshot, unlogged} from '../../support/machine/logs.js';

const RATE = () => 0.05;

function image(id: string, more: Partial<DiskSnapshot> = {}): DiskSnapshot {
  return {id, name: `image ${id}`, machineId: '1', createdAt: '2020-11-01T10:00:00Z', sizeGb: 10, ...more};
}

/** A provider with these images, of which only some are in its list; `asked` are those asked for by themselves. */
function provider(images: readonly DiskSnapshot[], inList = images, name = 'digitalocean') {
  const asked: string[] = [];
  const atOnce = {now: 0, most: 0};
  const half = {
    name,
    diskSnapshots: () => Promise.resolve(inList),
    diskSnapshot: async (id: string) => {
      asked.push(id);
      atOnce.now += 1;
      atOnce.most = Math.max(atOnce.most, atOnce.now);
      await Promise.resolve();
      atOnce.now -= 1;
      return images.find((each) => each.id === id);
    },
  };
  return {provider: half as unknown as MachineProvider, asked, atOnce};
}

function log(id: string, day = 1, providerName = 'digitalocean') {
  const completed = `2020-11-0${day}T10:00:00Z`;
  return loggedDiskSnapshot({provider: providerName, image: {id, name: `log ${id}`}, completed});
}

const told = ({entries}: Awaited<ReturnType<typeof makeCatalog>>) =>
  entries.map(({id, presence, name}) => `${id} ${presence}: ${name}`);

describe('a catalog', () => {
  test('a catalog has what is logged and what exists, newest first', async () => {
    const {provider: asked} = provider([image('1'), image('3', {createdAt: '2020-11-03T10:00:00Z'})]);
    const catalog = await makeCatalog([log('1', 2), log('2', 4)], [asked], RATE);
    expect(told(catalog)).toEqual(['2 missing: log 2', '3 not logged: image 3', '1 present: image 1']);
    expect(catalog.unasked).toEqual([]);
  });

  test('a catalog believes the provider, not a log, about which machine a disk snapshot is of', async () => {
    const {provider: asked} = provider([image('1', {machineId: '99'}), image('2', {machineId: ''})]);
    const {entries} = await makeCatalog([log('1', 2), log('2', 1)], [asked], RATE);
    expect(entries.map(({id, presence, machine, logs}) => [id, presence, machine.id, logs.length])).toEqual([
      ['1', 'not logged', '99', 0],
      ['2', 'present', '1', 1],
    ]);
  });

  test('a catalog has disk snapshots of unknown time at the end', async () => {
    const undated = [image('1', {createdAt: ''}), image('2'), image('3', {createdAt: 'x'}), image('4')];
    const catalog = await makeCatalog([], [provider(undated).provider], RATE);
    expect(catalog.entries.map(({id}) => id)).toEqual(['2', '4', '1', '3']);
  });

  test('a catalog asks for what is logged but not in the list, a few at a time', async () => {
    const all = Array.from({length: 11}, (_, at) => image(String(at)));
    const {provider: asks, asked, atOnce} = provider(all.slice(0, 10), all.slice(0, 1));
    const logs = all.map(({id}) => log(id));
    const catalog = await makeCatalog(logs, [asks], RATE);
    expect(catalog.entries.map(({presence}) => presence)).toEqual([
      ...Array<string>(10).fill('present'),
      'missing',
    ]);
    expect(asked).toEqual(all.slice(1).map(({id}) => id));
    expect(atOnce.most).toBeLessThanOrEqual(4);
  });

  test('a catalog has a copied log once', async () => {
    const copies = [log('1'), {...log('1'), path: '/copy.json'}];
    const {entries} = await makeCatalog(copies, [provider([image('1')]).provider], RATE);
    expect(entries.map(({logs}) => logs)).toEqual([copies]);
  });

  test('a catalog joins each provider with its own logs, since ids may be the same', async () => {
    const providers = [provider([image('1')]).provider, provider([], [], 'command').provider];
    const catalog = await makeCatalog([log('1', 2), log('1', 3, 'command')], providers, RATE);
    expect(catalog.entries.map((each) => `${each.provider} ${each.presence}`)).toEqual([
      'command missing',
      'digitalocean present',
    ]);
  });

  test('a catalog of a provider that does not answer is what the logs say, and the others are asked', async () => {
    const failure = new ProviderFailure('unauthenticated', 'no');
    const silent = {...provider([], [], 'aws').provider, diskSnapshots: () => Promise.reject(failure)};
    const later = {
      ...provider([], [], 'command').provider,
      diskSnapshot: () => Promise.reject(failure),
    };
    const logs = [log('1', 1, 'aws'), log('2', 2, 'command'), log('3', 3)];
    const catalog = await makeCatalog(logs, [silent, later, provider([image('3')]).provider], RATE);
    expect(told(catalog)).toEqual(['3 present: image 3', '2 unknown: log 2', '1 unknown: log 1']);
    expect(catalog.unasked).toEqual([
      {provider: silent, failure},
      {provider: later, failure},
    ]);
  });

  test('a catalog does not take a bug for a provider that does not answer', async () => {
    const broken = {...provider([]).provider, diskSnapshots: () => Promise.reject(new TypeError('a bug'))};
    await expect(makeCatalog([], [broken], RATE)).rejects.toThrow(TypeError);
  });

  test("a catalog has the provider's size and name, or else those of the log", async () => {
    const there = [image('1', {sizeGb: 20, name: 'renamed'}), image('2', {sizeGb: undefined, name: ''})];
    const {entries} = await makeCatalog([log('1', 2), log('2')], [provider(there).provider], RATE);
    expect(entries.map(({name, sizeGb, monthlyCost}) => [name, sizeGb, monthlyCost])).toEqual([
      ['renamed', 20, 1],
      ['log 2', 10, 0.5],
    ]);
  });

  test('a catalog has a cost if size and rate are known and the disk snapshot is not missing', async () => {
    const there = [image('1', {sizeGb: 2.5}), image('2', {sizeGb: undefined}), image('3', {sizeGb: 0})];
    const costs = async (rate: number | undefined) => {
      const catalog = await makeCatalog([log('4')], [provider(there).provider], () => rate);
      return Object.fromEntries(catalog.entries.map(({id, monthlyCost}) => [id, monthlyCost]));
    };
    expect(await costs(0.05)).toEqual({1: 0.13, 2: null, 3: 0, 4: null});
    expect(await costs(undefined)).toEqual({1: null, 2: null, 3: null, 4: null});
  });

  test('a catalog is empty without providers', async () => {
    expect(await makeCatalog([log('1')], [], RATE)).toEqual({entries: [], unasked: []});
  });
});

const NEWEST_FIRST = [
  catalogEntry({image: {id: '9'}}, 'missing'),
  catalogEntry({image: {id: '8'}}, 'unknown'),
  catalogEntry({image: {id: '7'}, machine: {name: 'gpu-2'}}),
  catalogEntry({image: {id: '6'}}),
  catalogEntry({image: {id: '5'}}),
];

describe('the latest image of a machine', () => {
  test('the latest disk snapshot of a machine is the newest one that exists', () => {
    expect(latestOf(NEWEST_FIRST, 'gpu', 'default').id).toBe('6');
    expect(latestOf(NEWEST_FIRST, 'gpu-2', 'default').id).toBe('7');
  });

  test.each([
    ['gpu-snapshot-20261101-100000', 'gpu'],
    ['gpu-2-snapshot-20261101-100000', 'gpu-2'],
    ['a.b*c-snapshot-20261101-100000', 'a.b*c'],
    ['gpu-snapshot-1-snapshot-20261101-100000', 'gpu-snapshot-1'],
  ])('a disk snapshot without a log named %j is of %j', (name, machine) => {
    const images = [unlogged(name), ...NEWEST_FIRST];
    expect(latestOf(images, machine, 'default').name).toBe(name);
  });

  test.each([
    'gpu',
    'gpu-snapshot-',
    'gpu-snapshot-mine',
    'gpu-snapshot-20261101-100000-2',
    'gpu-snapshot-20261101',
    'my-gpu-snapshot-20261101-100000',
    'gpu-2-snapshot-20261101-100000',
    'GPU-snapshot-20261101-100000',
  ])('a disk snapshot without a log named %j is not of gpu', (name) => {
    expect(latestOf([unlogged(name), ...NEWEST_FIRST], 'gpu', 'default').id).toBe('6');
  });

  test('the latest disk snapshot is of this workspace, since another one may have a machine of that name', () => {
    const elsewhere = catalogEntry({image: {id: '10'}, workspace: 'prod'});
    expect(latestOf([elsewhere, ...NEWEST_FIRST], 'gpu', 'default').id).toBe('6');
    expect(latestOf([elsewhere, ...NEWEST_FIRST], 'gpu', 'prod').id).toBe('10');
    expect(() => latestOf([elsewhere], 'gpu', 'default')).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({known: ['gpu (workspace prod)']}) as unknown,
      }) as Error,
    );
  });

  test('a log counts more than the name of a disk snapshot', () => {
    const renamed = catalogEntry({
      image: {id: '10', name: 'gpu-snapshot-20261101-100000'},
      machine: {name: 'other'},
    });
    expect(latestOf([renamed, ...NEWEST_FIRST], 'gpu', 'default').id).toBe('6');
    expect(latestOf([renamed, ...NEWEST_FIRST], 'other', 'default').id).toBe('10');
  });

  test('without a latest disk snapshot the machines that have some are named once', () => {
    const problem = (machine: string) => {
      try {
        return latestOf([unlogged('x'), ...NEWEST_FIRST], machine, 'default');
      } catch (error) {
        return error instanceof MachineError ? error.problem : error;
      }
    };
    expect(problem('g')).toEqual({
      kind: 'no-disk-snapshot-of-machine',
      machine: 'g',
      workspace: 'default',
      known: ['gpu', 'gpu-2'],
    });
  });
});
