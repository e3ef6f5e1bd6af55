import {lstat, readdir} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {codeOf} from '../errors.js';
import {readIfRegular} from '../regular-file.js';
import type {Source} from '../store/copy.js';
import {STATE_FILE} from '../store/layout.js';
import type {Skipped} from '../store/version.js';
import {isDiskSnapshotLog} from '../machine/disk-snapshot-mark.js';
import {follow} from './follow.js';
import type {Place} from './place.js';

export interface Found {
  readonly sources: readonly Source[];
  readonly skipped: readonly Skipped[];
}

/** Never kept, at any depth: what can be downloaded again, other tools' stores, and what holds no configuration. */
export const NEVER_FOLDERS = [
  '.terraform',
  '.cloudtm',
  'terraform.tfstate.d',
  '.git',
  '.hg',
  '.svn',
  'node_modules',
  '.terragrunt-cache',
];
const NEVER_NAMES = /\.log$|\.tmp$|^terraform\.tfstate\.backup$|^\..*\.lock\.info$/;
/** The state of another workspace in the root, and what terraform could not write to its backend: no configuration. */
const STATES = [STATE_FILE, 'errored.tfstate'];
/** What `createStore` always makes: `CLOUDTM_DIR` may put the stores of several projects into one of them. */
const IN_EVERY_STORE = ['versions', 'meta', 'staging', 'rollback.json'];

/**
 * Find the files of a module that belong in a version: everything in its folder apart from what is listed above and what
 * its `.terraformignore` and `.cloudtmignore` say (in gitignore's syntax). Outside of the root no state is taken at any
 * depth: it is some other root module's. Links are not followed; sockets, pipes, devices and unreadable folders are skipped
 * with a reason.
 *
 * @param module The folder; absolute, without links.
 * @param cancelled Asked at every folder; once it is true the answer does not matter and comes soon.
 * @returns Both in the order of their paths.
 */
export async function findConfiguration(
  module: string,
  place: Pick<Place, 'root' | 'dataDir' | 'layout' | 'backend'>,
  cancelled: () => boolean = () => false,
): Promise<Found> {
  const sources: Source[] = [];
  const skipped: Skipped[] = [];
  const ignored = await ignoreRules(module);
  const isLeft = leftOut(module, place);
  /** @param folder From the root on; with `/` at its end, or empty. */
  const visit = async (folder: string): Promise<void> => {
    if (cancelled()) return;
    const {names, skip} = await namesIn(join(module, folder));
    if (skip !== undefined) skipped.push({path: folder.slice(0, -1) || '.', reason: skip});
    await Promise.all(
      names.map(async (name) => {
        const path = folder + name;
        const from = join(module, path);
        if (isLeft(from, name)) return;
        const stats = await lstat(from).catch(() => undefined);
        if (stats === undefined || ignored(stats.isDirectory() ? `${path}/` : path)) return;
        if (stats.isDirectory()) await visit(`${path}/`);
        else if (stats.isFile() || stats.isSymbolicLink()) sources.push({from, path, stats});
        else skipped.push({path, reason: stats.isSocket() ? 'socket' : stats.isFIFO() ? 'pipe' : 'device'});
      }),
    );
  };
  if (!isLeft(module, '')) await visit('');
  const byPath = (a: {path: string}, b: {path: string}) => (a.path < b.path ? -1 : 1);
  return {sources: sources.sort(byPath), skipped: skipped.sort(byPath)};
}

/** Tell what is left out wherever it lies, or for where it lies; the state itself is kept on its own, after terraform. */
function leftOut(
  folder: string,
  {root, dataDir, layout, backend}: Pick<Place, 'root' | 'dataDir' | 'layout' | 'backend'>,
): (path: string, name: string) => boolean {
  const stateFiles = backend.kind === 'local' ? [backend.statePath, backend.stateOutPath] : [];
  const isRoot = folder === root;
  const paths = new Set([
    ...[dataDir, layout.store].flatMap((path) => [path, follow(path)?.real ?? path]),
    ...STATES.map((name) => join(folder, name)),
    ...stateFiles.map((path) => resolve(path)).flatMap((path) => [path, `${path}.backup`]),
    // It may lie in the folder of a module, and is kept on its own.
    ...(isRoot ? [] : [root]),
  ]);
  const names = new Set(isRoot ? NEVER_FOLDERS : [...NEVER_FOLDERS, ...STATES]);
  return (path, name) => names.has(name) || NEVER_NAMES.test(name) || paths.has(path);
}

/** The names in a folder that may be configuration; `skip` says why some or all of them are not. */
async function namesIn(folder: string): Promise<{names: readonly string[]; skip?: string}> {
  try {
    const names = await readdir(folder);
    if (IN_EVERY_STORE.every((name) => names.includes(name))) return {names: [], skip: 'store of cloudtm'};
    // Node cannot open a file by what it makes of such a name.
    const usable = names.filter((name) => !name.includes('\uFFFD'));
    if (usable.length === names.length) return {names};
    return {names: usable, skip: 'file name that is not UTF-8'};
  } catch (error) {
    return {names: [], skip: codeOf(error)};
  }
}

/** What a file is that is no configuration, by its first 64 bytes (or all it has), whatever it is called. */
export function notConfiguration(head: Buffer): string | undefined {
  return savedPlan(head) ?? isDiskSnapshotLog(head);
}

/**
 * Recognize a saved plan, which holds the values of variables in clear, by the first bytes of the file: a zip whose first
 * entry is called `tfplan` (terraform's planfile package; the fields are those of a zip's local file header).
 */
export function savedPlan(head: Buffer): string | undefined {
  const isPlan =
    head.length >= 36 &&
    head.readUInt32LE(0) === 0x04034b50 &&
    head.readUInt16LE(26) === 6 &&
    head.toString('latin1', 30, 36) === 'tfplan';
  return isPlan ? 'saved plan' : undefined;
}

async function ignoreRules(root: string): Promise<(path: string) => boolean> {
  const rules = ['.terraformignore', '.cloudtmignore'].flatMap(
    (name) => readIfRegular(join(root, name))?.toString() ?? [],
  );
  if (rules.length === 0) return () => false;
  const {default: ignore} = await import('ignore');
  const matcher = ignore().add(rules.join('\n'));
  return (path) => matcher.ignores(path);
}
