import type {MachineFacts, Meta} from '../store/version.js';
import {LOGS, readLogs, type Folders} from './machine-context.js';
import type {LoggedDiskSnapshot} from './disk-snapshot-log.js';

/** A version as far as it tells which images belong to it. */
export interface WithMeta {
  readonly meta: Meta;
}

/**
 * The logs of the images of all machines that versions know, newest first and one for each image; nothing is read where
 * they know none.
 */
export function logsOfVersions(desk: Folders, versions: readonly WithMeta[]): readonly LoggedDiskSnapshot[] {
  const machines = versions.flatMap(machinesOf);
  if (machines.length === 0) return [];
  const {logs} = readLogs(desk, [LOGS, ...machines.flatMap((machine) => machine.logs ?? [])]);
  const byImage = new Map(
    logs.toReversed().map((log) => [JSON.stringify([log.provider, log.image.id]), log]),
  );
  return [...byImage.values()].toReversed();
}

/** The images of the machines a version's state has, newest first. */
export function diskSnapshotsOfVersion(
  version: WithMeta,
  logs: readonly LoggedDiskSnapshot[],
): readonly LoggedDiskSnapshot[] {
  const machines = machinesOf(version);
  return logs.filter(({provider, machine}) =>
    machines.some((each) => each.provider === provider && each.id === machine.id),
  );
}

/**
 * The image to boot from, for each machine of a version: the last one that was begun while the version was the newest, or
 * else the first one after it; so that the disk is as old as the configuration. One from before the version is taken
 * where there is nothing else.
 *
 * @param next When the version after it was made; undefined for the newest.
 */
export function diskSnapshotsToBoot(
  version: WithMeta,
  next: string | undefined,
  logs: readonly LoggedDiskSnapshot[],
): readonly LoggedDiskSnapshot[] {
  const from = Date.parse(version.meta.timestamp);
  const to = next === undefined ? Infinity : Date.parse(next);
  const byMachine = new Map<string, LoggedDiskSnapshot[]>();
  for (const log of diskSnapshotsOfVersion(version, logs)) {
    const key = `${log.provider} ${log.machine.id}`;
    byMachine.set(key, [...(byMachine.get(key) ?? []), log]);
  }
  const begun = ({started, completed}: LoggedDiskSnapshot) => Date.parse(started) || Date.parse(completed);
  return [...byMachine.values()].flatMap((images) => {
    const during = images.find((image) => begun(image) >= from && begun(image) < to);
    const after = images.findLast((image) => begun(image) >= to);
    return during ?? after ?? images[0] ?? [];
  });
}

/** The machines a version's state has. */
export function machinesOf({meta}: WithMeta): readonly MachineFacts[] {
  return meta.machines ?? [];
}
