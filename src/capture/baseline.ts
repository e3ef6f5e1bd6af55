import type {Context} from '../context.js';
import {INPUTS_FILE, INPUTS_FOLDER} from '../store/inputs.js';
import type {Layout} from '../store/layout.js';
import type {WaitNotice} from '../store/lock.js';
import {copyStaging, stagingId, type Intent} from '../store/staging.js';
import type {StateBytes} from '../terraform/state-file.js';
import {NOTHING} from '../state/compare.js';
import {parsedOrEmpty} from './decide.js';
import {keepFirst, type Draft, type Prepared} from './making.js';

const NOTE = 'as it was before cloudtm; the configuration is the one found with it';

interface Request {
  readonly context: Context;
  readonly layout: Layout;
  readonly source: string;
  readonly intent: Intent;
  /** The state before the command. */
  readonly before: StateBytes;
  readonly prepare: () => Promise<Prepared>;
  readonly notice: WaitNotice;
}

/**
 * Keep the state as it was before the first command that is seen in a project which has a state and no versions, so that
 * nothing that existed before cloudtm can be lost.
 *
 * @returns undefined when there was nothing worth keeping, or another command has kept something meanwhile.
 */
export async function keepBaseline(
  {context, layout, source, intent, before, prepare, notice}: Request,
  gathered: Draft['gathered'],
): Promise<{version: string; resources: number} | undefined> {
  const parsed = parsedOrEmpty(before);
  if (before.kind !== 'some' || parsed.isEmpty) return undefined;
  const {staging, copied, git} = await prepare();
  // The inputs are those of the command that runs now.
  const entries = copied.entries.filter(
    ({path}) => path !== INPUTS_FILE && !path.startsWith(`${INPUTS_FOLDER}/`),
  );
  const id = stagingId(context.now(), context.pid);
  const draft: Draft = {
    layout,
    source,
    staging: copyStaging(layout, staging, id, intent, entries),
    copied: {...copied, entries, fresh: []},
    git,
    after: before,
    parsed,
    comparison: NOTHING,
    newestBefore: 0,
    gathered: {
      ...gathered,
      operation: 'baseline',
      outcome: 'succeeded',
      argv: [],
      targeted: false,
      note: NOTE,
    },
  };
  const kept = await keepFirst(draft, notice);
  return kept && {version: kept.name, resources: parsed.instances.size};
}
