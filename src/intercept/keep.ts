import {keepBaseline} from '../capture/baseline.js';
import {NOTHING} from '../state/compare.js';
import {decide, parsedOrEmpty, type Verdict} from '../capture/decide.js';
import {ERRORED_NOTE, erroredPath, leftBehind} from '../capture/errored.js';
import type {Gathered} from '../capture/facts.js';
import {keepState, type Draft, type Prepared} from '../capture/making.js';
import {keptState} from '../history/version-state.js';
import {suspectState} from '../capture/suspect.js';
import type {Context} from '../context.js';
import type {Report} from '../events/run.js';
import {createStore} from '../store/create.js';
import {markInactive} from '../store/keep.js';
import type {WaitNotice} from '../store/lock.js';
import {log} from '../store/log.js';
import {readManifest} from '../store/manifest.js';
import {currentState, type CurrentState} from '../store/read.js';
import type {Outcome} from '../store/version.js';
import {isSameState, type StateBytes} from '../terraform/state-file.js';
import type {Begun, Reading} from './begin.js';

/** How a command ended. */
export interface Ended {
  /** Read when terraform had ended. */
  readonly after: StateBytes;
  /** When it ended, in ms since the epoch. */
  readonly at: number;
  readonly outcome: Outcome;
}

/**
 * Terraform gives its lock back and prints its outputs after it has written its state for the last time; a pull that ends
 * no sooner than this (ms) before terraform may have seen that state already.
 */
const LAST_STEPS = 250;

/**
 * Decide what a command did to the state, and keep it if it did something.
 *
 * @param prepare Asked only when a version is to be made.
 */
export async function keep(
  context: Context,
  begun: Begun,
  ended: Ended,
  prepare: () => Promise<Prepared>,
  report: Report,
): Promise<void> {
  const {place, source, intent} = begun;
  const {layout} = place;
  const notice: WaitNotice = (path) => {
    report({type: 'waiting-for-lock', path});
  };
  const [readBefore, readWritten] = await Promise.all([begun.before, begun.written]);
  const errored = leftBehind(place.root, intent.errored);
  const after = errored ?? ended.after;
  const before = startedFrom(begun, readBefore, after, ended.at);
  const written = begun.written === begun.before ? before : startedFrom(begun, readWritten, after, ended.at);
  if (source.isRemote) suspectState(layout, source, readBefore.bytes, report);

  const gathered = (note: string): Draft['gathered'] => ({
    ...intent,
    outcome: ended.outcome,
    workspace: place.workspace,
    env: context.env,
    startedAt: new Date(intent.startedAt),
    endedAt: new Date(ended.at),
    now: context.now(),
    note,
  });
  const common = {layout, source: source.id, newestBefore: begun.newestBefore};
  const verdict = decide({before, written, after}, intent.operation);
  // A command that was refused endangers nothing; terraform's own words are all that is to be said then.
  if (begun.newestBefore === 0 && (verdict.kind !== 'unchanged' || ended.outcome === 'succeeded')) {
    const request = {context, layout, source: source.id, intent, before: readBefore.bytes, prepare, notice};
    const baseline = await keepBaseline(request, gathered(''));
    if (baseline !== undefined) report({type: 'baseline-kept', ...baseline});
  }

  switch (verdict.kind) {
    case 'unchanged':
      return;
    case 'gone':
      report({type: 'state-gone', path: source.name, good: currentState(layout)});
      return;
    case 'unreadable': {
      if (!source.isRemote) {
        report({type: 'state-unreadable', path: source.name, reason: verdict.reason});
        return;
      }
      await log(layout, 'error', 'state not pulled', {
        reason: verdict.reason,
        details: unnamed(verdict.details),
      });
      // Terraform could not reach the state either, and has said so.
      if (ended.outcome !== 'succeeded' && readBefore.bytes.kind === 'unreadable') return;
      const kept = await keepState(
        {
          ...common,
          ...(await prepare()),
          ...NOT_AVAILABLE,
          gathered: gathered(`state: not available (${verdict.reason})`),
        },
        notice,
      );
      report({
        type: 'kept-without-state',
        version: kept.name,
        operation: intent.operation,
        name: source.name,
        reason: verdict.reason,
        log: layout.log,
      });
      return;
    }
    case 'destroyed':
      if (errored !== undefined) break;
      createStore(layout);
      report({
        type: 'all-destroyed',
        version: await markInactive(layout, {source: source.id, lineage: verdict.after.lineage}, notice),
        counts: verdict.comparison.counts,
      });
      return;
    case 'changed':
    case 'damaged':
      break;
  }
  if (after.kind !== 'some') return;
  const earlier = currentState(layout);
  const prepared = await prepare();
  const note = noteOn(verdict, errored !== undefined, prepared.copied.differs);
  const kept = await keepState(
    {...common, ...prepared, after, ...stateOf(verdict), gathered: gathered(note)},
    notice,
  );
  if (verdict.kind === 'damaged') {
    const {reason} = verdict;
    report({type: 'state-damaged', path: source.name, reason, kept: kept.name, good: earlier});
    return;
  }
  const isAnother = earlier?.lineage !== undefined && earlier.lineage !== verdict.after.lineage;
  const unlike = isAnother && isExpectedToGoOn(begun, earlier) ? earlier.version : undefined;
  report({type: 'kept', version: kept.name, counts: kept.counts, outcome: ended.outcome, unlike});
  if (errored !== undefined)
    report({type: 'state-errored', version: kept.name, path: erroredPath(place.root)});
}

