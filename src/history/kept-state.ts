import {join} from 'node:path';
import {CONFIGS, STATE_FILE, type Layout} from '../store/layout.js';
import {readHistory} from '../store/read.js';
import {readStateFile, type StateBytes} from '../terraform/state-file.js';
import {lineageOf} from '../state/state.js';

/** The last state that was kept of the lineage `like` has; undefined when there is none. */
export function keptState(layout: Layout, like: StateBytes): StateBytes | undefined {
  const lineage = like.kind === 'some' ? lineageOf(like.bytes) : undefined;
  if (lineage === undefined) return undefined;
  const version = readHistory(layout).versions.find(({meta}) => meta.state?.lineage === lineage);
  if (version === undefined) return undefined;
  const kept = readStateFile(join(layout.version(version.number), CONFIGS, STATE_FILE));
  return kept.kind === 'some' ? kept : undefined;
}
