import type {Output} from '../context.js';
import {unreachable} from '../errors.js';
import type {Counts} from '../store/version.js';
import type {Report, RunEvent} from '../events/run.js';
import {describeProblem} from './problems.js';
import {count, resources, stateAt, systemWords} from './format.js';

/**
 * Tell what became of a run of terraform, on stderr only: one short plain line for what was kept, and a warning for what
 * could not be.
 *
 * The closing line is read by more than people (Terragrunt matches stderr against its patterns for errors worth another
 * try, CDKTF looks for prompts): it asks nothing and speaks of no network.
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
    const said = describe(event, tm);
    if (said.warning || !quiet) stderr.write(`cloudtm: ${said.warning ? 'warning: ' : ''}${said.text}\n`);
  };
}

type Told = Exclude<RunEvent, {type: 'progress' | 'progress-done'}>;

function describe(event: Told, tm: string): {text: string; warning: boolean} {
  switch (event.type) {
    case 'kept': {
      const ended = event.outcome === 'succeeded' ? '' : `, marked ${event.outcome}`;
      const unlike =
        event.unlike === undefined ? '' : `, of another state than ${event.unlike} (new lineage)`;
      return {text: `kept ${event.version} (${countWords(event.counts)})${ended}${unlike}`, warning: false};
    }
    case 'baseline-kept':
      return {
        text: `kept ${event.version}, the state as it was before (${resources(event.resources)})`,
        warning: false,
      };
    case 'kept-without-state':
      return {
        text:
          `the state in ${event.name} could not be read after the ${event.operation} (${event.reason}). ` +
          `Kept ${event.version} without it; ${tm} snapshot keeps the state once it can be read again. Details: ${event.log}`,
        warning: true,
      };
    case 'state-errored':
      return {
        text:
          `terraform could not write its state and left it in ${event.path}; ${event.version} has it. ` +
          'When the state can be written again, run terraform state push errored.tfstate, then remove that file.',
        warning: true,
      };
    case 'state-suspect':
      return {text: `${suspicion(event)}${lastKept(event.good)}`, warning: true};
    case 'backend-changed':
      return {text: backendWords(event), warning: event.found !== 'same'};
    case 'workspace-deleted':
      return {
        text: `the history of workspace ${event.workspace} stays (${count(event.versions, 'version')}): ${event.path}`,
        warning: false,
      };
    case 'recovered':
      return {
        text: `kept ${event.version} (${countWords(event.counts)}), recovered from an interrupted ${event.operation}`,
        warning: false,
      };
    case 'all-destroyed': {
      const current = event.version === '' ? '' : `, ${event.version} is now inactive`;
      return {text: `nothing is deployed any more (${countWords(event.counts)})${current}`, warning: false};
    }
    case 'store-created':
      return {text: `versions of this project will be kept in ${event.path}`, warning: false};
    case 'second-deployment':
      return {
        text:
          `a rollback to ${event.version} is active, and this apply makes a second deployment beside it. ` +
          `${tm} rollback --del destroys the one of the rollback.`,
        warning: true,
      };
    case 'files-in-hand':
      return {
        text: `another cloudtm (process ${event.pid}) is replacing files in ${event.path}; what runs now sees those`,
        warning: true,
      };
    case 'files-mended':
      return {
        text: `a command that was replacing the files in ${event.path} was cut off; they are put back as they were${event.edited.length === 0 ? '' : `; what was edited meanwhile: ${event.edited.join(', ')}`}`,
        warning: true,
      };
    case 'files-unmended':
      return {
        text:
          'a command that was replacing files of this project was cut off, and they cannot be put back: ' +
          `${event.path} (${systemWords(event.code)}). Mend that; the next command tries it again`,
        warning: true,
      };
    case 'waiting-for-lock':
      return {text: `waiting for another cloudtm that holds ${event.path}`, warning: false};
    case 'not-kept':
      return {
        text: `the ${event.operation} went through, but no version of it was kept: ${cause(event.cause, tm)}`,
        warning: true,
      };
    case 'state-damaged':
      return {
        text:
          `${stateAt(event.path)} is damaged (${event.reason}); kept as it is in ${event.kept}.` +
          lastKept(event.good),
        warning: true,
      };
    case 'state-gone':
      return {
        text: `${stateAt(event.path)} is empty or gone.${lastKept(event.good)}`,
        warning: true,
      };
    case 'state-unreadable':
      return {
        text: `${stateAt(event.path)} cannot be read (${systemWords(event.reason)}), so nothing was kept`,
        warning: true,
      };
    default:
      return unreachable(event);
  }
}

function suspicion({name, suspicion: wrong}: Extract<RunEvent, {type: 'state-suspect'}>): string {
  switch (wrong.kind) {
    case 'gone':
      return `${stateAt(name)} is empty or gone, but resources were deployed with it.`;
    case 'damaged':
      return `${stateAt(name)} is damaged (${wrong.reason}).`;
    case 'foreign':
      return `${stateAt(name)} is another one than the one that was deployed from here (another lineage).`;
    default:
      return unreachable(wrong);
  }
}

function lastKept(good: {version: string; path: string} | undefined): string {
  return good === undefined ? '' : ` The last good state is in ${good.version}: ${good.path}`;
}

function backendWords({name, version, found}: Extract<RunEvent, {type: 'backend-changed'}>): string {
  switch (found) {
    case 'same':
      return name.startsWith('/')
        ? `${stateAt(name)} is the one of this history now, which goes on after ${version}`
        : `the state is in ${name} now; its history goes on after ${version}`;
    case 'another':
      return `${stateAt(name)} is another one than that of ${version} (another lineage): its history does not go on there`;
    case 'none':
      return `there is no state in ${name} yet, but resources were deployed with that of ${version}. terraform init -migrate-state takes it along`;
    case 'unreadable':
      return `${stateAt(name)} could not be read, so nobody knows whether the history goes on after ${version}`;
    default:
      return unreachable(found);
  }
}

function cause(problem: Extract<RunEvent, {type: 'not-kept'}>['cause'], tm: string): string {
  if (problem.kind === 'failure') {
    const where = problem.path === undefined ? '' : ` at ${problem.path}`;
    return `${systemWords(problem.code)}${where}. Mend that; the next change will then be kept.`;
  }
  const text = describeProblem(problem, {tm});
  return problem.kind === 'store-unwritable' ? `${text} Mend that; the next change will then be kept.` : text;
}

function countWords(counts: Counts): string {
  return `${counts.added} added, ${counts.changed} changed, ${counts.destroyed} destroyed`;
}

function progressText(done: number, total: number): string {
  if (total === 0) return 'cloudtm: keeping a version …';
  const number = (value: number) => value.toLocaleString('en-US');
  return `cloudtm: keeping a version … ${number(done)} of ${number(total)} files`;
}
