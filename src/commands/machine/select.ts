import type {Call} from '../../cli/command.js';
import {makeCatalog, type Catalog} from '../../machine/catalog.js';
import {LOGS, openMachineContext, pendingIn, readLogs} from '../../machine/machine-context.js';
import type {DiskSnapshotLogs} from '../../machine/disk-snapshot-log.js';
import type {Pending} from '../../machine/take/pending.js';
import {problemOf, systemOf} from '../../machine/problem-of.js';
import type {MachineProvider} from '../../machine/provider.js';
import {isProvider} from '../../machine/providers.js';
import {commandFolder} from '../../terraform/project.js';

/** All images of a project, and who can be asked about them. */
export interface OpenCatalog extends Catalog, Pick<DiskSnapshotLogs, 'damaged'> {
  readonly providers: readonly MachineProvider[];
  /** `unasked`, and who was only guessed and is not installed. */
  readonly everyUnasked: Catalog['unasked'];
  /** Images that were asked for and have no log yet. */
  readonly pending: readonly Pending[];
}

/**
 * Read the logs and ask their providers: those of `-provider`, of the logs, or DigitalOcean where there are none.
 *
 * @param known Folders of logs besides the usual one; `-dir` is instead of all of them.
 * @param strict Whether all of them must answer.
 * @throws MachineError `provider-unknown`, `settings-unusable`; with `strict` what keeps a provider from answering.
 */
export async function openCatalog(
  {context, chdir, value, values}: Pick<Call, 'context' | 'chdir' | 'value' | 'values'>,
  known: readonly string[],
  {strict = false}: {readonly strict?: boolean} = {},
): Promise<OpenCatalog> {
  const desk = openMachineContext(context, commandFolder(context.cwd, chdir));
  const directories = values('dir').length > 0 ? values('dir') : [LOGS, ...known];
  const only = value('provider');
  const {logs: all, damaged} = readLogs(desk, directories);
  const logs = all.filter(({provider}) => isProvider(provider) && [undefined, provider].includes(only));
  const foreign = all
    .filter(({provider}) => !isProvider(provider))
    .map(({path, provider}) => ({path, reason: `there is no provider ${JSON.stringify(provider)}`}));
  const names = only === undefined ? [...new Set(logs.map(({provider}) => provider))] : [only];
  const isGuessed = names.length === 0;
  if (isGuessed) names.push('digitalocean');
  const providers = await Promise.all(names.map((name) => desk.provider(name)));
  const catalog = await makeCatalog(logs, providers, desk.rate);
  const [first] = catalog.unasked;
  if (strict && first !== undefined) {
    const {failure, provider} = first;
    throw problemOf(failure, provider, systemOf(context.env));
  }
  // Who has no logs and no doctl has nothing to do with DigitalOcean.
  const unasked = catalog.unasked.filter(({failure}) => !(isGuessed && failure.reason === 'program-missing'));
  return {
    ...catalog,
    unasked,
    everyUnasked: catalog.unasked,
    damaged: [...damaged, ...foreign],
    providers,
    pending: pendingIn(desk, directories),
  };
}
