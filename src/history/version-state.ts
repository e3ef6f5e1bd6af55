import {join} from 'node:path';
import {CONFIGS, STATE_FILE, type Layout} from '../store/layout.js';
import {readStateFile, type StateBytes} from '../terraform/state-file.js';

/** Where the state of a version is. */
export function versionStateFile(layout: Layout, number: number): string {
  return join(layout.version(number), CONFIGS, STATE_FILE);
}

/** The state that a version holds, as it was kept. */
export function versionState(layout: Layout, number: number): StateBytes {
  return readStateFile(versionStateFile(layout, number));
}
