import type {LoggedImage} from '../image-log.js';
import type {Patience} from './deadline.js';
import type {Pending} from './pending.js';
import type {Action, Image, ImageProvider, Machine} from '../provider.js';

/** One machine of which an image is taken, by the only process that does. */
export interface SnapshotJob {
  readonly provider: ImageProvider;
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
  readonly log: (image: Image, action: Action, how?: {readonly late: true}) => Promise<LoggedImage>;
}
