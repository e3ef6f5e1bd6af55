import type {Call} from '../../cli/command.js';
import {makeCatalog, type Catalog} from '../../machine/catalog.js';
import {LOGS, openMachineContext, readLogs, type MachineContext} from '../../machine/machine-context.js';
import {machinesOf} from '../../machine/of-version.js';
import type {MachineProvider} from '../../machine/provider.js';
import {providerProblem} from '../../machine/provider-problem.js';
import {isProvider} from '../../machine/providers.js';
import {allPending, type Pending} from '../../machine/take/pending.js';
import {damagedText, unaskedText} from '../../machine/words/catalog.js';
import {requirePlace} from '../../project/place.js';
import {readHistory} from '../../store/read.js';
import {commandFolder} from '../../terraform/project.js';

/** All disk snapshots of a project, and the providers that were asked about them. */
export interface OpenCatalog extends Catalog {
  readonly providers: readonly MachineProvider[];
  /** Disk snapshots that were requested and have no log yet. */
  readonly pending: readonly Pending[];
}

/** The root module a command works in. @throws MachineError `settings-unusable`. */
export function openMachines({context, chdir}: Pick<Call, 'context' | 'chdir'>): MachineContext {
  return openMachineContext(context, commandFolder(context.cwd, chdir));
}

/**
 * Read the logs and ask their providers: those of `-provider`, of the logs, or DigitalOcean if there are none. What
 * cannot be read or asked is a warning.
 *
 * @param strict Fail if one of these providers cannot be asked.
 * @throws MachineError `provider-unknown`, `settings-unusable`, and why a provider could not be asked.
 */
export async function openCatalog(
  call: Pick<Call, 'context' | 'chdir' | 'tm' | 'value' | 'values'>,
  strict: (catalog: Catalog) => boolean = () => false,
): Promise<OpenCatalog> {
  const {context, tm, value, values} = call;
  const machines = openMachines(call);
  const directories = values('dir').length > 0 ? values('dir') : [LOGS, ...(await foldersOfVersions(call))];
  const only = value('provider');
  const {logs, damaged} = readLogs(machines, directories);
  const known = logs.filter(({provider}) => isProvider(provider) && [undefined, provider].includes(only));
  const foreign = logs.filter(({provider}) => !isProvider(provider));
  const named = only === undefined ? [...new Set(known.map(({provider}) => provider))] : [only];
  const names = named.length === 0 ? ['digitalocean'] : named;
  const providers = await Promise.all(names.map((name) => machines.provider(name)));
  const catalog = await makeCatalog(known, providers, machines.rate);
  const [first] = catalog.unasked;
  if (first !== undefined && strict(catalog))
    throw providerProblem(first.failure, first.provider, machines.system);
  // A user without logs and without doctl does not use DigitalOcean.
  const unasked = catalog.unasked.filter(
    ({failure}) => named.length > 0 || failure.reason !== 'program-missing',
  );
  context.stderr.write(unaskedText(unasked, tm) + damagedText(damaged, foreign));
  const folders = new Set(directories.map(machines.folder));
  return {...catalog, providers, pending: [...folders].flatMap(allPending)};
}

/** The folders of logs that the selected workspace's versions name; none if they cannot be read. */
async function foldersOfVersions({context, chdir}: Pick<Call, 'context' | 'chdir'>): Promise<string[]> {
  try {
    const {layout} = await requirePlace(context, chdir);
    const machines = readHistory(layout).versions.flatMap(machinesOf);
    return machines.flatMap(({logs}) => logs ?? []);
  } catch {
    return [];
  }
}
