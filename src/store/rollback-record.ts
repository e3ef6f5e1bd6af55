import {isAbsolute, normalize, sep} from 'node:path';
import {readJson, writeJson} from './disk.js';
import type {Layout} from './layout.js';

/** `rollback.json`: what an isolated rollback brought back, and where. */
export interface RollbackRecord {
  /** `v2`; empty while no rollback is active. */
  readonly rollback: string;
  /** The root module's copy, from `rollback/` on; empty when it is that folder itself. */
  readonly folder: string;
  /** Whether it uses the version's own backend (`-same-backend`) instead of a state in its folder. */
  readonly sameBackend: boolean;
}

const NONE: RollbackRecord = {rollback: '', folder: '', sameBackend: false};

/** What is recorded; nothing where the file is missing or damaged, which `readHistory` tells. */
export function readRollbackRecord(layout: Layout): RollbackRecord {
  const read = readJson(layout.rollback);
  const record = read.kind === 'read' ? (read.value as Partial<RollbackRecord> | null) : undefined;
  if (typeof record?.rollback !== 'string') return NONE;
  const folder = typeof record.folder === 'string' && isInside(record.folder) ? record.folder : '';
  return {rollback: record.rollback, folder, sameBackend: record.sameBackend === true};
}

/** @throws the system's error; the record is then as it was. */
export function writeRollbackRecord(layout: Layout, {rollback, folder, sameBackend}: RollbackRecord): void {
  // As the original tool wrote it, where there is nothing more to say.
  writeJson(layout.rollback, {
    rollback,
    ...(folder === '' ? {} : {folder}),
    ...(sameBackend ? {sameBackend} : {}),
  });
}

export const NO_ROLLBACK = NONE;

function isInside(path: string): boolean {
  return !isAbsolute(path) && normalize(path).split(sep)[0] !== '..';
}
