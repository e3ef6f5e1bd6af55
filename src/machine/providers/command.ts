import {askProgram, parseAnswer} from './ask-program.js';
import {fieldsOf, list, optionalNumber, optionalText, text, time} from './fields.js';
import {
  ProviderFailure,
  type Action,
  type FailureReason,
  type DiskSnapshot,
  type MachineProvider,
  type Machine,
  type ProviderMaker,
  type ProviderContext,
} from '../provider.js';

/** The protocol's version, in every request; docs/disk-snapshots-command.md describes it. */
const FORMAT = 1;
/** How much (characters) of what a broken program wrote is shown: the end of it. */
const LAST_WORDS = 2_000;
/** What a program may give as a failure's reason; the others are ours to find. */
const REASONS: readonly FailureReason[] = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'refused',
  'busy',
  'passing',
];
const STATUSES: readonly Action['status'][] = ['in-progress', 'completed', 'errored'];

/**
 * A program of the user's own: one run for each request, which it reads as JSON from its input, and one JSON object as its
 * answer. Nothing in an answer is believed before it was looked at: what is not as docs/disk-snapshots-command.md says is
 * `unclear`, which after a request for an image means that it may have been heard.
 */
export const command: ProviderMaker = (surroundings): MachineProvider => ({
  name: 'command',
  noun: 'machine',
  program: surroundings.command[0] ?? '',
  install: () => [],
  login: [],
  names: {
    pattern: /^[^\p{Cc}\p{Cs}]{1,255}$/u,
    words: '1 to 255 characters, none of them a control character',
    areUnique: false,
  },
  canReboot: true,
  look: () => [],

  machine: async (id) => {
    const machine = readMachine((await ask(surroundings, 'machine', {id})).machine);
    return same(machine, id, 'machine.id');
  },
  request: async (machine, imageName, reboot) =>
    readAction((await ask(surroundings, 'request', {machine, imageName, reboot})).action, 'action'),
  action: async (id, machine) =>
    same(readAction((await ask(surroundings, 'action', {id, machine})).action, 'action'), id, 'action.id'),
  actions: async (machine, imageName) =>
    list((await ask(surroundings, 'actions', {machine, imageName})).actions, 'actions', readAction).sort(
      (a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt),
    ),
  diskSnapshot: async (id) => {
    const {image} = await unlessNotFound(ask(surroundings, 'image', {id}), {image: null});
    return image === null ? undefined : same(readImage(image, 'image'), id, 'image.id');
  },
  diskSnapshots: async (machineId) => {
    const answer = await ask(surroundings, 'images', machineId === undefined ? {} : {machineId});
    const images = list(answer.images, 'images', readImage);
    return images.filter((image) => machineId === undefined || ['', machineId].includes(image.machineId));
  },
  remove: async (image) => {
    await ask(surroundings, 'remove', {image});
  },
});

async function ask(
  {command: [program, ...words], env, cwd}: ProviderContext,
  request: string,
  about: object,
): Promise<Readonly<Record<string, unknown>>> {
  if (program === undefined || program === '')
    throw new ProviderFailure('program-missing', 'machine.command in .cloudtm.json names no program');
  const input = `${JSON.stringify({format: FORMAT, request, ...about})}\n`;
  const {status, stdout, stderr} = await askProgram(program, words, {env, cwd}, input);
  if (status !== 0) {
    const last = stderr.trim().slice(-LAST_WORDS);
    throw new ProviderFailure('unclear', `${program} ended with status ${status}${last && `: ${last}`}`);
  }
  const answer = fieldsOf(parseAnswer(program, stdout), 'JSON');
  if (answer.error === undefined) return answer;
  const error = fieldsOf(answer.error, 'error');
  throw new ProviderFailure(
    oneOf(REASONS, error.reason, 'error.reason'),
    text(error.words, 'error.words').slice(0, LAST_WORDS),
  );
}

/** For what a program may also put as `null`. */
async function unlessNotFound<T>(answer: Promise<T>, instead: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProviderFailure && error.reason === 'not-found') return instead;
    throw error;
  }
}

/** An answer about something else than what was asked for is none. */
function same<T extends {readonly id: string}>(answer: T, id: string, field: string): T {
  if (answer.id === id) return answer;
  throw new ProviderFailure('unclear', `the answer's ${field} is ${answer.id}, and ${id} was asked for`);
}

function oneOf<T extends string>(known: readonly T[], value: unknown, field: string): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new ProviderFailure('unclear', `the answer's ${field} is none of ${known.join(', ')}`);
}

function readMachine(value: unknown): Machine {
  const machine = fieldsOf(value, 'machine');
  return {
    id: text(machine.id, 'machine.id'),
    name: optionalText(machine.name, 'machine.name'),
    region: optionalText(machine.region, 'machine.region'),
    size: optionalText(machine.size, 'machine.size'),
  };
}

function readAction(value: unknown, field: string): Action {
  const action = fieldsOf(value, field);
  const status = oneOf(STATUSES, action.status, `${field}.status`);
  const imageId = optionalText(action.imageId, `${field}.imageId`);
  const imageName = optionalText(action.imageName, `${field}.imageName`);
  const words = optionalText(action.words, `${field}.words`);
  return {
    id: text(action.id, `${field}.id`),
    status,
    startedAt: time(action.startedAt, `${field}.startedAt`),
    completedAt: status === 'in-progress' ? '' : time(action.completedAt, `${field}.completedAt`),
    ...(imageId === '' ? {} : {snapshotId: imageId}),
    ...(imageName === '' ? {} : {snapshotName: imageName}),
    ...(words === '' ? {} : {words}),
  };
}

function readImage(value: unknown, field: string): DiskSnapshot {
  const image = fieldsOf(value, field);
  return {
    id: text(image.id, `${field}.id`),
    name: text(image.name, `${field}.name`),
    machineId: optionalText(image.machineId, `${field}.machineId`),
    createdAt: time(image.createdAt, `${field}.createdAt`),
    sizeGb: optionalNumber(image.sizeGb, `${field}.sizeGb`),
  };
}
