import {outcomeOf} from '../capture/decide.js';
import {noteStarted} from '../capture/making.js';
import type {Ended} from '../capture/observe.js';
import type {Context} from '../context.js';
import {codeOf, UserError} from '../errors.js';
import type {Report, RunEvent} from '../events/run.js';
import type {Exit} from '../terraform/exit.js';
import {requireTerraform} from '../terraform/locate.js';
import {runTerraform, type RunRequest} from '../terraform/run.js';
import {begin, type Beginning, type Begun, type Interception} from './begin.js';

/**
 * Run terraform as it would run without us, and keep what it changed: begin, run, observe, keep.
 *
 * Whatever fails on our side becomes one warning; terraform is started in any case, and its exit is returned as it was.
 *
 * @throws UserError `terraform-not-found`, `terraform-not-startable`: there is nothing to run.
 */
export async function intercept(context: Context, command: Interception, report: Report): Promise<Exit> {
  const real = requireTerraform(context);
  const beginning = await begin(context, command, report).catch((): Beginning => ({kind: 'nothing'}));
  const begun = beginning.kind === 'watch' ? beginning.begun : undefined;

  let after: Ended['after'] = {kind: 'none'};
  let at = 0;
  const run = runTerraform({
    ...requestOf(context, real),
    onExit: (exit) => {
      // At once: the next command may already be waiting for terraform's lock.
      if (begun !== undefined) after = readAfter(begun, exit);
      at = context.now().getTime();
    },
  });
  if (begun?.staging !== undefined && run.pid !== undefined) noteStarted(begun, begun.staging, run.pid);
  // Loaded only now: terraform works meanwhile.
  const watching = begun && (await import('./watch.js')).watch(begun);
  const exit = await run.exited;
  if ('failure' in exit) await watching?.drop();
  refuseFailure(exit, real.path);
  try {
    if (begun && watching) {
      const finished = watching.finish(
        {after, at, outcome: outcomeOf(exit, context.signals().received)},
        report,
      );
      await Promise.race([finished, context.crashed]).finally(letCtrlCStop(begun, at));
    }
    if ('code' in exit && exit.code === 0) await conclude(context, beginning, report);
  } catch (error) {
    await explain(error, command.operation, beginning, report);
  }
  return exit;
}

/** A Ctrl-C that comes this long (ms) after terraform's end is meant for us, and not for terraform. */
const CLEARLY_LATER = 1_000;

/**
 * Let Ctrl-C end the wait for a backend: the version is then kept without its state. A hang-up does
 * not count: what runs terraform on a terminal of its own closes that as soon as terraform has ended.
 */
function letCtrlCStop({context, source, stopReading}: Begun, endedAt: number): () => void {
  if (!source.isRemote) return () => undefined;
  const target = {
    kill: (signal: NodeJS.Signals) => {
      if (signal === 'SIGINT' && context.now().getTime() - endedAt > CLEARLY_LATER) stopReading();
    },
  };
  return context.signals().relay(target, {signalScope: () => Promise.resolve('alone')});
}

/** How long (ms) a terraform that failed leaves us for the state from before: it has read that state itself long ago. */
const REST = 2_000;

/** Where terraform failed and its backend did not answer us before either, it is not waited for a second time. */
function readAfter({source, before, stopEarlyRead}: Begun, exit: Exit): Ended['after'] {
  if (!source.isRemote || ('code' in exit && exit.code === 0)) return source.read();
  const limit = setTimeout(stopEarlyRead, REST);
  return before.then(({bytes}) => {
    clearTimeout(limit);
    return bytes.kind === 'unreadable' ? bytes : source.read();
  });
}

/** Run a command that cannot change state as it is: only where no launcher could do it without Node. */
export async function passThrough(context: Context): Promise<Exit> {
  const real = requireTerraform(context);
  const exit = await runTerraform(requestOf(context, real)).exited;
  refuseFailure(exit, real.path);
  return exit;
}

function requestOf(context: Context, {path: program, env}: ReturnType<typeof requireTerraform>): RunRequest {
  const {argv, launch} = context;
  return {program, argv, env, launch, signals: context.signals()};
}

function refuseFailure(exit: Exit, path: string): void {
  if ('failure' in exit) throw new UserError({kind: 'terraform-not-startable', path, code: exit.failure});
}

/** What is left to do and to say after a command that succeeded and is not watched. */
async function conclude(context: Context, beginning: Beginning, report: Report): Promise<void> {
  if (beginning.kind === 'init') {
    const {afterInit} = await import('./after-init.js');
    await afterInit(context, beginning.place, report);
  } else if (beginning.kind === 'workspace-delete') {
    const {afterDelete} = await import('./workspace-delete.js');
    await afterDelete(context, beginning, report);
  }
}

async function explain(
  error: unknown,
  operation: string,
  beginning: Beginning,
  report: Report,
): Promise<void> {
  // Nothing is lost when init could not prepare the store: the first apply tries again, and says so.
  if (beginning.kind === 'init') return;
  const place = beginning.kind === 'watch' ? beginning.begun.place : undefined;
  const cause = causeOf(error, place?.layout.store ?? '.cloudtm');
  report({type: 'not-kept', operation, cause});
  if (place === undefined) return;
  const {log} = await import('../store/log.js');
  await log(place.layout, 'error', 'not kept', {err: error, operation});
}

/** What the store's disk says; everything else is reported as it comes. */
const DISK = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO']);

function causeOf(error: unknown, store: string): Extract<RunEvent, {type: 'not-kept'}>['cause'] {
  if (error instanceof UserError) return error.problem;
  const code = codeOf(error);
  if (DISK.has(code)) return {kind: 'store-unwritable', path: store, code, needed: 'to keep a version'};
  const {path} = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return {kind: 'failure', code, path};
}
