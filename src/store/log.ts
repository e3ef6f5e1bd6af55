import {renameSync, statSync} from 'node:fs';
import {FILE_MODE} from './disk.js';
import type {Layout} from './layout.js';

/** When the log has grown to this size (bytes) it is set aside as `cloudtm.log.1`, which the next one replaces. */
const LIMIT = 1 << 20;

/** Write a record for developers, not for users, to `cloudtm.log`; failing to write it is no failure. */
export async function log(
  layout: Layout,
  level: 'info' | 'error',
  message: string,
  record: object,
): Promise<void> {
  try {
    const {default: pino} = await import('pino');
    const size = statSync(layout.log, {throwIfNoEntry: false})?.size ?? 0;
    if (size > LIMIT) renameSync(layout.log, `${layout.log}.1`);
    const destination = pino.destination({dest: layout.log, sync: true, mode: FILE_MODE, mkdir: false});
    pino({base: null, timestamp: pino.stdTimeFunctions.isoTime}, destination)[level](record, message);
    destination.flushSync();
    destination.end();
  } catch {
    // That the store cannot be written is reported where it matters.
  }
}
