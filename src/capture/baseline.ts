import {INPUTS_FILE, INPUTS_FOLDER} from '../store/layout.js';
import {NOTHING} from '../state/compare.js';
import {parsedOrEmpty} from '../state/state.js';
import {closeStaging, copyStaging, stagingId} from '../store/staging.js';
import type {StateBytes} from '../terraform/state-file.js';
import {keepStateIf} from './keep-state.js';
import {NOTES, type Making} from './making.js';

/**
 * Keep the state as it was before the first command that is seen in a project which has a state and no versions, so that
 * nothing that existed before cloudtm can be lost. Nothing is kept of an empty state, or when another command was faster.
 *
 * @param making The command's own version.
 * @param before The state before the command.
 */
export async function keepBaseline(making: Making, before: StateBytes): Promise<void> {
  const parsed = parsedOrEmpty(before);
  if (before.kind !== 'some' || parsed.isEmpty) return;
  const {context, place, report} = making;
  const own = await making.staged();
  // The inputs are those of the command that runs now.
  const entries = own.copied.entries.filter(
    ({path}) => path !== INPUTS_FILE && !path.startsWith(`${INPUTS_FOLDER}/`),
  );
  const id = stagingId(context.now(), context.pid);
  const staging = copyStaging(place.layout, own.staging, id, making.intent, entries);
  const staged = {...own, staging, copied: {...own.copied, entries, fresh: []}};
  const intent = {...making.intent, operation: 'baseline', argv: [], targeted: false};
  const kept = await keepStateIf(
    (newest) => newest === 0,
    {...making, intent, staged: () => Promise.resolve(staged)},
    {after: before, parsed, comparison: NOTHING, outcome: 'succeeded', note: NOTES.baseline},
  );
  closeStaging(staging);
  if (kept) report({type: 'baseline-kept', version: kept.name, resources: parsed.instances.size});
}
