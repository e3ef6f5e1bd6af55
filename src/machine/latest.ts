import {MachineError} from './problems.js';
import type {CatalogEntry} from './catalog.js';

/**
 * The newest image of a machine that is there. One without a log counts where its name is one cloudtm gives: a pipeline
 * has no logs of what another one did. Machines of the same name in other workspaces are others.
 *
 * @param images Newest first.
 * @throws MachineError `no-disk-snapshot-of-machine`.
 */
export function latestOf(images: readonly CatalogEntry[], machine: string, workspace: string): CatalogEntry {
  const found = images.find(
    (image) =>
      ['present', 'not logged'].includes(image.presence) &&
      isOfMachine(image, machine) &&
      (image.logs.length === 0 || image.logs.some((log) => log.workspace === workspace)),
  );
  if (found !== undefined) return found;
  const known = new Set(
    images
      .flatMap(({logs}) => logs)
      .map(
        (log) => `${log.machine.name}${log.workspace === workspace ? '' : ` (workspace ${log.workspace})`}`,
      ),
  );
  throw new MachineError({kind: 'no-disk-snapshot-of-machine', machine, workspace, known: [...known]});
}

/** Whether an image is of the machine of this name: as its log says, or else as its own name does. */
export function isOfMachine({logs, name, machine: {name: logged}}: CatalogEntry, machine: string): boolean {
  return logs.length > 0 ? logged === machine : isNamedAfter(name, machine);
}

/** `{machine}-snapshot-{YYYYMMDD-HHMMSS}` */
function isNamedAfter(image: string, machine: string): boolean {
  const prefix = `${machine}-snapshot-`;
  return image.startsWith(prefix) && /^\d{8}-\d{6}$/.test(image.slice(prefix.length));
}
