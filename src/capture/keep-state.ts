import {chmodSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Copied} from '../store/copy.js';
import {FILE_MODE, STORED_MODE} from '../store/disk.js';
import {flush, keepVersion} from '../store/keep.js';
import {CONFIGS, FORMAT, STATE_FILE, type Layout} from '../store/layout.js';
import type {WaitNotice} from '../store/lock.js';
import {readManifest} from '../store/read.js';
import {closeStaging, type Staging} from '../store/staging.js';
import type {Counts, Entry} from '../store/version.js';
import {readStateFile, type StateBytes} from '../terraform/state-file.js';
import {compareStates, type Comparison} from './compare.js';
import {parsedOrEmpty} from './decide.js';
import {makeFacts, type Gathered} from './facts.js';
import type {State} from './state.js';

/** A version that is ready but for its state and its number. */
export interface Draft {
  readonly layout: Layout;
  readonly staging: Staging;
  readonly copied: Copied;
  readonly statePath: string;
  readonly after: Extract<StateBytes, {kind: 'some'}>;
  /** Undefined when the bytes are no state. */
  readonly parsed: State | undefined;
  readonly comparison: Comparison;
  /** The newest version when the state before was read. */
  readonly newestBefore: number;
  readonly gathered: Omit<Gathered, 'state' | 'comparison'>;
}

/**
 * Add the state to what is staged and make it the next version.
 *
 * Commands that ran at the same time are each counted against the one that was kept before them, so that the counts of
 * all versions add up.
 */
export async function keepState(draft: Draft, notice: WaitNotice): Promise<{name: string; counts: Counts}> {
  const {layout, staging, after, parsed} = draft;
  const path = `${CONFIGS}/${STATE_FILE}`;
  const file = join(staging.version, path);
  rmSync(file, {force: true}); // Left by a command that was killed at this very place.
  writeFileSync(file, after.bytes, {mode: FILE_MODE, flag: 'wx'});
  chmodSync(file, STORED_MODE);
  const entry: Entry = {path, size: after.bytes.length, mode: '0600', sha256: after.sha256};
  await flush([...draft.copied.fresh, file], staging.version);

  let comparison = draft.comparison;
  const number = await keepVersion(
    layout,
    staging,
    (newest) => {
      const isSame =
        newest > draft.newestBefore && readManifest(layout, newest)?.statePath === draft.statePath;
      if (isSame && parsed !== undefined) {
        const kept = parsedOrEmpty(readStateFile(join(layout.version(newest), path)));
        if (kept.lineage === parsed.lineage) comparison = compareStates(kept, parsed);
      }
      const state = parsed && {parsed, sha256: after.sha256};
      return {
        format: FORMAT,
        id: staging.id,
        statePath: draft.statePath,
        rootPath: draft.copied.rootPath,
        entries: [...draft.copied.entries.filter((copied) => copied.path !== path), entry],
        skipped: draft.copied.skipped,
        facts: makeFacts({...draft.gathered, state, comparison}),
      };
    },
    notice,
  );
  closeStaging(staging);
  return {name: `v${number}`, counts: comparison.counts};
}
