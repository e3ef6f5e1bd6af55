import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import type {Place} from '../project/place.js';
import type {Copied} from '../store/copy.js';
import {createStore} from '../store/create.js';
import {ownerOf} from '../store/lease.js';
import type {WaitNotice} from '../store/lock.js';
import {noteTerraform, openStaging, stagingId, type Intent, type Staging} from '../store/staging.js';
import type {Facts} from '../store/version.js';
import {redact} from '../terraform/arguments.js';
import {erroredStatKey} from '../terraform/state-file.js';
import type {StateSource} from '../terraform/state-source.js';

/** What a version is made for: known before anything of it is on disk. */
export interface Purpose {
  readonly context: Context;
  readonly place: Place;
  /** Where its state is. */
  readonly source: StateSource;
  readonly intent: Intent;
  /** The newest version when the state before was read; 0 before the first. */
  readonly newestBefore: number;
}

/** What is ready of a version when its state is known. */
export interface Staged {
  readonly staging: Staging;
  readonly copied: Copied;
  readonly git: Facts['git'];
  /** What a reader of the version should know of its configuration. */
  readonly note?: string;
}

/** A version being made: opened, staged, and then kept (`keepState`) or abandoned (`closeStaging`). */
export interface Making extends Purpose {
  readonly report: Report;
  /** What was staged, or is being staged; rejects when the disk refuses. Asked only when a version is wanted. */
  readonly staged: () => Promise<Staged>;
}

/** How long (s) a backend may take where terraform, or a command of the user, waits for its answer. */
export const PATIENCE = 10;

/**
 * What cloudtm writes into the `note` of a version by itself. The notes are data of the store: once written they stay,
 * whatever later messages say.
 */
export const NOTES = {
  baseline: 'as it was before cloudtm; the configuration is the one found with it',
  errored: 'the state is that of errored.tfstate',
  planned: 'the configuration is the one in the plan; the folder had another',
  found: 'the configuration is the one found when the version was recovered',
  gone: 'the state from before the command, because the state itself was gone',
  damaged: (reason: string) => `the state is damaged: ${reason}`,
  unavailable: (reason: string) => `state: not available (${reason})`,
};

/** What this process is about to do in a project. */
export function intentOf(
  {argv, now, pid}: Context,
  {backend, root}: Place,
  operation: string,
  more: Partial<Pick<Intent, 'targeted' | 'before'>> = {},
): Intent {
  const startedAt = now();
  const isLocal = backend.kind === 'local';
  return {
    owner: ownerOf(pid, startedAt),
    operation,
    argv: redact(argv),
    targeted: false,
    startedAt: startedAt.toISOString(),
    backend: isLocal ? 'local' : backend.type,
    statePath: isLocal ? backend.stateOutPath : '',
    errored: erroredStatKey(root),
    ...more,
  };
}

/**
 * Put the intent on disk, in a staging folder of its own: a process that is killed from now on leaves what `recover` needs.
 *
 * @throws UserError `store-unwritable`.
 */
export function openVersion({
  context,
  place,
  intent,
}: Pick<Purpose, 'context' | 'place' | 'intent'>): Staging {
  createStore(place.layout);
  return openStaging(place.layout, stagingId(context.now(), context.pid), intent);
}

/** Note which process terraform is, so that the command is not taken for dead when its shim is killed. */
export function noteStarted(
  {context, intent}: Pick<Purpose, 'context' | 'intent'>,
  staging: Staging,
  pid: number,
): void {
  try {
    noteTerraform(staging, intent, ownerOf(pid, context.now()));
  } catch {
    // The store is full or gone: reported when there is something to keep.
  }
}

/** Report that another command is waited for. */
export function lockNotice(report: Report): WaitNotice {
  return (path) => {
    report({type: 'waiting-for-lock', path});
  };
}
