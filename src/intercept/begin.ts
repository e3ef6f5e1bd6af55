import {resolve} from 'node:path';
import {erroredStatKey} from '../capture/errored.js';
import {placeOf, type Place} from '../project/place.js';
import {hasConfiguration} from '../project/sources.js';
import {suspectState} from '../capture/suspect.js';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import {finishLeftovers} from '../rollback/finish.js';
import {createStore} from '../store/create.js';
import {activeRollback, versionNumbers} from '../store/read.js';
import {hostId} from '../store/owner.js';
import {noteTerraform, openStaging, stagingId, type Intent, type Staging} from '../store/staging.js';
import {parseArguments, redact, withEnvironment, type Arguments} from '../terraform/arguments.js';
import {isInsideStore} from '../terraform/project.js';
import type {StateBytes} from '../terraform/state-file.js';
import {stateFile, stateSource, type FileSource, type StateSource} from '../terraform/state-source.js';
import type {Invocation} from './classify.js';

const NO_FLAGS = parseArguments([]);

export type Interception = Extract<Invocation, {kind: 'intercept'}>;

/** A state as it was read, and when (ms since the epoch) the reading had ended; 0 when terraform was started after it. */
export interface Reading {
  readonly bytes: StateBytes;
  readonly at: number;
}

/** A command whose state is watched: what was known before terraform started. */
export interface Begun {
  readonly place: Place;
  readonly intent: Intent;
  /** The command's words behind its name, those of `TF_CLI_ARGS` included. */
  readonly words: readonly string[];
  /** Undefined until there is a store to stage in. */
  readonly staging: Staging | undefined;
  /** Where terraform writes its state. */
  readonly source: StateSource;
  /** What terraform starts from, and what stood where it writes; not the same under `-state-out`. Never rejects. */
  readonly before: Promise<Reading>;
  readonly written: Promise<Reading>;
  /** Wait no longer for these two. */
  readonly hurry: () => void;
  /** Wait no longer for the state after either. */
  readonly giveUp: () => void;
  readonly newestBefore: number;
  /** Of `apply PLANFILE`; absolute. */
  readonly planFile: string | undefined;
}

/** How long (s) terraform waits at the most for a pull that has to come before it. */
const PATIENCE = 10;

/** What a command means for the store, known before terraform starts. */
export type Beginning =
  /** Nothing to watch: no such folder, or a folder inside a store. */
  | {readonly kind: 'nothing'}
  | {readonly kind: 'init'; readonly place: Place}
  /** The workspace that goes, and its state where it may hold something. */
  | {readonly kind: 'workspace-delete'; readonly place: Place; readonly before: StateBytes}
  | {readonly kind: 'watch'; readonly begun: Begun};

/**
 * Everything that must be known before terraform starts: where it works, and what its state is now. A handful of small
 * files is read and one written; the heavy work waits until terraform runs.
 *
 * State in a backend is pulled while terraform starts, for a command that has to plan first; before it for one that could
 * write at once, and for the first that is seen.
 */
