import type {Output} from '../context.js';
import type {Report, RunEvent} from '../events/run.js';
import {describeProblem} from './problems.js';
import type {Words} from './rollback.js';
import {count, countWords, resources, stateAt, systemWords} from './format.js';

/**
 * Report on stderr what became of a run of terraform: one short line for what was kept, a warning for what could not be.
 * Programs read that line, too (Terragrunt looks for errors worth another try, CDKTF for prompts): it asks nothing and
 * mentions no network.
 *
 * @param quiet `CLOUDTM_QUIET=1` silences the closing line, never a warning.
 */
export function reportRun(stderr: Output, quiet: boolean, tm: string): Report {
  let progressShown = false;
  return (event) => {
    if (event.type === 'progress' || event.type === 'progress-done') {
      if (!stderr.isTTY) return;
      if (progressShown) stderr.write('\r\u001B[K');
      progressShown = event.type === 'progress';
      if (event.type === 'progress') stderr.write(progressText(event.done, event.total));
      return;
    }
    const isNews = event.type in NEWS || (event.type === 'backend-changed' && event.found === 'same');
    // The table has for each type what takes an event of that type, which the compiler cannot follow.
    const words = WORDS[event.type] as (event: Line, tm: string) => string;
    if (!isNews || !quiet) stderr.write(`cloudtm: ${isNews ? '' : 'warning: '}${words(event, tm)}\n`);
  };
}

type Line = Exclude<RunEvent, {type: 'progress' | 'progress-done'}>;
type Of<Type extends Line['type']> = Extract<Line, {type: Type}>;

/** What may be silenced; everything else is a warning. */
const NEWS = {
  kept: ({version, counts, outcome, unlike}) =>
    `kept ${version} (${countWords(counts)})` +
    (outcome === 'succeeded' ? '' : `, marked ${outcome}`) +
    (unlike === undefined ? '' : `, of another state than ${unlike} (new lineage)`),
  'baseline-kept': ({version, resources: held}) =>
    `kept ${version}, the state as it was before (${resources(held)})`,
  'workspace-deleted': ({workspace, versions, path}) =>
    `the history of workspace ${workspace} stays (${count(versions, 'version')}): ${path}`,
  recovered: ({version, counts, operation}) =>
    `kept ${version} (${countWords(counts)}), recovered from an interrupted ${operation}`,
  'all-destroyed': ({version, counts}) =>
    `nothing is deployed any more (${countWords(counts)})${version === '' ? '' : `, ${version} is now inactive`}`,
  'store-created': ({path}) => `versions of this project will be kept in ${path}`,
  'waiting-for-lock': ({path}) => `waiting for another cloudtm that holds ${path}`,
} satisfies Partial<Words<Line>>;

const WORDS: Words<Line> = {
  ...NEWS,
  'kept-without-state': ({name, operation, reason, version, log}, tm) =>
    `the state in ${name} could not be read after the ${operation} (${reason}). ` +
    `Kept ${version} without it; ${tm} snapshot keeps the state once it can be read again. Details: ${log}`,
  'state-errored': ({path, version}) =>
    `terraform could not write its state and left it in ${path}; ${version} has it. ` +
    'When the state can be written again, run terraform state push errored.tfstate, then remove that file.',
  'state-suspect': ({name, suspicion, good}) => {
    const words = {
      gone: 'is empty or missing, but resources were deployed with it',
      damaged: `is damaged (${suspicion.kind === 'damaged' ? suspicion.reason : ''})`,
      foreign: 'is not the state last deployed from here (its lineage differs)',
    };
    return `${stateAt(name)} ${words[suspicion.kind]}.${lastKept(good)}`;
  },
  'backend-changed': ({name, version, found}) => {
    const at = stateAt(name);
    const holds = name.startsWith('/') ? `${at} now holds the state` : `the state is now in ${name}`;
    const words = {
      same: `${holds}; its history continues after ${version}`,
      another: `${at} is not that of ${version} (its lineage differs): its history does not continue there`,
      none: `there is no state in ${name} yet, but resources were deployed with that of ${version}. terraform init -migrate-state moves it there`,
      unreadable: `${at} could not be read, so it is unknown whether the history continues after ${version}`,
    };
    return words[found];
  },
  'second-deployment': ({version}, tm) =>
    `a rollback to ${version} is active, and this apply creates a second deployment beside it. ` +
    `${tm} rollback -del destroys that of the rollback.`,
  'files-in-hand': ({pid, path}) =>
    `another cloudtm (process ${pid}) is replacing files in ${path}; terraform sees its files now`,
  'files-recovered': ({path, edited}) =>
    `a command that was replacing the files in ${path} was interrupted; they have been put back` +
    (edited.length === 0 ? '' : `; edited in the meantime: ${edited.join(', ')}`),
  'files-unrecovered': ({path, code}) =>
    'a command that was replacing files of this project was interrupted, and they cannot be put back: ' +
    `${path} (${systemWords(code)}). Fix this; the next command will retry`,
  'not-kept': ({operation, cause: why}, tm) =>
    `the ${operation} finished, but its version could not be kept: ${cause(why, tm)}`,
  'state-damaged': ({path, reason, kept, good}) =>
    `${stateAt(path)} is damaged (${reason}); kept as it is in ${kept}.${lastKept(good)}`,
  'state-gone': ({path, good}) => `${stateAt(path)} is empty or missing.${lastKept(good)}`,
  'state-unreadable': ({path, reason}) =>
    `${stateAt(path)} cannot be read (${systemWords(reason)}), so nothing was kept`,
};

function lastKept(good: {version: string; path: string} | undefined): string {
  return good === undefined ? '' : ` The last good state is in ${good.version}: ${good.path}`;
}

function cause(problem: Of<'not-kept'>['cause'], tm: string): string {
  const retry = ' Fix this; the next change will then be kept.';
  if (problem.kind !== 'failure')
    return `${describeProblem(problem, tm)}${problem.kind === 'store-unwritable' ? retry : ''}`;
  return `${systemWords(problem.code)}${problem.path === undefined ? '' : ` at ${problem.path}`}.${retry}`;
}

function progressText(done: number, total: number): string {
  if (total === 0) return 'cloudtm: keeping a version …';
  const number = (value: number) => value.toLocaleString('en-US');
  return `cloudtm: keeping a version … ${number(done)} of ${number(total)} files`;
}
