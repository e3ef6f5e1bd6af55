import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import {findConfiguration} from '../project/config-files.js';
import {surroundings, type Place} from '../project/place.js';
import {keepSnapshot} from '../capture/snapshot.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {readRegularFile} from '../regular-file.js';
import type {Report} from '../events/run.js';
import type {RestoreEvent} from '../events/restore.js';
import {createStore} from '../store/create.js';
import {OUTSIDE} from '../store/layout.js';
import {openTransaction, refuseInHand, replacingFolder} from '../store/journal.js';
import {keptFiles} from '../store/kept-version.js';
import type {Version} from '../store/read.js';
import {changesetOf, planReplacement, type Present, type Replacement} from '../store/replace.js';
import {writeConfiguration} from '../store/restore.js';
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

/** What terraform and we leave in a root module. */
const INITIALIZED = ['.terraform', '.terraform.lock.hcl', 'terraform.tfstate', '.cloudtm'];

/** Files terraform reads by itself: those the version does not know would take part in it. */
const READ_BY_ITSELF = /(\.(tf|tofu)(\.json)?|(^|\/)terraform\.tfvars(\.json)?|\.auto\.tfvars(\.json)?)$/;

/**
 * Bring back the configuration of a version: its files over the present ones, and without those terraform would read that
 * it does not know. The present files are kept in a version first. State and infrastructure stay as they are.
 *
 * @param operation Of that version.
 * @returns False when the user did not want it.
 * @throws UserError `version-damaged`, `restore-blocked`, `files-in-hand`, `files-unwritable`.
 */
export async function restoreFiles(
  request: RestoreRequest,
  operation: 'before-restore' | 'before-rollback' = 'before-restore',
): Promise<boolean> {
  const {context, place, version, say, confirm} = request;
  const {layout, root} = place;
  createStore(layout);
  refuseInHand(layout, context);
  const folder = replacingFolder(layout, context.pid);
  let isWhole = true;
  try {
    const wanted = writeConfiguration(layout, version, join(folder, 'tree'));
    const plan = async () => {
      const replacement = planReplacement(root, wanted, await presentFiles(place));
      refuseBlocked(version, replacement);
      return replacement;
    };
    const shown = await plan();
    const outside = differingOutside(place, version);
    say({type: 'files-planned', version: version.name, ...shown, outside});
    if (shown.left.length > 0) say({type: 'files-left', version: version.name, paths: shown.left});
    if (isNothing(shown)) return true;
    if (!(await confirm())) return false;
    const kept = await keepPresent(request, operation, `the files before those of ${version.name}`);
    say({type: 'present-kept', version: kept});
    // Anew: somebody may have worked on the files while the question was open.
    const replacement = await plan();
    const area = changesetOf(root, wanted, replacement);
    const swap = openTransaction(layout, context, folder, [{area, replacement}], []);
    isWhole = false;
    try {
      swap.carryOut();
      swap.close();
      isWhole = true;
    } finally {
      if (!isWhole) isWhole = swap.undo().left.length === 0;
    }
    say({type: 'files-restored', version: version.name, before: kept});
    return true;
  } finally {
    // What could not be put back is put back by the next command.
    if (isWhole) removeSync(folder);
  }
}

/** Keep files and state as they are in a version; returns its name. */
export async function keepPresent(
  {context, place, report}: Pick<RestoreRequest, 'context' | 'place' | 'report'>,
  operation: 'before-restore' | 'before-rollback',
  note: string,
): Promise<string> {
  const state = await stateSource(context, place).read();
  const kept = await keepSnapshot(
    {context, place, state: state.kind === 'some' ? state : undefined, operation, note},
    report,
  );
  return kept.name;
}

/** @throws UserError `restore-blocked`. */
export function refuseBlocked({name}: Version, {blocked}: Replacement): void {
  if (blocked.length > 0) throw new UserError({kind: 'restore-blocked', version: name, paths: blocked});
}

/** Write a version's files to a folder that is not there yet, or empty; nothing else is touched. */
export function writeFilesTo({place, version, say}: RestoreRequest, folder: string): void {
  const root = writeConfiguration(place.layout, version, folder);
  say({type: 'files-written', version: version.name, path: root});
}

/** The files of the configuration, and those that go when a version does not know them. */
export async function presentFiles(place: Place): Promise<Present> {
  const {sources} = await findConfiguration(place.root, surroundings(place));
  const paths = sources.map(({path}) => path);
  const isOwnModule = ownModules(place.root);
  return {
    files: new Set(paths),
    goes: paths.filter((path) => READ_BY_ITSELF.test(path) && !isOwnModule(dirname(path))),
  };
}

/** What lies in a folder that is initialized by itself belongs to another root module. */
function ownModules(root: string): (folder: string) => boolean {
  const known = new Map<string, boolean>([['.', false]]);
  const isOwn = (folder: string): boolean => {
    const before = known.get(folder);
    if (before !== undefined) return before;
    const is = isOwn(dirname(folder)) || INITIALIZED.some((name) => existsSync(join(root, folder, name)));
    known.set(folder, is);
    return is;
  };
  return isOwn;
}

function isNothing({added, changed, removed}: Replacement): boolean {
  return added.length + changed.length + removed.length === 0;
}

/** Files of modules outside of the root module that are not as the version has them; absolute paths. */
export function differingOutside({layout, root}: Place, version: Version): string[] {
  const top = `${OUTSIDE}/`;
  const {files, rootPath} = keptFiles(layout, version);
  const away = relative(join(sep, rootPath), sep);
  return files
    .flatMap((file) => ('sha256' in file && file.path.startsWith(top) ? [file] : []))
    .map(({path, sha256}) => ({path: join(root, away, path.slice(top.length)), sha256}))
    .filter(({path, sha256}) => hashOf(path) !== sha256)
    .map(({path}) => path);
}

/** sha256 of a regular file; undefined for anything else. */
export function hashOf(path: string): string | undefined {
  const read = readRegularFile(path);
  return read.kind === 'read' ? createHash('sha256').update(read.content).digest('hex') : undefined;
}
