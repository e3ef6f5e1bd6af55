import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {removeSync} from 'fs-extra/esm';
import type {RollbackEvent} from '../events/rollback.js';
import {findConfiguration} from '../project/config-files.js';
import type {Place} from '../project/place.js';
import {readIfRegular} from '../regular-file.js';
import {keptFiles} from '../store/kept-version.js';
import {OUTSIDE, type Layout} from '../store/layout.js';
import {readManifest} from '../store/manifest.js';
import {listFolder, versionNumbers, type Version} from '../store/read.js';
import {changesetOf, planReplacement, type Changeset, type Replacement} from '../store/replace.js';
import {writeConfiguration} from '../store/restore.js';
import {isConfiguration} from '../terraform/variables.js';

/** A folder of the project, and what makes its files those of a version. */
interface PlannedChangeset {
  readonly area: Changeset;
  readonly replacement: Replacement;
}

/** @param wanted Where the version's files lie; those that are left alone are removed from there. */
export function plannedChangeset(live: string, wanted: string, replacement: Replacement): PlannedChangeset {
  return {area: changesetOf(live, wanted, replacement), replacement};
}

/** What terraform and cloudtm leave in a root module. */
const INITIALIZED = ['.terraform', '.terraform.lock.hcl', 'terraform.tfstate', '.cloudtm'];

/** Files terraform reads by itself: those the version does not have would take part in it. */
const READ_BY_ITSELF = /(\.(tf|tofu)(\.json)?|(^|\/)terraform\.tfvars(\.json)?|\.auto\.tfvars(\.json)?)$/;

/**
 * Compare the root module with a version's, so that its files can be replaced by those.
 *
 * @param wanted The version's files; see `writeConfiguration`.
 */
export async function planRootFiles(place: Place, wanted: string): Promise<Replacement> {
  const {sources} = await findConfiguration(place.root, place);
  const paths = sources.map(({path}) => path);
  const isOwnModule = ownModules(place.root);
  const goes = paths.filter((path) => READ_BY_ITSELF.test(path) && !isOwnModule(dirname(path)));
  return planReplacement(place.root, wanted, {files: new Set(paths), goes});
}

/**
 * The same for a version's modules outside of the root module, all of which are replaced.
 *
 * @param folder To write them to, apart from the root module's own files; absolute.
 * @returns Nothing where the version has none.
 */
export function planOutside({layout, root}: Place, version: Version, folder: string): PlannedChangeset[] {
  const {rootPath} = keptFiles(layout, version);
  if (rootPath === '') return [];
  removeSync(writeConfiguration(layout, version, folder));
  const ancestor = join(root, relative(join(sep, rootPath), sep));
  return [
    plannedChangeset(ancestor, folder, planReplacement(ancestor, folder, {files: undefined, goes: []})),
  ];
}

/**
 * Files that would be replaced and that no version keeps; absolute. The version made before keeps the root module and the
 * modules it uses now; others outside may have been edited since.
 */
export function unkeptFiles({layout}: Place, areas: readonly PlannedChangeset[]): string[] {
  const replaced = areas.flatMap(({area, replacement: {changed, removed}}) =>
    [...changed, ...removed].map((path) => join(area.live, path)),
  );
  const entries = (replaced.length === 0 ? [] : versionNumbers(layout)).flatMap(
    (number) => readManifest(layout, number)?.entries ?? [],
  );
  const kept = new Set([undefined, ...entries.map((entry) => ('link' in entry ? undefined : entry.sha256))]);
  return replaced.filter((path) => !kept.has(hashOf(path)));
}

/** A folder that is initialized on its own is another root module, with everything below it. */
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

/** @param outside Files of modules outside of the root module that stay, and differ from the version's. */
export function sayFiles(
  say: (event: RollbackEvent) => void,
  {name: version}: Version,
  replacement: Replacement,
  outside: readonly string[],
): void {
  say({type: 'files-planned', version, ...replacement, outside});
  if (replacement.left.length > 0) say({type: 'files-left', version, paths: replacement.left});
}

/** Files of modules outside of the root module that are not as the version has them; absolute paths. */
export function differingOutside({layout, root}: Place, version: Version): string[] {
  const top = `${OUTSIDE}/`;
  const {files, rootPath} = keptFiles(layout, version);
  const ancestor = join(root, relative(join(sep, rootPath), sep));
  return files
    .flatMap((file) => ('sha256' in file && file.path.startsWith(top) ? [file] : []))
    .map(({path, sha256}) => ({path: join(ancestor, path.slice(top.length)), sha256}))
    .filter(({path, sha256}) => hashOf(path) !== sha256)
    .map(({path}) => path);
}

/**
 * Names of files terraform reads in a copy of a root module that are not the version's.
 *
 * @param except One that was put there besides.
 */
export function editedFiles(layout: Layout, version: Version, root: string, except: string): string[] {
  const folder = join(layout.staging, '.promoting');
  try {
    const kept = writeConfiguration(layout, version, folder);
    const isSame = (name: string) => {
      const hash = hashOf(join(root, name));
      return hash !== undefined && hash === hashOf(join(kept, name));
    };
    return listFolder(root).filter((name) => isConfiguration(name) && name !== except && !isSame(name));
  } finally {
    removeSync(folder);
  }
}

/** sha256 of a regular file; undefined for anything else. */
function hashOf(path: string): string | undefined {
  const content = readIfRegular(path);
  return content && createHash('sha256').update(content).digest('hex');
}
