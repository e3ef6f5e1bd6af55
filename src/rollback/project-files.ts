import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import type {FilesLeft, FilesPlanned} from '../events/restore.js';
import {findConfiguration} from '../project/config-files.js';
import {surroundings, type Place} from '../project/place.js';
import {readIfRegular} from '../regular-file.js';
import {keptFiles} from '../store/kept-version.js';
import {OUTSIDE} from '../store/layout.js';
import type {Version} from '../store/read.js';
import {planReplacement, type Present, type Replacement} from '../store/replace.js';

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
  const {sources} = await findConfiguration(place.root, surroundings(place));
  const paths = sources.map(({path}) => path);
  const isOwnModule = ownModules(place.root);
  const present: Present = {
    files: new Set(paths),
    goes: paths.filter((path) => READ_BY_ITSELF.test(path) && !isOwnModule(dirname(path))),
  };
  return planReplacement(place.root, wanted, present);
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
  say: (event: FilesPlanned | FilesLeft) => void,
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
  const away = relative(join(sep, rootPath), sep);
  return files
    .flatMap((file) => ('sha256' in file && file.path.startsWith(top) ? [file] : []))
    .map(({path, sha256}) => ({path: join(root, away, path.slice(top.length)), sha256}))
    .filter(({path, sha256}) => hashOf(path) !== sha256)
    .map(({path}) => path);
}

/** sha256 of a regular file; undefined for anything else. */
export function hashOf(path: string): string | undefined {
  const content = readIfRegular(path);
  return content && createHash('sha256').update(content).digest('hex');
}
