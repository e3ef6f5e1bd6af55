import type {MachineFacts, Meta} from '../store/version.js';
import type {LoggedDiskSnapshot} from './disk-snapshot-log.js';
import {LOGS, readLogs} from './machine-context.js';

/** A version, for finding the disk snapshots that belong to it. */
export type WithMeta = Readonly<{meta: Pick<Meta, 'machines' | 'timestamp'>}>;

type Logs = readonly LoggedDiskSnapshot[];

/** The logs of all machines that versions know, newest first and one for each disk snapshot. */
export function logsOfVersions(root: string, versions: readonly WithMeta[]): Logs {
  const machines = versions.flatMap(machinesOf);
  if (machines.length === 0) return [];
  const {logs} = readLogs(root, [LOGS, ...machines.flatMap((machine) => machine.logs ?? [])]);
  const byId = new Map(logs.toReversed().map((log) => [JSON.stringify([log.provider, log.image.id]), log]));
  return [...byId.values()].toReversed();
}

/** The disk snapshots of the machines in a version's state, newest first. */
export function diskSnapshotsOfVersion(version: WithMeta, logs: Logs): Logs {
  const machines = machinesOf(version);
  return logs.filter(({provider, machine}) =>
    machines.some((each) => each.provider === provider && each.id === machine.id),
  );
}

/**
 * The disk snapshot to boot from, for each machine of a version: the last one started while the version was the newest (so
 * that the disk is as old as the configuration), or else the first one after that, or else the last one before it.
 *
 * @param next When the version after it was made; undefined for the newest.
 */
export function diskSnapshotsToBoot(version: WithMeta, next: string | undefined, logs: Logs): Logs {
  const from = Date.parse(version.meta.timestamp);
  const to = next === undefined ? Infinity : Date.parse(next);
  const started = (log: LoggedDiskSnapshot) => Date.parse(log.started) || Date.parse(log.completed);
  const all = diskSnapshotsOfVersion(version, logs);
  const keyOf = ({provider, machine}: LoggedDiskSnapshot) => `${provider} ${machine.id}`;
  return [...new Set(all.map(keyOf))].flatMap((key) => {
    const own = all.filter((log) => keyOf(log) === key);
    const during = own.find((log) => started(log) >= from && started(log) < to);
    return during ?? own.findLast((log) => started(log) >= to) ?? own[0] ?? [];
  });
}

/** The machines in a version's state. */
export function machinesOf({meta}: WithMeta): readonly MachineFacts[] {
  return meta.machines ?? [];
}
