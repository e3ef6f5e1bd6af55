/** The first field of everything cloudtm writes into a folder of logs; see `isDiskSnapshotLog`. */
export const MARK = 'machine-image';
export const FORMAT = 1;
/** Why a version does not keep it. */
export const DISK_SNAPSHOT_LOG = 'image log';

/**
 * Recognize a log, or the note of a pending disk snapshot, by the beginning of its file. They are no configuration, so a
 * version does not keep them and a rollback does not remove them.
 */
export function isDiskSnapshotLog(head: Buffer): string | undefined {
  const isOurs = /^\{\s*"cloudtm":\s*"machine-image/.test(head.toString('latin1', 0, 64));
  return isOurs ? DISK_SNAPSHOT_LOG : undefined;
}
