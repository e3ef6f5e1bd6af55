import {resolve} from 'node:path';
import {placeOf, type Place} from '../capture/place.js';
import {recover} from '../capture/recover.js';
import {hasConfiguration} from '../capture/stage.js';
import type {Context} from '../context.js';
import type {Report} from '../report/events.js';
import {createStore} from '../store/create.js';
import {versionNumbers} from '../store/read.js';
import {hostId} from '../store/owner.js';
import {noteTerraform, openStaging, stagingId, type Intent, type Staging} from '../store/staging.js';
import {parseArguments, redact, withEnvironment} from '../terraform/arguments.js';
import {isInsideStore} from '../terraform/project.js';
import {readStateFile, type StateBytes} from '../terraform/state-file.js';
import type {Invocation} from './classify.js';

export type Interception = Extract<Invocation, {kind: 'intercept'}>;

/** A command whose state is watched: what was known before terraform started. */
export interface Begun {
  readonly place: Place;
  readonly intent: Intent;
  /** Undefined until there is a store to stage in. */
  readonly staging: Staging | undefined;
  /** Where terraform reads its state, and where it writes it. */
  readonly statePath: string;
  readonly stateOutPath: string;
  readonly before: StateBytes;
  readonly written: StateBytes;
  readonly newestBefore: number;
  /** Of `apply PLANFILE`; absolute. */
  readonly planFile: string | undefined;
}

/** What a command means for the store, known before terraform starts. */
export type Beginning =
  /** Nothing to watch: no such folder, or a folder inside a store. */
  | {readonly kind: 'nothing'}
  | {readonly kind: 'prepare'; readonly place: Place}
  | {readonly kind: 'not-versioned'; readonly backend: string}
  | {readonly kind: 'watch'; readonly begun: Begun};

/**
 * Everything that must be known before terraform starts: where it works, and what its state is now. A handful of small
 * files is read and one written; the heavy work waits until terraform runs.
 */
export async function begin(context: Context, command: Interception, report: Report): Promise<Beginning> {
  const {env} = context;
  const words = await withEnvironment(command.args, command.subcommand, env);
  const flags = parseArguments(words);
  const place = placeOf(context, command.chdir, flags);
  if (place === undefined || isInsideStore(place.root, place.layout.store)) return {kind: 'nothing'};
  const {layout, backend} = place;
  if (command.operation === 'init') return {kind: 'prepare', place};
  if (command.operation === 'workspace-delete') return {kind: 'nothing'};
  if (backend.kind === 'remote') return {kind: 'not-versioned', backend: backend.type};

  await attempt(() => recover(context, place, report));
  const {statePath, stateOutPath} = backend;
  // First: a version that another command keeps from now on is one that this one is counted against.
  const newestBefore = versionNumbers(layout)[0] ?? 0;
  const before = readStateFile(statePath);
  const written = stateOutPath === statePath ? before : readStateFile(stateOutPath);
  const startedAt = context.now().toISOString();
  const intent: Intent = {
    owner: {host: hostId(), pid: context.pid, since: startedAt},
    operation: command.operation,
    argv: redact(context.argv),
    targeted: flags.names.has('target') || flags.names.has('exclude'),
    startedAt,
    backend: 'local',
    statePath: stateOutPath,
    before: written.kind === 'some' ? written.sha256 : null,
  };
  // A folder without configuration and state gets no store: somebody ran terraform in the wrong place. A store that
  // cannot be written is said when there is something to keep.
  const wanted = before.kind === 'some' || hasConfiguration(place.root);
  const staging = wanted
    ? await attempt(() => {
        createStore(layout);
        return openStaging(layout, stagingId(context.now(), context.pid), intent);
      })
    : undefined;
  const [argument] = flags.rest;
  const planFile =
    command.operation === 'apply' && argument !== undefined ? resolve(place.root, argument) : undefined;
  return {
    kind: 'watch',
    begun: {place, intent, staging, statePath, stateOutPath, before, written, newestBefore, planFile},
  };
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

/** What fails before terraform starts must not keep it from starting. */
async function attempt<T>(action: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch {
    return undefined;
  }
}
