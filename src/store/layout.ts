import {isAbsolute, join, normalize, sep} from 'node:path';

/** The format of what this program writes. A reader refuses a newer one and accepts every older one. */
export const FORMAT = 1;

/** Every path of one workspace's tree in the store. Nothing here looks at the disk. */
export type Layout = Readonly<ReturnType<typeof layOut>>;

/** The folder of a version that holds the root module's files, and the one for modules that lie outside of it. */
export const CONFIGS = 'tf_configs';
export const OUTSIDE = 'outside';
/** What a command was given apart from its configuration, and the folder for files that lie elsewhere. */
export const INPUTS_FILE = 'inputs.json';
export const INPUTS_FOLDER = 'inputs';
export const MANIFEST = 'manifest.json';
export const STATE_FILE = 'terraform.tfstate';

/**
 * Lay out the store for one workspace.
 *
 * @param store Absolute path of `.cloudtm/`.
 * @param workspace Terraform's name of the workspace. Characters that could lead out of the folder are escaped as in a
 *   URL: terraform allows a workspace called `..`.
 */
export function layOut(store: string, workspace: string) {
  const tree = workspace === 'default' ? store : join(workspacesFolder(store), folderName(workspace));
  return {
    /** `.cloudtm/`, whatever the workspace. */
    store,
    workspace,
    /** The tree of this workspace: the store itself for `default`. */
    tree,
    gitignore: join(store, '.gitignore'),
    log: join(store, 'cloudtm.log'),
    versions: join(tree, 'versions'),
    meta: join(tree, 'meta'),
    staging: join(tree, 'staging'),
    current: join(tree, 'current.json'),
    rollback: join(tree, 'rollback.json'),
    rollbackFolder: join(tree, 'rollback'),
    /** What a restore of files is doing, and where it keeps what it needs for that: of all workspaces, which share the files. */
    journal: join(store, 'restore.json'),
    replacing: join(store, 'staging'),
    lock: join(tree, 'staging', '.lock'),
    version: (number: number) => join(tree, 'versions', `v${number}`),
    metaFile: (number: number) => join(tree, 'meta', `v${number}.json`),
  };
}

/** The folder that holds one tree for each workspace other than `default`. */
export function workspacesFolder(store: string): string {
  return join(store, 'workspaces');
}

/** The workspace a folder of `workspacesFolder` is of; undefined when it is none of ours. */
export function workspaceOf(folder: string): string | undefined {
  try {
    const name = decodeURIComponent(folder);
    return folderName(name) === folder ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The number in `v12`; undefined for everything that is not exactly the name of a version. */
export function versionNumber(name: string): number | undefined {
  const digits = /^v([1-9][0-9]{0,14})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether a relative path leads to something below where it starts. */
export function isInside(path: string): boolean {
  const [first] = normalize(path).split(sep);
  return !isAbsolute(path) && !path.includes('\0') && !['', '.', '..'].includes(first ?? '');
}

function folderName(workspace: string): string {
  return encodeURIComponent(workspace).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'));
}
