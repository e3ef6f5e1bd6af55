import * as v from 'valibot';
import {latestFirst, ProviderFailure, unlessGone} from '../provider.js';
import type {Action, DiskSnapshot, Machine, MachineProvider, ProviderContext} from '../provider.js';
import {OPTIONAL_SIZE, OPTIONAL_TEXT, recordOf, TEXT, TIME} from '../schema.js';
import {askProgram, readAnswer} from './ask-program.js';

/** The protocol's version, in every request; docs/disk-snapshots-command.md describes it. */
const FORMAT = 1;
/** How much (characters) of what a broken program wrote is shown: the end of it. */
const LAST_WORDS = 2_000;

/** `reason`: what a program may say of a failure; the other reasons are ours to find. */
const ERROR = v.object({
  reason: v.picklist(['unauthenticated', 'forbidden', 'not-found', 'refused', 'busy', 'passing']),
  words: TEXT,
});

const MACHINE = v.object({id: TEXT, name: OPTIONAL_TEXT, region: OPTIONAL_TEXT, size: OPTIONAL_TEXT});

const DETAILS = {imageId: OPTIONAL_TEXT, imageName: OPTIONAL_TEXT, words: OPTIONAL_TEXT};
const ACTION = v.pipe(
  v.variant('status', [
    v.object({id: TEXT, status: v.literal('in-progress'), startedAt: TIME, ...DETAILS}),
    v.object({
      ...{id: TEXT, status: v.picklist(['completed', 'errored']), startedAt: TIME, completedAt: TIME},
      ...DETAILS,
    }),
  ]),
  v.transform(({imageId, imageName, words, ...action}): Action => ({
    completedAt: '',
    ...action,
    ...(imageId && {snapshotId: imageId}),
    ...(imageName && {snapshotName: imageName}),
    ...(words && {words}),
  })),
);

const SNAPSHOT = v.object({
  id: TEXT,
  name: TEXT,
  machineId: OPTIONAL_TEXT,
  createdAt: TIME,
  sizeGb: OPTIONAL_SIZE,
});

/**
 * A program of the user's own: one run for each request, which it reads as JSON from its input, and one JSON object as its
 * answer. One that is not as docs/disk-snapshots-command.md says is `unclear`: the request may have been heard.
 */
export class CommandProvider implements MachineProvider {
  readonly name = 'command';
  readonly noun = 'machine';
  readonly login = [];
  readonly names = {
    pattern: /^[^\p{Cc}\p{Cs}]{1,255}$/u,
    words: '1 to 255 characters, none of them a control character',
    areUnique: false,
  };
  readonly canReboot = true;

  constructor(private readonly context: ProviderContext) {}

  get program(): string {
    return this.context.command[0] ?? '';
  }

  readonly install = () => [];
  readonly look = () => [];

  async machine(id: string): Promise<Machine> {
    const {machine} = await this.#ask('machine', {id}, {machine: MACHINE});
    return this.#same(machine, id);
  }

  async request(machine: Machine, imageName: string, reboot: boolean): Promise<Action> {
    return (await this.#ask('request', {machine, imageName, reboot}, {action: ACTION})).action;
  }

  async action(id: string, machine: Machine): Promise<Action> {
    const {action} = await this.#ask('action', {id, machine}, {action: ACTION});
    return this.#same(action, id);
  }

  async actions(machine: Machine, imageName: string): Promise<readonly Action[]> {
    const {actions} = await this.#ask('actions', {machine, imageName}, {actions: v.array(ACTION)});
    return actions.sort(latestFirst);
  }

  async diskSnapshot(id: string): Promise<DiskSnapshot | undefined> {
    const answer = await unlessGone(this.#ask('image', {id}, {image: v.nullable(SNAPSHOT)}));
    return answer?.image ? this.#same(answer.image, id) : undefined;
  }

  async diskSnapshots(machineId?: string): Promise<readonly DiskSnapshot[]> {
    const about = machineId === undefined ? {} : {machineId};
    const {images} = await this.#ask('images', about, {images: v.array(SNAPSHOT)});
    return images.filter((image) => machineId === undefined || ['', machineId].includes(image.machineId));
  }

  async remove(image: DiskSnapshot): Promise<void> {
    await this.#ask('remove', {image}, {});
  }

  async #ask<Entries extends v.ObjectEntries>(
    request: string,
    about: object,
    entries: Entries,
  ): Promise<v.InferOutput<v.ObjectSchema<Entries, undefined>>> {
    const [program = '', ...words] = this.context.command;
    if (program === '')
      throw new ProviderFailure('program-missing', 'machine.command in .cloudtm.json names no program');
    const input = `${JSON.stringify({format: FORMAT, request, ...about})}\n`;
    const {status, stdout, stderr} = await askProgram(program, words, this.context, input);
    if (status !== 0) {
      const last = stderr.trim().slice(-LAST_WORDS);
      throw new ProviderFailure('unclear', `${program} exited with status ${status}${last && `: ${last}`}`);
    }
    const {error} = readAnswer(recordOf({error: v.optional(ERROR)}), program, stdout);
    if (error !== undefined) throw new ProviderFailure(error.reason, error.words.slice(0, LAST_WORDS));
    return readAnswer(recordOf(entries), program, stdout);
  }

  /** An answer about something else than what was asked for is none. */
  #same<T extends {readonly id: string}>(answer: T, id: string): T {
    if (answer.id === id) return answer;
    const words = `${this.program} was asked for ${id} and answered with ${answer.id}`;
    throw new ProviderFailure('unclear', words);
  }
}
