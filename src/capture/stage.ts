import {askPlannedValues, stageInputs, type Given} from '../inputs/stage.js';
import {notConfiguration} from '../project/config-files.js';
import {askGit} from '../project/git.js';
import type {Place} from '../project/place.js';
import {overlayPlan, readPlan} from '../project/plan.js';
import {findSources} from '../project/sources.js';
import {copyFiles, type Copied, type Previous} from '../store/copy.js';
import {flush} from '../store/keep.js';
import {readManifest} from '../store/manifest.js';
import {versionNumbers} from '../store/read.js';
import {noteStaged, type Staging} from '../store/staging.js';
import type {Making, Purpose} from './making.js';

/** How far staging is; `total` is 0 until the files are counted. */
export interface Progress {
  done: number;
  total: number;
}

/** What staging may be given besides. */
interface StageOptions {
  /** Of `apply PLANFILE`: a plan carries its own configuration. Absolute. */
  readonly planFile?: string | undefined;
  /** Kept up to date for whoever shows it. */
  readonly progress?: Progress;
  /** Makes staging reject: its result is not wanted any more. */
  readonly signal?: AbortSignal;
}

/**
 * Start to stage the configuration and what the command was given, and to ask git.
 *
 * @returns `staged` as in `Making`. `drop` stops what is still going on, and never rejects.
 */
export function startStaging(
  {context, place, intent: {operation}}: Purpose,
  staging: Staging,
  {words = [], inputsOf, ...options}: Partial<Pick<Given, 'words' | 'inputsOf'>> & StageOptions,
): Pick<Making, 'staged'> & {readonly drop: () => Promise<void>} {
  const abort = new AbortController();
  const {signal} = abort;
  const git = askGit(place.root, context.env);
  const stage = async () => {
    const planned = askPlannedValues(context, place, options.planFile);
    const configuration = await stageConfiguration(place, staging, {...options, signal});
    const given = {operation, words, inputsOf, cancelled: () => signal.aborted};
    const copied = await stageInputs(context, place, staging, configuration, given, planned);
    // Now and not at the end, so that a long apply hides it.
    await flush(copied.fresh, staging.version);
    return {...copied, fresh: []};
  };
  const copied = stage();
  const settled = copied.catch(() => undefined);
  return {
    staged: async () => ({staging, copied: await copied, git: await git.answer()}),
    drop: async () => {
      abort.abort();
      git.drop();
      await settled;
    },
  };
}

/**
 * Stage the files of the root module and of the local modules that lie outside of it: what terraform reads as it starts,
 * whatever an editor saves while it runs.
 *
 * From a folder without configuration nothing is taken: `terraform state rm` may be run from anywhere.
 */
export async function stageConfiguration(
  place: Place,
  staging: Staging,
  {planFile, progress, signal}: StageOptions = {},
): Promise<Copied> {
  // Read first: whoever starts terraform may remove the plan as soon as it ends.
  const planned = planFile === undefined ? undefined : await readPlan(planFile);
  const cancelled = () => signal?.aborted === true;
  const {outside, sources, skipped} = await findSources(place, planned?.modules, cancelled);
  const showDone = (done: number) => {
    signal?.throwIfAborted();
    if (progress) Object.assign(progress, {done, total: sources.length});
  };
  showDone(0);
  const previous = previousVersion(place);
  const copied = await copyFiles(sources, staging.version, previous, notConfiguration, showDone);
  copied.skipped.push(...skipped);
  const overlaid =
    planned === undefined ? {...copied, differs: false} : overlayPlan(planned, outside, staging, copied);
  const staged = {...overlaid, rootPath: outside.rootPath};
  noteStaged(staging, staged);
  return staged;
}

function previousVersion({layout}: Place): Previous | undefined {
  const [newest = 0] = versionNumbers(layout);
  const manifest = readManifest(layout, newest);
  if (manifest === undefined) return undefined;
  const files = manifest.entries.filter((entry) => 'sha256' in entry);
  return {folder: layout.version(newest), entries: new Map(files.map((entry) => [entry.path, entry]))};
}

/** Progress is shown when keeping takes longer than this (ms), and this often. */
const PATIENCE = 1_000;
const REFRESH = 100;

/**
 * Show how far staging is while `body` runs.
 *
 * @param body Is given what reports an event with the progress out of its way.
 */
export async function withProgress<T>(
  progress: Progress,
  report: Making['report'],
  body: (report: Making['report']) => Promise<T>,
): Promise<T> {
  const started = Date.now();
  let shown = false;
  const timer = setInterval(() => {
    if (Date.now() - started < PATIENCE) return;
    shown = true;
    report({type: 'progress', ...progress});
  }, REFRESH);
  const hide = () => {
    if (shown) report({type: 'progress-done'});
    shown = false;
  };
  try {
    return await body((event) => {
      hide();
      report(event);
    });
  } finally {
    clearInterval(timer);
    hide();
  }
}
