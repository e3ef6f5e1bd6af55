import type {PidLockOwner} from '../../store/pid-lock.js';
import type {Facts} from '../../store/version.js';
import type {Patience} from './deadline.js';
import type {MachineProvider, Machine, System} from '../provider.js';

/** What is to be taken. */
export interface SnapshotRequest {
  readonly machineId: string;
  /** What the user calls the machine; empty: as the provider does. */
  readonly machineName: string;
  /** Empty for a name made of the machine's and the time. */
  readonly snapshotName: string;
  /** Where logs lie; absolute. */
  readonly folder: string;
  /** How long it may take, in minutes. */
  readonly minutes: number;
  readonly reboot: boolean;
  /** Whether terraform is about to destroy the machine. */
  readonly before: boolean;
}

/** Who takes it, and what is noted of that. */
export interface Taker extends Pick<Patience, 'pause' | 'say'> {
  readonly provider: MachineProvider;
  readonly system: System;
  readonly holder: PidLockOwner;
  /** In US dollars a GB and month; undefined where none is known. */
  readonly rate: number | undefined;
  readonly workspace: string;
  readonly cloudtmVersion: string;
  readonly git: () => Promise<Facts['git']>;
}

/** What the machine is called in names and logs. */
export function nameOf({machineName}: SnapshotRequest, {name, id}: Machine): string {
  return machineName || name || id;
}
