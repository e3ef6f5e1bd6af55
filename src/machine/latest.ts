import type {CatalogEntry} from './catalog.js';
import {MachineError} from './problems.js';

/**
 * The newest disk snapshot of a machine that exists. One without a log counts if its name is one cloudtm gives: a pipeline
 * has no logs of what another one did. Machines of the same name in other workspaces are others.
 *
 * @param entries Newest first.
 * @throws MachineError `no-disk-snapshot-of-machine`.
 */
export function latestOf(entries: readonly CatalogEntry[], machine: string, workspace: string): CatalogEntry {
  const found = entries.find(
    (entry) =>
      ['present', 'not logged'].includes(entry.presence) &&
      isOfMachine(entry, machine) &&
      (entry.logs.length === 0 || entry.logs.some((log) => log.workspace === workspace)),
  );
  if (found !== undefined) return found;
  const names = entries
    .flatMap(({logs}) => logs)
    .map((log) => `${log.machine.name}${log.workspace === workspace ? '' : ` (workspace ${log.workspace})`}`);
  const known = [...new Set(names)];
  throw new MachineError({kind: 'no-disk-snapshot-of-machine', machine, workspace, known});
}

/** Whether an entry is of the machine of this name: as its log says, or else as its own name does. */
export function isOfMachine({logs, name, machine: {name: logged}}: CatalogEntry, machine: string): boolean {
  if (logs.length > 0) return logged === machine;
  const prefix = `${machine}-snapshot-`;
  return name.startsWith(prefix) && /^\d{8}-\d{6}$/.test(name.slice(prefix.length));
}