const NOT_AVAILABLE = {after: undefined, parsed: undefined, comparison: NOTHING};

/**
 * The state terraform started from. Where it could not be read, or may have been read too late, the version that holds the
 * last state of this lineage tells; without one it is a state that nobody knows of, and kept as a new one.
 */
function startedFrom({place}: Begun, read: Reading, after: StateBytes, endedAt: number): StateBytes {
  const isLate = read.at > endedAt - LAST_STEPS && isSameState(read.bytes, after);
  if (read.bytes.kind !== 'unreadable' && !isLate) return read.bytes;
  const {layout} = place;
  // A full destroy makes no version: the last one still has what is gone.
  if (currentState(layout)?.status === false && read.bytes.kind !== 'unreadable')
    return parsedOrEmpty(after).instances.size === 0 ? read.bytes : {kind: 'none'};
  return keptState(layout, after) ?? {kind: 'none'};
}

/** Under `-state` every file has a state of its own. */
function isExpectedToGoOn({place, source}: Begun, {number}: CurrentState): boolean {
  return source.isRemote || readManifest(place.layout, number)?.source === source.id;
}

type Kept = Extract<Verdict, {kind: 'changed' | 'damaged' | 'destroyed'}>;

function stateOf(verdict: Kept): Pick<Gathered, 'comparison'> & Pick<Draft, 'parsed'> {
  if (verdict.kind === 'damaged') return {parsed: undefined, comparison: NOTHING};
  return {parsed: verdict.after, comparison: verdict.comparison};
}

function noteOn(verdict: Kept, isErrored: boolean, differs: boolean): string {
  const notes = [
    verdict.kind === 'damaged' ? `the state is damaged: ${verdict.reason}` : '',
    isErrored ? ERRORED_NOTE : '',
    differs ? "the configuration is the plan's; the folder differed" : '',
  ];
  return notes.filter((note) => note !== '').join('; ');
}

/** What terraform said, without the colours, and without what may be a credential in an address. */
function unnamed(details = ''): string {
  return (
    details
      // eslint-disable-next-line no-control-regex -- terraform's colours
      .replace(/\u001b\[[0-9;]*m/g, '')
      .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s"']*/gi, '$1(redacted)')
  );
}
