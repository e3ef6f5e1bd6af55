import {chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from 'vitest';
import {CommandProvider} from '../../../../src/machine/providers/command.js';
import type {FailureReason, MachineProvider} from '../../../../src/machine/provider.js';
import {temporaryFolder} from '../../../support/folder.js';
import {repository} from '../../../support/repository.js';
import {says} from '../../../support/says.js';

const failure = (reason: FailureReason, words: unknown): unknown =>
  expect.objectContaining({name: 'ProviderFailure', reason, words});

const MACHINE = {id: 'vm-7', name: 'web', region: 'berlin', size: '4x16'};
const TIME = '2026-11-21T10:00:00Z';
const IMAGE = {id: 'img-3', name: 'disk', machineId: 'vm-7', createdAt: TIME, sizeGb: 12.5};

/** A provider whose program is this script. */
function script(text: string, env: Record<string, string> = {}): MachineProvider & {readonly folder: string} {
  const folder = temporaryFolder();
  const program = join(folder, 'images of mine');
  writeFileSync(program, text);
  chmodSync(program, 0o755);
  const surroundings = {
    env: {PATH: process.env.PATH, ...env},
    cwd: folder,
    command: [program, '--site', "ber'lin $(x)"],
  };
  return Object.assign(new CommandProvider(surroundings), {folder});
}

/** A provider whose program gives this answer, and keeps what it read and its arguments in its folder. */
function answering(answer: unknown): MachineProvider & {asked(): unknown; words(): string} {
  const provider = script(
    `#!/bin/sh\ncat >asked\nprintf '%s\\n' "$@" >words\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n`,
  );
  const kept = (name: string): string => readFileSync(join(provider.folder, name), 'utf8');
  return Object.assign(provider, {
    asked: () => JSON.parse(kept('asked')) as unknown,
    words: () => kept('words'),
  });
}

test('a program of the user gets its arguments unchanged, and one request on stdin', async () => {
  const provider = answering({machine: {...MACHINE, more: ['that', 'nobody', 'reads']}, also: 1});
  expect(await provider.machine('vm-7')).toEqual(MACHINE);
  expect(provider.asked()).toEqual({format: 1, request: 'machine', id: 'vm-7'});
  expect(provider.words()).toBe("--site\nber'lin $(x)\n");
});

test('every request to a program of the user is named, and its answer is read', async () => {
  const begun = {id: 'job-1', status: 'in-progress', startedAt: TIME};
  const action = {...begun, completedAt: ''};
  const request = answering({action: begun});
  expect(await request.request(MACHINE, 'a "b"\\', true)).toEqual(action);
  expect(request.asked()).toEqual({
    ...{format: 1, request: 'request', machine: MACHINE, imageName: 'a "b"\\', reboot: true},
  });

  const failed = {...begun, status: 'errored', completedAt: TIME, words: 'disk is full'};
  const ended = answering({action: {...failed, imageId: 'img-3', imageName: 'disk'}});
  expect(await ended.action('job-1', MACHINE)).toEqual({
    ...failed,
    ...{snapshotId: 'img-3', snapshotName: 'disk'},
  });
  expect(ended.asked()).toEqual({format: 1, request: 'action', id: 'job-1', machine: MACHINE});

  const later = {...begun, id: 'job-2', startedAt: '2026-11-21T12:30:00+02:00'};
  const actions = answering({actions: [begun, later]});
  expect(await actions.actions(MACHINE, 'disk')).toEqual([{...later, completedAt: ''}, action]);
  expect(actions.asked()).toEqual({format: 1, request: 'actions', machine: MACHINE, imageName: 'disk'});

  const image = answering({image: IMAGE});
  expect(await image.diskSnapshot('img-3')).toEqual(IMAGE);
  expect(image.asked()).toEqual({format: 1, request: 'image', id: 'img-3'});

  const nameless = {...IMAGE, machineId: null, sizeGb: null};
  const images = answering({images: [IMAGE, nameless, {...IMAGE, machineId: 'vm-8'}]});
  expect(await images.diskSnapshots('vm-7')).toEqual([IMAGE, {...IMAGE, machineId: '', sizeGb: undefined}]);
  expect(images.asked()).toEqual({format: 1, request: 'images', machineId: 'vm-7'});
  expect(await images.diskSnapshots()).toHaveLength(3);
  expect(images.asked()).toEqual({format: 1, request: 'images'});

  const remove = answering({});
  await remove.remove(IMAGE);
  expect(remove.asked()).toEqual({format: 1, request: 'remove', image: IMAGE});
});

test('a program can say in two ways that a disk snapshot does not exist', async () => {
  expect(await answering({image: null}).diskSnapshot('img-3')).toBeUndefined();
  const error = {reason: 'not-found', words: 'gone'};
  expect(await answering({error}).diskSnapshot('img-3')).toBeUndefined();
});

test.each(['unauthenticated', 'forbidden', 'not-found', 'refused', 'busy', 'passing'] as const)(
  'a program of the user can say that it failed: %s',
  async (reason) => {
    const provider = answering({error: {reason, words: 'as it says'}});
    await expect(provider.machine('vm-7')).rejects.toEqual(failure(reason, 'as it says'));
  },
);

test.each<readonly [answer: unknown, words: string]>([
  [[], 'Invalid type: Expected an object'],
  [{}, 'machine: Invalid key: Expected "machine"'],
  [{machine: null}, 'machine: Invalid type: Expected Object but received null'],
  [{machine: {name: 'web'}}, 'machine.id: Invalid key: Expected "id"'],
  [{machine: {...MACHINE, id: ''}}, 'machine.id: Invalid text: Expected it not to be empty'],
  [{machine: {...MACHINE, id: 'vm-8'}}, 'was asked for vm-7 and answered with vm-8'],
  [{machine: {...MACHINE, size: 4}}, 'machine.size: Invalid type: Expected string but received 4'],
  [{error: 'no'}, 'error: Invalid type: Expected Object but received "no"'],
  [{error: {reason: 'passing'}}, 'error.words: Invalid key: Expected "words"'],
  [{error: {reason: 'unclear', words: 'x'}}, 'error.reason: Invalid type: Expected ("unauthenticated" | '],
])('a machine described as %j is unclear', async (answer, words) => {
  await expect(answering(answer).machine('vm-7')).rejects.toEqual(failure('unclear', says(words)));
});

test.each<readonly [changes: object, words: string]>([
  [{status: 'done'}, 'actions.0.status: Invalid type: Expected ("in-progress" | '],
  [{status: 'completed'}, 'actions.0.completedAt: Invalid key: Expected "completedAt"'],
  [{startedAt: '10:00'}, 'actions.0.startedAt: Invalid time: Expected ISO 8601 with its zone'],
  [{startedAt: '2026-11-21T10:00:00'}, 'actions.0.startedAt: Invalid time: Expected ISO 8601 with its zone'],
  [{startedAt: '2026-13-41T10:00:00Z'}, 'actions.0.startedAt: Invalid time: Expected a date that exists'],
  [{imageId: 3}, 'actions.0.imageId: Invalid type: Expected string but received 3'],
])('an action described with %j is unclear', async (changes, words) => {
  const provider = answering({actions: [{id: 'job-1', status: 'in-progress', startedAt: TIME, ...changes}]});
  await expect(provider.actions(MACHINE, 'disk')).rejects.toEqual(failure('unclear', says(words)));
});

test.each<readonly [answer: object, words: string]>([
  [{images: {}}, 'images: Invalid type: Expected Array but received Object'],
  [{images: [IMAGE, null]}, 'images.1: Invalid type: Expected Object but received null'],
  [{images: [{...IMAGE, name: ''}]}, 'images.0.name: Invalid text: Expected it not to be empty'],
  [{images: [{...IMAGE, createdAt: 1}]}, 'images.0.createdAt: Invalid type: Expected string but received 1'],
  [{images: [{...IMAGE, sizeGb: '12'}]}, 'images.0.sizeGb: Invalid type: Expected number but received "12"'],
  [{images: [{...IMAGE, sizeGb: -1}]}, 'images.0.sizeGb: Invalid value: Expected >=0 but received -1'],
])('disk snapshots described as %j are unclear', async (answer, words) => {
  await expect(answering(answer).diskSnapshots()).rejects.toEqual(failure('unclear', says(words)));
});

test('an answer about another action or disk snapshot than requested is unclear', async () => {
  const action = {id: 'job-2', status: 'in-progress', startedAt: TIME};
  await expect(answering({action}).action('job-1', MACHINE)).rejects.toEqual(
    failure('unclear', says('was asked for job-1 and answered with job-2')),
  );
  await expect(answering({image: IMAGE}).diskSnapshot('img-4')).rejects.toEqual(
    failure('unclear', says('was asked for img-4 and answered with img-3')),
  );
});

test('the answer of a program that breaks is unclear, with the end of what it wrote', async () => {
  const broken = script('#!/bin/sh\nprintf "%3000s" x >&2; echo "no disk" >&2; echo "{}"; exit 3\n');
  const error: unknown = await broken.remove(IMAGE).catch((reason: unknown) => reason);
  expect(error).toEqual(failure('unclear', expect.stringMatching(/exited with status 3: .*no disk$/)));
  expect((error as {words: string}).words.length).toBeLessThan(2_200);
  await expect(script('#!/bin/sh\nexit 3\n').diskSnapshots()).rejects.toEqual(
    failure('unclear', expect.stringMatching(/exited with status 3$/)),
  );
});

test.each(['', 'Done.', '{} {}', '[]'])(
  'an answer that is not a JSON object is unclear: %j',
  async (text) => {
    const provider = script(`#!/bin/sh\necho '${text}'\n`);
    await expect(provider.remove(IMAGE)).rejects.toEqual(
      failure('unclear', expect.stringMatching(/did not answer in JSON|Expected an object/)),
    );
  },
);

test('a program need not read its whole request', async () => {
  const big = {...IMAGE, name: 'x'.repeat(1_000_000)};
  await expect(script('#!/bin/sh\necho "{}"\n').remove(big)).resolves.toBeUndefined();
});

test('a program that is ended by a signal may have had an effect', async () => {
  await expect(script('#!/bin/sh\nkill -9 $$\n').remove(IMAGE)).rejects.toEqual(
    failure('passing', says('killed by SIGKILL')),
  );
});

test('without a program the message says how to set one, and one that does not exist is missing', async () => {
  const around = {env: {PATH: process.env.PATH}, cwd: temporaryFolder()};
  for (const none of [[], ['']]) {
    await expect(new CommandProvider({...around, command: none}).diskSnapshots()).rejects.toEqual(
      failure('program-missing', says('machine.command in .cloudtm.json')),
    );
  }
  await expect(new CommandProvider({...around, command: ['./gone']}).diskSnapshots()).rejects.toEqual(
    failure('program-missing', './gone: ENOENT'),
  );
});

test('names for a program of the user may have any characters except control characters', () => {
  const {pattern} = answering({}).names;
  for (const name of ['a', 'Büro 1; $(x) "\'', '🙂', 'x'.repeat(255)]) expect(name).toMatch(pattern);
  for (const name of ['', 'a\nb', '\u0000', '\u007f', 'x'.repeat(256)]) expect(name).not.toMatch(pattern);
});

test('the program in the documentation does what the documentation says', async () => {
  const page = readFileSync(resolve(repository, 'docs/disk-snapshots-command.md'), 'utf8');
  const program = /```python\n(.*?)```/s.exec(page)?.[1] ?? '';
  const store = temporaryFolder();
  const provider = script(program, {DISKS: store, IMAGES: join(store, 'images')});
  mkdirSync(join(store, 'images'));
  writeFileSync(join(store, 'vm-7.img'), 'the disk');

  await expect(provider.machine('vm-8')).rejects.toEqual(failure('not-found', says('vm-8.img')));
  const machine = await provider.machine('vm-7');
  expect(machine).toEqual({id: 'vm-7', name: 'vm-7', region: '', size: ''});
  await expect(provider.request(machine, 'x', true)).rejects.toEqual(failure('refused', says('restarted')));

  const name = '../a "b" $(x)';
  const action = await provider.request(machine, name, false);
  expect(action).toMatchObject({status: 'completed', snapshotName: name});
  expect(await provider.action(action.id, machine)).toEqual(action);
  expect(await provider.actions(machine, name)).toEqual([action]);
  const image = await provider.diskSnapshot(action.snapshotId ?? '');
  expect(image).toMatchObject({
    id: action.snapshotId,
    name,
    machineId: 'vm-7',
    createdAt: action.completedAt,
  });
  expect(await provider.diskSnapshots('vm-7')).toEqual([image]);
  expect(await provider.diskSnapshots('vm-8')).toEqual([]);

  const file = join(store, 'images', `${action.id}.img`);
  expect(readFileSync(file, 'utf8')).toBe('the disk');
  await provider.remove({...IMAGE, id: action.id});
  expect(existsSync(file)).toBe(false);
  expect(await provider.diskSnapshot(action.id)).toBeUndefined();
});

test('the requests in the documentation are the real ones, and its answers can be read', async () => {
  const page = readFileSync(resolve(repository, 'docs/disk-snapshots-command.md'), 'utf8');
  // The first is of `.cloudtm.json`.
  const [settings, ...examples] = [...page.matchAll(/```json\n(.*?)```/gs)].map(
    ([, text]) => JSON.parse(text ?? '') as unknown,
  );
  const error = examples.pop();
  const calls: readonly ((provider: MachineProvider) => Promise<unknown>)[] = [
    (provider) => provider.machine('vm-7'),
    (provider) => provider.request(MACHINE, 'web-2026-11-21', false),
    (provider) => provider.action('job-12', MACHINE),
    (provider) => provider.actions(MACHINE, 'web-2026-11-21'),
    (provider) => provider.diskSnapshot('img-3'),
    (provider) => provider.diskSnapshots('vm-7'),
    (provider) =>
      provider.remove({...IMAGE, name: 'web-2026-11-21', createdAt: '2026-11-21T10:04:30Z', sizeGb: 12.5}),
  ];
  expect(settings).toHaveProperty('machine.command');
  expect(examples).toHaveLength(2 * calls.length);
  for (const [index, call] of calls.entries()) {
    const provider = answering(examples[2 * index + 1]);
    await call(provider);
    expect(provider.asked()).toEqual(examples[2 * index]);
    await expect(call(answering(error))).rejects.toEqual(failure('busy', says('vm-7 is being moved')));
  }
});
