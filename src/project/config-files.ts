import {readdir, readFileSync, type Stats} from 'node:fs';
import {join, relative, resolve, sep} from 'node:path';
import {codeOf} from '../errors.js';
import type {Source} from '../store/copy.js';
import {STATE_FILE} from '../store/layout.js';
import type {Skipped} from '../store/version.js';
import {isDiskSnapshotLog} from '../machine/disk-snapshot-log.js';
import {follow} from './follow.js';

/** Which files of a module are not its configuration; absolute paths. */
export interface Surroundings {
  readonly dataDir: string;
  readonly store: string;
  /** The state itself is kept on its own, when terraform has ended. */
  readonly stateFiles: readonly string[];
  /** For a module outside of the root module: the root, which may lie in the module's folder and is kept on its own. */
  readonly root?: string;
}

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
const NEVER_FILES = ['*.log', '*.tmp', 'terraform.tfstate.backup', '.*.lock.info'];
/** The state of another workspace in the root, and what terraform could not write to its backend: no configuration. */
const STATES = [STATE_FILE, 'errored.tfstate'];
/** What `createStore` always makes: `CLOUDTM_DIR` may put the stores of several projects into one of them. */
const IN_EVERY_STORE = ['versions', 'meta', 'staging', 'rollback.json'];

/**
 * Find the files of a module that belong into a version: everything in its folder, apart from what is listed above and
 * what `.terraformignore` and `.cloudtmignore` in it say (both in gitignore's syntax).
 *
 * In a module outside of the root no state is taken at any depth: it is that of some other root module.
 *
 * @param root The folder; absolute, without links.
 * @param cancelled Asked at every folder; once it is true the answer does not matter and comes soon.
 *
 * Links are listed as links and not followed. Sockets, pipes, devices and folders that cannot be read are skipped with a
 * reason.
 */
export async function findConfiguration(
  root: string,
  around: Surroundings,
  cancelled: () => boolean = () => false,
): Promise<Found> {
  const {default: glob} = await import('fast-glob');
  const skipped: Skipped[] = [];
  const ignored = await ignoreRules(root);
  const left = new Set([
    ...[around.dataDir, around.store].flatMap((path) => [path, follow(path)?.real ?? path]),
    ...STATES.map((name) => join(root, name)),
    ...around.stateFiles.flatMap((path) => [resolve(path), `${resolve(path)}.backup`]),
    ...(around.root === undefined ? [] : [around.root]),
  ]);
  const never = around.root === undefined ? NEVER_FILES : [...NEVER_FILES, ...STATES];
  const inside = (path: string) => relative(root, path).split(sep).join('/');

  const found = await glob('**/*', {
    cwd: root,
    dot: true,
    onlyFiles: false,
    stats: true,
    followSymbolicLinks: false,
    ignore: [...NEVER_FOLDERS.map((name) => `**/${name}/**`), ...never.map((name) => `**/${name}`)],
    fs: {
      // Folders that are not wanted are not even opened; those that cannot be are noted. Called without options, since
      // `stats` are asked for: a list of names.
      readdir: ((path: string, done: (error: Error | null, names: readonly string[]) => void) => {
        if (cancelled() || left.has(path) || ignored(`${inside(path)}/`)) {
          done(null, []);
          return;
        }
        if (inside(path).includes('\n')) {
          // fast-glob's `**` stops at a line break.
          skipped.push({path: inside(path), reason: 'folder name with a line break'});
          done(null, []);
          return;
        }
        readdir(path, (error, names) => {
          if (error !== null) skipped.push({path: inside(path) || '.', reason: codeOf(error)});
          if (error === null && IN_EVERY_STORE.every((name) => names.includes(name))) {
            skipped.push({path: inside(path) || '.', reason: 'store of cloudtm'});
            done(null, []);
            return;
          }
          // A name that is no UTF-8 cannot be opened by what Node makes of it.
          const usable = (error === null ? names : []).filter((name) => !name.includes('\uFFFD'));
          if (error === null && usable.length < names.length) {
            skipped.push({path: inside(path) || '.', reason: 'file name that is not UTF-8'});
          }
          done(null, usable);
        });
      }) as unknown as typeof readdir,
    },
  });

  const sources: Source[] = [];
  for (const {path, stats} of found) {
    if (stats === undefined || stats.isDirectory()) continue;
    const from = join(root, path);
    if (left.has(from) || ignored(path)) continue;
    const special = specialFile(stats);
    if (special !== undefined) skipped.push({path, reason: special});
    else sources.push({from, path, stats: stats});
  }
  return {sources, skipped};
}

/**
 * Tell by its first bytes that a file is no configuration, whatever it is called; the answer says what it is.
 *
 * @param head At least 64 bytes, unless the file has fewer.
 */
export function notConfiguration(head: Buffer): string | undefined {
  return savedPlan(head) ?? isDiskSnapshotLog(head);
}

/**
 * Tell a saved plan by its content, whatever it is called: it holds the values of variables in clear. It is a zip whose
 * first entry is called `tfplan` (terraform's planfile package; the fields are those of a zip's local file header).
 *
 * @param head The beginning of the file.
 */
export function savedPlan(head: Buffer): string | undefined {
  const isPlan =
    head.length >= 36 &&
    head.readUInt32LE(0) === 0x04034b50 &&
    head.readUInt16LE(26) === 6 &&
    head.toString('latin1', 30, 36) === 'tfplan';
  return isPlan ? 'saved plan' : undefined;
}

function specialFile(stats: Stats): string | undefined {
  if (stats.isFile() || stats.isSymbolicLink()) return undefined;
  if (stats.isSocket()) return 'socket';
  return stats.isFIFO() ? 'pipe' : 'device';
}

async function ignoreRules(root: string): Promise<(path: string) => boolean> {
  const rules = ['.terraformignore', '.cloudtmignore']
    .map((name) => readRules(join(root, name)))
    .filter(Boolean);
  if (rules.length === 0) return () => false;
  const {default: ignore} = await import('ignore');
  const matcher = ignore().add(rules.join('\n'));
  return (path) => path !== '/' && matcher.ignores(path);
}

function readRules(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
