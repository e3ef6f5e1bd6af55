import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  fileName,
  readDiskSnapshotLogs,
  setLogAside,
  writeDiskSnapshotLog,
  type DiskSnapshotLog,
} from '../../../src/machine/disk-snapshot-log.js';
import {temporaryFolder} from '../../support/folder.js';

const LOG: DiskSnapshotLog = {
  provider: 'digitalocean',
  machine: {id: '7', name: 'web', region: 'tor1', size: 'small'},
  image: {id: '9', name: 'mine', sizeGb: 25, monthlyCost: 1.25},
  action: '100',
  started: '2026-11-21T10:00:00Z',
  completed: '2026-11-21T10:05:00Z',
  workspace: 'default',
  cloudtmVersion: '1.2.3',
  git: {commit: 'abc', branch: 'main', dirty: true},
};
const named = (name: string, id: string): DiskSnapshotLog => ({...LOG, image: {...LOG.image, name, id}});

const HOSTILE = [
  ...['..', '.', '../../etc/passwd', '/etc/passwd', 'a/b', 'a\\b', '.hidden', '-rf', '--help', '~', 'C:x'],
  ...['two\nlines', 'nul\0', '$(touch x)', '; rm', '"quoted"', "it's", 'tab\t', '\u202Egnp', '%2F', '😀'],
  ...['\uD800', 'x'.repeat(300), 'é'.repeat(150), '😀'.repeat(80), '', ' '],
];

describe("a file's name", () => {
  test('is the name of the image where that can be one', () => {
    const name = "my-gpu-droplet-snapshot-20240724-151900 (v1) [é], it's @ 50+1=51";
    expect(fileName(name)).toBe(name);
  });

  test('never leads out of the folder, is never hidden and is never too long', () => {
    const isSafe = (name: string): void => {
      const file = fileName(name);
      const path = join('/folder', `${file}.json`);
      expect([dirname(path), basename(path)]).toEqual(['/folder', `${file}.json`]);
      expect(file).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\\:*?"<>|~$`;]|^\./u);
      expect(Buffer.byteLength(file)).toBeLessThanOrEqual(200);
    };
    HOSTILE.forEach(isSafe);
    fc.assert(fc.property(fc.string({unit: 'binary', maxLength: 400}), isSafe));
    fc.assert(fc.property(fc.stringMatching(/^[./\\%~\n -]{0,20}$/), isSafe));
  });

  test('is another one for another name', () => {
    const name = fc.oneof(fc.string(), fc.stringMatching(/^[./%2EFef]{0,8}$/));
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(fileName(one) === fileName(other)).toBe(one === other);
      }),
    );
    expect(fileName('x'.repeat(300))).not.toBe(fileName('x'.repeat(301)));
  });
});

