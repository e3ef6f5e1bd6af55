import {createHash} from 'node:crypto';
import {join, relative, sep} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {findConfiguration} from '../capture/config-files.js';
import {surroundings, type Place} from '../capture/place.js';
import {keepSnapshot} from '../capture/snapshot.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {readRegularFile} from '../regular-file.js';
import type {Report} from '../report/events.js';
import type {RestoreEvent} from '../report/restore-events.js';
import {createStore} from '../store/create.js';
import {OUTSIDE} from '../store/layout.js';
import {readHistory, readManifest, type Version} from '../store/read.js';
import {
  carryOut,
  closeJournal,
  planReplacement,
  readJournal,
  replacingFolder,
  writeJournal,
  type Replacement,
} from '../store/replace.js';
import {restoredRoot, writeConfiguration} from '../store/restore.js';
import {stateSource} from '../terraform/state-source.js';

/** What a restore works with, and whom it speaks with. */
export interface RestoreRequest {
  readonly context: Context;
  readonly place: Place;
  readonly version: Version;
  readonly say: (event: RestoreEvent) => void;
  readonly report: Report;
  /** Whether to go on; throws when nobody is there to say so. */
  readonly confirm: () => Promise<boolean>;
}

/** Files terraform reads by itself: those the version does not know would take part in it. */
const READ_BY_ITSELF = /(\.(tf|tofu)(\.json)?|(^|\/)terraform\.tfvars(\.json)?|\.auto\.tfvars(\.json)?)$/;

/**
 * Bring back the configuration of a version: its files over the present ones, and without those terraform would read that
 * it does not know. The present files are kept in a version first. State and infrastructure stay as they are.
 *
 * @throws UserError `version-damaged`, `restore-blocked`.
 */
export async function restoreFiles(request: RestoreRequest): Promise<void> {
  const {context, place, version, say, report, confirm} = request;
  const {layout, root} = place;
  createStore(layout);
  const folder = replacingFolder(layout, context.pid);
  try {
    const wanted = writeConfiguration(layout, version, folder);
    const replacement = planReplacement(root, wanted, await goingFiles(place));
    if (replacement.blocked.length > 0)
      throw new UserError({kind: 'restore-blocked', version: version.name, paths: replacement.blocked});
    say({
      type: 'files-planned',
      version: version.name,
      ...replacement,
      outside: differingOutside(place, version),
    });
    if (isNothing(replacement) || !(await confirm())) return;
    const source = stateSource(context, place);
    const state = await source.read();
    const kept = await keepSnapshot(
      {
        context,
        place,
        state: state.kind === 'some' ? state : undefined,
        operation: 'before-restore',
        note: `the files before those of ${version.name}`,
      },
      report,
    );
    say({type: 'present-kept', version: kept.name});
    const journal = {version: version.name, removed: replacement.removed};
    writeJournal(layout, journal);
    carryOut(root, wanted, journal);
    closeJournal(layout);
    say({type: 'files-restored', version: version.name, before: kept.name});
  } finally {
    removeSync(folder);
  }
}

/** Write a version's files to a folder that is not there yet, or empty; nothing else is touched. */
export function writeFilesTo({place, version, say}: RestoreRequest, folder: string): void {
  const root = writeConfiguration(place.layout, version, folder);
  say({type: 'files-written', version: version.name, path: root});
}

/**
 * Do the rest of a restore that was cut off, before anything else reads these files.
 *
 * @returns The version whose files are there now; undefined when nothing was left to do.
 */
export function finishRestore(context: Context, place: Place): string | undefined {
  const {layout, root} = place;
  const journal = readJournal(layout);
  if (journal === undefined) return undefined;
  const version = readHistory(layout).versions.find(({name}) => name === journal.version);
  if (version === undefined) return undefined;
  const folder = replacingFolder(layout, context.pid);
  carryOut(root, writeConfiguration(layout, version, folder), journal);
  closeJournal(layout);
  return version.name;
}

async function goingFiles(place: Place): Promise<string[]> {
  const {sources} = await findConfiguration(place.root, surroundings(place));
  return sources.map(({path}) => path).filter((path) => READ_BY_ITSELF.test(path));
}

function isNothing({added, changed, removed}: Replacement): boolean {
  return added.length + changed.length + removed.length === 0;
}

/** Modules outside of the root module belong to others too: what differs of them is named, and left. */
function differingOutside({layout, root}: Place, version: Version): string[] {
  const top = `${OUTSIDE}/`;
  const entries = readManifest(layout, version.number)?.entries ?? [];
  const away = relative(restoredRoot(layout, version, sep), sep);
  return entries
    .filter((entry) => entry.path.startsWith(top) && 'sha256' in entry)
    .map((entry) => ({entry, path: join(root, away, entry.path.slice(top.length))}))
    .filter(({entry, path}) => !('sha256' in entry) || hashOf(path) !== entry.sha256)
    .map(({path}) => path);
}

function hashOf(path: string): string | undefined {
  const read = readRegularFile(path);
  return read.kind === 'read' ? createHash('sha256').update(read.content).digest('hex') : undefined;
}
