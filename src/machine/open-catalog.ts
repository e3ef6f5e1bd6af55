import type {Call} from '../command.js';
import {makeCatalog, type Catalog} from './catalog.js';
import {LOGS, openDesk, readLogs} from './desk.js';
import type {ImageLogs} from './image-log.js';
import {problemOf, systemOf} from './problem-of.js';
import type {ImageProvider} from './provider.js';

/** All images of a project, and who can be asked about them. */
export interface OpenCatalog extends Catalog, Pick<ImageLogs, 'damaged'> {
  readonly providers: readonly ImageProvider[];
}

/**
 * Read the logs and ask their providers: those of `-provider`, of the logs, or DigitalOcean where there are none.
 *
 * @param strict Whether all of them must answer.
 * @throws UserError `provider-unknown`, `settings-unusable`; with `strict` what keeps a provider from answering.
 */
export async function openCatalog(
  {context, chdir, value, values}: Pick<Call, 'context' | 'chdir' | 'value' | 'values'>,
  {strict = false}: {readonly strict?: boolean} = {},
): Promise<OpenCatalog> {
  const desk = openDesk(context, chdir);
  const directories = values('dir').length > 0 ? values('dir') : [LOGS];
  const only = value('provider');
  const {logs: all, damaged} = readLogs(desk, directories);
  const logs = only === undefined ? all : all.filter(({provider}) => provider === only);
  const names = only === undefined ? [...new Set(logs.map(({provider}) => provider))] : [only];
  if (names.length === 0) names.push('digitalocean');
  const providers = await Promise.all(names.map((name) => desk.provider(name)));
  const catalog = await makeCatalog(logs, providers, desk.rate);
  const [first] = catalog.unasked;
  if (strict && first !== undefined)
    throw problemOf(first.failure, first.provider, '', systemOf(context.env));
  return {...catalog, damaged, providers};
}