export async function begin(context: Context, command: Interception, report: Report): Promise<Beginning> {
  const {env} = context;
  const words = await withEnvironment(command.args, command.subcommand, env);
  const flags = parseArguments(words);
  const place = placeOf(context, command.chdir, flags);
  if (place === undefined || isInsideStore(place.root, place.layout.store)) return {kind: 'nothing'};
  if (command.operation === 'init') return {kind: 'init', place};
  if (command.operation === 'workspace-delete') return beginDelete(context, place, flags);
  const {layout, backend} = place;

  const isReadable = (await attempt(() => finishLeftovers(context, place, report, true))) ?? true;
  if (command.operation === 'apply') {
    const rollback = activeRollback(layout);
    if (rollback !== '') report({type: 'second-deployment', version: rollback});
  }
  // First: a version that another command keeps from now on is one that this one is counted against.
  const newestBefore = versionNumbers(layout)[0] ?? 0;
  const [argument] = flags.rest;
  const planFile =
    command.operation === 'apply' && argument !== undefined ? resolve(place.root, argument) : undefined;
  const mayBeMissing = mayCreateWorkspace(context, place, newestBefore);
  const limit = new AbortController();
  const source = stateSource(context, place, {mayBeMissing, cancel: limit.signal});
  const startedAt = context.now().toISOString();
  const common = {
    owner: {host: hostId(), pid: context.pid, since: startedAt},
    operation: command.operation,
    argv: redact(context.argv),
    targeted: flags.names.has('target') || flags.names.has('exclude'),
    startedAt,
    errored: erroredStatKey(place.root),
  };

  let intent: Intent;
  let before: Promise<Reading>;
  let written: Promise<Reading>;
  let wanted = hasConfiguration(place.root);
  const patience = new AbortController();
  const hurry = () => {
    patience.abort();
  };
  if (backend.kind === 'local') {
    const read = readNow(stateFile(place.root, backend.statePath));
    const there =
      backend.stateOutPath === backend.statePath
        ? read
        : readNow(stateFile(place.root, backend.stateOutPath));
    await attempt(() => {
      suspectState(layout, stateFile(place.root, backend.statePath), read.bytes, report);
    });
    wanted ||= read.bytes.kind === 'some';
    intent = {
      ...common,
      backend: 'local',
      statePath: backend.stateOutPath,
      before: there.bytes.kind === 'some' ? there.bytes.sha256 : null,
    };
    [before, written] = [Promise.resolve(read), Promise.resolve(there)];
  } else {
    // Where no version tells of the state before, a pull that sees what terraform has already written tells nothing.
    const waits = !plansFirst(command, planFile) || newestBefore === 0;
    const asked = {mayBeMissing, cancel: patience.signal, ...(waits ? {seconds: PATIENCE} : {})};
    // A backend that has just failed to answer is not waited for again.
    before = written =
      waits && !isReadable
        ? Promise.resolve({bytes: {kind: 'unreadable', reason: 'no answer'}, at: 0})
        : pulled(context, stateSource(context, place, asked), waits);
    if (waits) await before;
    intent = {...common, backend: backend.type, statePath: ''};
  }
  // A folder without configuration and state gets no store: somebody ran terraform in the wrong place. A store that
  // cannot be written is said when there is something to keep.
  const staging = wanted
    ? await attempt(() => {
        createStore(layout);
        return openStaging(layout, stagingId(context.now(), context.pid), intent);
      })
    : undefined;
  const begun = {
    place,
    intent,
    words,
    staging,
    source,
    before,
    written,
    hurry,
    giveUp: () => {
      hurry();
      limit.abort();
    },
    newestBefore,
    planFile,
  };
  return {kind: 'watch', begun};
}

/** Note which process terraform is, so that the command is not taken for dead when its shim is killed. */
export function noteStarted(context: Context, {staging, intent}: Begun, pid: number): void {
  try {
    if (staging !== undefined)
      noteTerraform(staging, intent, {host: hostId(), pid, since: context.now().toISOString()});
  } catch {
    // The store is full or gone: told when there is something to keep.
  }
}

/** Only with `-force` terraform deletes a workspace whose state holds something; without, there is nothing to save. */
async function beginDelete(context: Context, here: Place, flags: Arguments): Promise<Beginning> {
  const [name = ''] = flags.rest;
  const env = {...context.env, TF_WORKSPACE: name};
  const place = name === '' ? undefined : placeOf({...context, env, cwd: here.root}, undefined, NO_FLAGS);
  if (place === undefined) return {kind: 'nothing'};
  const source = stateSource(context, place, {workspace: name, mayBeMissing: true, seconds: PATIENCE});
  return {
    kind: 'workspace-delete',
    place,
    before: flags.names.has('force') ? await source.read() : {kind: 'none'},
  };
}

/**
 * Most backends make a workspace that does not exist when it is first asked for, and lock it while they do: a pull beside
 * terraform could then stand in its way. `terraform workspace new` makes it before it is selected; `TF_WORKSPACE` may not.
 */
function mayCreateWorkspace({env}: Context, {workspace}: Place, newestBefore: number): boolean {
  return workspace !== 'default' && env.TF_WORKSPACE === workspace && newestBefore === 0;
}

/** Whether terraform must read its state and plan before it can write one. */
function plansFirst({operation}: Interception, planFile: string | undefined): boolean {
  return (operation === 'apply' && planFile === undefined) || ['destroy', 'refresh'].includes(operation);
}

function readNow(source: FileSource): Reading {
  return {bytes: source.read(), at: 0};
}

async function pulled(context: Context, source: StateSource, isAwaited: boolean): Promise<Reading> {
  const bytes = await source.read();
  return {bytes, at: isAwaited ? 0 : context.now().getTime()};
}

/** What fails before terraform starts must not keep it from starting. */
async function attempt<T>(action: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch {
    return undefined;
  }
}
