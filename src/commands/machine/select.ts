import {nearest, type Call} from '../../cli/command.js';
import {makeCatalog, type CatalogEntry} from '../../machine/catalog.js';
import {LOGS, openMachineContext, readLogs} from '../../machine/machine-context.js';
import {machinesOf} from '../../machine/of-version.js';
import {MachineError} from '../../machine/problems.js';
import {isProvider, providerProblem} from '../../machine/providers.js';
import {allPending} from '../../machine/take/pending.js';
import {damagedText, unaskedText} from '../../machine/words/catalog.js';
import {requirePlace} from '../../project/place.js';
import {readHistory} from '../../store/read.js';
import {commandFolder} from '../../terraform/project.js';

export const LOG_FLAG = {
  dir: {value: 'DIR', summary: 'the folder of the logs, relative to the root module; snapshots by default'},
};
export const LIST_FLAGS = {
  provider: {value: 'PROVIDER', summary: 'only those of this provider: digitalocean, aws or command'},
  ...LOG_FLAG,
};
export const MACHINE_FLAG = {machine: {value: 'NAME', summary: 'only those of this machine'}};

/** The root module a command works in. @throws MachineError `settings-unusable`. */
export function openMachines({context, chdir}: Pick<Call, 'context' | 'chdir'>) {
  return openMachineContext(context, commandFolder(context.cwd, chdir));
}

/**
 * Read the logs and ask their providers: those of `-provider`, of the logs, or DigitalOcean if there are none. What
 * cannot be read or asked is a warning.
 *
 * @param strict Fail if one of these providers cannot be asked.
 * @returns All disk snapshots, newest first; who was asked; and those that were requested and have no log yet.
 * @throws MachineError `provider-unknown`, `settings-unusable`, and why a provider could not be asked.
 */
export async function openCatalog(
  call: Call,
  strict: (entries: readonly CatalogEntry[]) => boolean = () => false,
) {
  const {context, tm, value, values} = call;
  const machines = openMachines(call);
  const directories = values('dir').length > 0 ? values('dir') : [LOGS, ...(await foldersOfVersions(call))];
  const only = value('provider');
  const {logs, damaged} = readLogs(machines.root, directories);
  const known = logs.filter(({provider}) => isProvider(provider) && [undefined, provider].includes(only));
  const foreign = logs.filter(({provider}) => !isProvider(provider));
  const named = only === undefined ? [...new Set(known.map(({provider}) => provider))] : [only];
  const names = named.length === 0 ? ['digitalocean'] : named;
  const providers = await Promise.all(names.map((name) => machines.provider(name)));
  const {entries, unasked} = await makeCatalog(known, providers, machines.rate);
  const [first] = unasked;
  if (first !== undefined && strict(entries))
    throw providerProblem(first.failure, first.provider, machines.system);
  // A user without logs and without doctl does not use DigitalOcean.
  const surprising = unasked.filter(({failure}) => named.length > 0 || failure.reason !== 'program-missing');
  context.stderr.write(unaskedText(surprising, tm) + damagedText(damaged, foreign));
  const folders = new Set(directories.map(machines.folder));
  return {entries, providers, pending: [...folders].flatMap(allPending)};
}

/** The folders of logs that the selected workspace's versions name; none if they cannot be read. */
async function foldersOfVersions({context, chdir}: Call): Promise<string[]> {
  try {
    const {layout} = await requirePlace(context, chdir);
    const machines = readHistory(layout).versions.flatMap(machinesOf);
    return machines.flatMap(({logs}) => logs ?? []);
  } catch {
    return [];
  }
}

/**
 * The disk snapshot the user means, by id or name.
 *
 * @throws MachineError `disk-snapshot-not-found`, `disk-snapshot-ambiguous`.
 */
export function chooseDiskSnapshot(entries: readonly CatalogEntry[], name: string): CatalogEntry {
  const byId = entries.filter(({id}) => id === name);
  const found = byId.length > 0 ? byId : entries.filter((entry) => entry.name === name);
  const [first, ...others] = found;
  const names = entries.map((entry) => entry.name);
  const near = nearest(name, names);
  if (first === undefined) throw new MachineError({kind: 'disk-snapshot-not-found', name, near});
  if (others.length > 0)
    throw new MachineError({kind: 'disk-snapshot-ambiguous', name, ids: found.map(({id}) => id)});
  return first;
}
