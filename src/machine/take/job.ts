import type {LoggedDiskSnapshot} from '../disk-snapshot-log.js';
import type {Patience} from './deadline.js';
import type {Pending} from './pending.js';
import type {Action, DiskSnapshot, MachineProvider, Machine} from '../provider.js';

/** One machine of which an image is taken, by the only process that does. */
export interface SnapshotJob {
  readonly provider: MachineProvider;
  readonly machine: Machine;
  /** Where logs lie; absolute. */
  readonly folder: string;
  readonly patience: Patience;
  readonly now: () => Date;
  /** Put on disk what is pending, before anything is done that it must outlive. */
  readonly note: (pending: Pending) => void;
  /** Nothing is pending any more. */
  readonly forget: () => void;
  /** Write the log of an image that is there. */
  readonly log: (
    image: DiskSnapshot,
    action: Action,
    how?: {readonly late: true},
  ) => Promise<LoggedDiskSnapshot>;
}
