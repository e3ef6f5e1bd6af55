import {resolve} from 'node:path';
import {intentOf, openVersion, type Purpose, type Staged} from '../capture/making.js';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import {placeOf, type Place} from '../project/place.js';
import {hasConfiguration} from '../project/sources.js';
import {finishLeftovers} from '../rollback/open-history.js';
import {activeRollback, versionNumbers} from '../store/read.js';
import {parseArguments, withEnvironment} from '../terraform/arguments.js';
import {isInsideStore} from '../terraform/project.js';
import type {Invocation} from './classify.js';
import type {Deletion} from './workspace-delete.js';
import {pullState, readFiles, type States} from './states.js';

export type Interception = Extract<Invocation, {kind: 'intercept'}>;

/** A command whose state is watched: what was known before terraform started. */
export interface Begun extends Purpose, States {
  /** The command's words behind its name, those of `TF_CLI_ARGS` included. */
  readonly words: readonly string[];
  /** Undefined until there is a store to stage in. */
  readonly staging: Staged['staging'] | undefined;
  /** Of `apply PLANFILE`; absolute. */
  readonly planFile: string | undefined;
}

/** What a command means for the store, known before terraform starts. */
export type Beginning =
  /** Nothing to watch: no such folder, or a folder inside a store. */
  | {readonly kind: 'nothing'}
  | {readonly kind: 'init'; readonly place: Place}
  | Deletion
  | {readonly kind: 'watch'; readonly begun: Begun};

/**
 * Everything that must be known before terraform starts: where it works, and what its state is now. A handful of small
 * files is read and one written; the heavy work waits until terraform runs.
 *
 * State in a backend is pulled while terraform starts, for a command that has to plan first; before it for one that could
 * write at once, and for the first that is seen.
 */
export async function begin(context: Context, command: Interception, report: Report): Promise<Beginning> {
  const words = await withEnvironment(command.args, command.subcommand, context.env);
  const flags = parseArguments(words);
  const place = placeOf(context, command.chdir, flags);
  if (place === undefined || isInsideStore(place.root, place.layout.store)) return {kind: 'nothing'};
  if (command.operation === 'init') return {kind: 'init', place};
  if (command.operation === 'workspace-delete') {
    const {beginDelete} = await import('./workspace-delete.js');
    return beginDelete(context, place, flags);
  }
  return {kind: 'watch', begun: await beginWatch(context, command.operation, place, words, report)};
}

async function beginWatch(
  context: Context,
  operation: Interception['operation'],
  place: Place,
  words: readonly string[],
  report: Report,
): Promise<Begun> {
  const {layout, backend, root} = place;
  const {names, rest} = parseArguments(words);
  const isAnswering = (await attempt(() => finishLeftovers(context, place, report, true))) ?? true;
  const rollback = operation === 'apply' ? activeRollback(layout) : '';
  if (rollback !== '') report({type: 'second-deployment', version: rollback});
  // First: a version that another command keeps from now on is one that this one is counted against.
  const newestBefore = versionNumbers(layout)[0] ?? 0;
  const [argument] = rest;
  const planFile = operation === 'apply' && argument !== undefined ? resolve(root, argument) : undefined;
  const mayBeMissing = mayCreateWorkspace(context, place, newestBefore);
  const plansFirst = ['apply', 'destroy', 'refresh'].includes(operation) && planFile === undefined;
  const isFirst = !plansFirst || newestBefore === 0;
  const states =
    backend.kind === 'local'
      ? readFiles(place, backend, report)
      : await pullState(context, place, {isFirst, isAnswering, mayBeMissing});
  const intent = intentOf(context, place, operation, {
    targeted: names.has('target') || names.has('exclude'),
    ...(states.hash !== undefined && {before: states.hash}),
  });
  const purpose = {...states, context, place, intent, newestBefore};
  // A folder without configuration and state gets no store: terraform was run in the wrong place. That a store cannot be
  // written is reported when there is something to keep.
  const isWanted = hasConfiguration(root) || states.isThere;
  const staging = isWanted ? await attempt(() => openVersion(purpose)) : undefined;
  return {...purpose, words, staging, planFile};
}

/**
 * Most backends make a workspace that does not exist when it is first asked for, and lock it while they do: a pull beside
 * terraform could then stand in its way. `terraform workspace new` makes it before it is selected; `TF_WORKSPACE` may not.
 */
function mayCreateWorkspace({env}: Context, {workspace}: Place, newestBefore: number): boolean {
  return workspace !== 'default' && env.TF_WORKSPACE === workspace && newestBefore === 0;
}

/** What fails before terraform starts must not keep it from starting. */
async function attempt<T>(action: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch {
    return undefined;
  }
}
