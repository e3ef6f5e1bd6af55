import {outcomeOf} from '../capture/decide.js';
import type {Context} from '../context.js';
import {codeOf, UserError} from '../errors.js';
import type {Report, RunEvent} from '../events/run.js';
import type {Exit} from '../terraform/exit.js';
import {requireTerraform} from '../terraform/locate.js';
import {runTerraform} from '../terraform/run.js';
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

  const signals = context.signals();
  let after: StateAfter = {kind: 'none'};
  let endedAt = 0;
  const run = runTerraform({
    program: real.path,
    argv: context.argv,
    env: real.env,
    launch: context.launch,
    signals,
    onExit: (exit) => {
      // At once: the next command may already be waiting for terraform's lock.
      if (beginning.kind === 'watch') after = readAfter(beginning.begun, exit);
      endedAt = context.now().getTime();
    },
  });
  if (beginning.kind === 'watch' && run.pid !== undefined) beginning.begun.started(run.pid);
  // Loaded only now: terraform works meanwhile.
  const watching =
    beginning.kind === 'watch' ? (await import('./watch.js')).watch(beginning.begun) : undefined;
  const exit = await run.exited;
  if ('failure' in exit) await watching?.drop();
  refuseFailure(exit, real.path);
  try {
    if (watching !== undefined) {
      const ended = {at: endedAt, outcome: outcomeOf(exit, signals.received)};
      const finished = watching.finish(
        Promise.resolve(after).then((bytes) => ({...ended, after: bytes})),
        report,
      );
      const stop = beginning.kind === 'watch' ? letGiveUp(beginning.begun, endedAt) : undefined;
      await Promise.race([finished, context.crashed]).finally(stop);
    }
    if ('code' in exit && exit.code === 0) await conclude(context, command, beginning, report);
  } catch (error) {
    await explain(error, command.operation, beginning, report);
  }
  return exit;
}

/** A file's state is read at once, a backend's takes time. */
type StateAfter = ReturnType<Begun['source']['read']>;

/** A Ctrl-C that comes this long (ms) after terraform's end is meant for us, and not for terraform. */
const CLEARLY_LATER = 1_000;

/**
 * Let Ctrl-C end the wait for a backend: the version is then kept without its state. A
 * hang-up does not count: what runs terraform on a terminal of its own closes that as soon as terraform has ended.
 */
function letGiveUp({context, source, giveUp}: Begun, endedAt: number): () => void {
  if (!source.isRemote) return () => undefined;
  const target = {
    kill: (signal: NodeJS.Signals) => {
      if (signal === 'SIGINT' && context.now().getTime() - endedAt > CLEARLY_LATER) giveUp();
    },
  };
  return context.signals().relay(target, {signalScope: () => Promise.resolve('alone')});
}

/** How long (ms) a terraform that failed leaves us for the state from before: it has read that state itself long ago. */
const REST = 2_000;

/** Where terraform failed and its backend did not answer us before either, it is not waited for a second time. */
function readAfter({source, before, hurry}: Begun, exit: Exit): StateAfter {
  if (!source.isRemote || ('code' in exit && exit.code === 0)) return source.read();
  const limit = setTimeout(hurry, REST);
  return before.then(({bytes}) => {
    clearTimeout(limit);
    return bytes.kind === 'unreadable' ? bytes : source.read();
  });
}

/** Run a command that cannot change state as it is: only where no launcher could do it without Node. */
export async function passThrough(context: Context): Promise<Exit> {
  const real = requireTerraform(context);
  const exit = await runTerraform({
    program: real.path,
    argv: context.argv,
    env: real.env,
    launch: context.launch,
    signals: context.signals(),
  }).exited;
  refuseFailure(exit, real.path);
  return exit;
}

function refuseFailure(exit: Exit, path: string): void {
  if ('failure' in exit) throw new UserError({kind: 'terraform-not-startable', path, code: exit.failure});
}

/** What is left to do and to say after a command that succeeded and is not watched. */
async function conclude(
  context: Context,
  command: Interception,
  beginning: Beginning,
  report: Report,
): Promise<void> {
  if (beginning.kind === 'init') {
    const {afterInit} = await import('./after-init.js');
    await afterInit(context, command.chdir, beginning.place, report);
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
  report(notKept(error, operation, place?.layout.store ?? '.cloudtm'));
  if (place === undefined) return;
  const {log} = await import('../store/log.js');
  await log(place.layout, 'error', 'not kept', {err: error, operation});
}

/** What the store's disk says; everything else is reported as it comes. */
const DISK = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO']);

function notKept(error: unknown, operation: string, store: string): RunEvent {
  if (error instanceof UserError) return {type: 'not-kept', operation, cause: error.problem};
  const code = codeOf(error);
  if (DISK.has(code)) {
    return {
      type: 'not-kept',
      operation,
      cause: {kind: 'store-unwritable', path: store, code, needed: 'to keep a version'},
    };
  }
  const path = error instanceof Error ? (error as NodeJS.ErrnoException).path : undefined;
  return {type: 'not-kept', operation, cause: {kind: 'failure', code, path}};
}