describe('a log', () => {
  test('is written as it is read, under the name of its image', () => {
    const folder = temporaryFolder();
    const path = writeDiskSnapshotLog(folder, LOG);
    expect(path).toBe(join(folder, 'mine.json'));
    expect(readFileSync(path, 'utf8')).toBe(
      `${JSON.stringify({cloudtm: 'machine-image', format: 1, ...LOG}, undefined, 2)}\n`,
    );
    expect(readDiskSnapshotLogs(folder)).toEqual({logs: [{...LOG, path}], damaged: []});
  });

  test('of every hostile name lies in the folder and is found again', () => {
    const folder = join(temporaryFolder(), 'snapshots');
    mkdirSync(folder);
    const names = HOSTILE.filter((name) => name !== '');
    names.forEach((name, index) => writeDiskSnapshotLog(folder, named(name, `id-${index}`)));
    expect(readdirSync(dirname(folder))).toEqual(['snapshots']);
    const {logs, damaged} = readDiskSnapshotLogs(folder);
    expect(damaged).toEqual([]);
    expect(logs.map(({image}) => image.id).sort()).toEqual(names.map((_, index) => `id-${index}`).sort());
  });

  test('never replaces another one, nor any other file', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'mine.json'), 'somebody else');
    mkdirSync(join(folder, 'mine-2.json'));
    writeDiskSnapshotLog(folder, LOG);
    writeDiskSnapshotLog(folder, named('mine', '10'));
    expect(readdirSync(folder).sort()).toEqual(['mine-2.json', 'mine-3.json', 'mine-4.json', 'mine.json']);
    expect(readFileSync(join(folder, 'mine.json'), 'utf8')).toBe('somebody else');
  });

  test('is written once for an image', () => {
    const folder = temporaryFolder();
    expect(writeDiskSnapshotLog(folder, LOG)).toBe(
      writeDiskSnapshotLog(folder, {...LOG, workspace: 'later'}),
    );
    expect(readdirSync(folder)).toEqual(['mine.json']);
  });

  test('that cannot be written leaves nothing half written', () => {
    const folder = join(temporaryFolder(), 'gone');
    expect(() => writeDiskSnapshotLog(folder, LOG)).toThrow('ENOENT');
  });

  test('that is set aside is kept and not read any more', () => {
    const folder = temporaryFolder();
    for (const id of ['1', '2']) {
      writeDiskSnapshotLog(folder, named('mine', id));
      const [log] = readDiskSnapshotLogs(folder).logs;
      if (log !== undefined) setLogAside(log);
    }
    expect(readDiskSnapshotLogs(folder)).toEqual({logs: [], damaged: []});
    expect(readdirSync(join(folder, 'deleted')).sort()).toEqual(['mine-2.json', 'mine.json']);
  });
});

describe('reading logs', () => {
  const read = (content: string) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'x.json'), content);
    const {logs, damaged} = readDiskSnapshotLogs(folder);
    return {logs: logs.length, reasons: damaged.map(({reason}) => reason)};
  };
  const json = (more: object): string =>
    JSON.stringify({cloudtm: 'machine-image', format: 1, ...LOG, ...more});

  test.each([
    ['no JSON', json({}).slice(0, -1), 'not JSON'],
    ['a newer format', json({format: 2}), 'written by a newer cloudtm (format 2)'],
    ['no format', json({format: 'one'}), 'no format'],
    ['no machine', json({machine: null}), 'no machine'],
    ['no ids', json({machine: {}, image: {id: 9}}), 'no machine.id, machine.name, image.id, image.name'],
    ['no provider', json({provider: ''}), 'no provider'],
  ])('tells %s apart', (_, content, reason) => {
    expect(read(content)).toEqual({logs: 0, reasons: [reason]});
  });

  test('lets be what says nothing of being a log', () => {
    for (const content of ['', '[]', '{"cloudtm": "else"}', '\0\0', JSON.stringify(LOG)])
      expect(read(content)).toEqual({logs: 0, reasons: []});
  });

  test('takes what can be known without', () => {
    const folder = temporaryFolder();
    const {provider, machine, image, completed} = LOG;
    writeFileSync(
      join(folder, 'x.json'),
      JSON.stringify({
        cloudtm: 'machine-image',
        format: 1,
        provider,
        machine: {id: machine.id, name: machine.name},
        image: {id: image.id, name: image.name, sizeGb: -1, monthlyCost: 'much'},
        completed,
        git: {commit: ''},
        more: [],
      }),
    );
    expect(readDiskSnapshotLogs(folder).logs).toEqual([
      {
        provider,
        machine: {id: '7', name: 'web', region: '', size: ''},
        image: {id: '9', name: 'mine', sizeGb: null, monthlyCost: null},
        action: '',
        started: '',
        completed,
        workspace: '',
        cloudtmVersion: '',
        git: null,
        path: join(folder, 'x.json'),
      },
    ]);
  });

  test('gives the newest first, and none for a folder that is not there', () => {
    const folder = temporaryFolder();
    const times = ['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z', '2026-01-01T00:00:00Z'];
    times.forEach((completed, index) =>
      writeDiskSnapshotLog(folder, {...named('x', String(index)), completed}),
    );
    expect(readDiskSnapshotLogs(folder).logs.map(({completed}) => completed)).toEqual(times.sort().reverse());
    expect(readDiskSnapshotLogs(join(folder, 'none'))).toEqual({logs: [], damaged: []});
  });
});
