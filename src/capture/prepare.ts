import {askPlannedValues, stageInputs} from '../inputs/stage.js';
import {askGit} from '../project/git.js';
import {flush} from '../store/keep.js';
import type {Staging} from '../store/staging.js';
import type {Purpose, Staged} from './making.js';
import {stageConfiguration, type Progress} from './stage.js';

/** What a version is staged from, besides the project. */
interface Given {
  /** The words behind the command's name, those of `TF_CLI_ARGS` included. */
  readonly words?: readonly string[];
  /** Of `apply PLANFILE`; absolute. */
  readonly planFile?: string | undefined;
  /** For a command that evaluates nothing: the version whose inputs it takes over, instead of the newest one. */
  readonly inputsOf?: number | undefined;
  readonly progress: Progress;
}

/** A version whose parts are being made ready. */
export interface Preparation {
  /** Rejects when the disk refuses. */
  readonly staged: () => Promise<Staged>;
  /** Stop what is still going on. Never rejects. */
  readonly drop: () => Promise<void>;
}

/** Start to stage the configuration and what the command was given, and to ask git. */
export function startStaging(
  {context, place, intent}: Purpose,
  staging: Staging,
  {words = [], planFile, inputsOf, progress}: Given,
): Preparation {
  let isCancelled = false;
  const cancelled = () => isCancelled;
  const git = askGit(place.root, context.env);
  const stage = async () => {
    const planned = askPlannedValues(context, place, planFile);
    const configuration = await stageConfiguration(place, staging, {planFile, progress, cancelled});
    const given = {operation: intent.operation, words, inputsOf, cancelled};
    const copied = await stageInputs(context, place, staging, configuration, given, planned);
    // Now and not at the end, so that a long apply hides it.
    await flush(copied.fresh, staging.version);
    return {...copied, fresh: []};
  };
  const copied = stage();
  const settled = copied.then(
    () => undefined,
    () => undefined,
  );
  return {
    staged: async () => ({staging, copied: await copied, git: await git.answer()}),
    drop: async () => {
      isCancelled = true;
      git.drop();
      await settled;
    },
  };
}
