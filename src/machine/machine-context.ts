import {resolve} from 'node:path';
import type {Context} from '../context.js';
import {newestFirst, readDiskSnapshotLogs, type DiskSnapshotLogs} from './disk-snapshot-log.js';
import {allPending, type Pending} from './take/pending.js';
import type {MachineProvider} from './provider.js';
import {makeProvider, requireProvider} from './providers.js';
import {readSettings} from './settings.js';

/** Where logs lie unless somebody says otherwise; relative to the root module. */
export const LOGS = 'snapshots';

/** A root module and the folders of logs in it. */
export interface Folders {
  /** Also where only a copy of it runs, in a rollback's folder or under Terragrunt. */
  readonly root: string;
  /** A folder of logs, as an absolute path. */
  readonly folder: (directory: string) => string;
}

/** What the commands for machines work with. */
export interface MachineContext extends Folders {
  /** @throws MachineError `provider-unknown`. */
  readonly provider: (name: string) => Promise<MachineProvider>;
  /** In US dollars a GB and month; undefined where nobody said. */
  readonly rate: (provider: string) => number | undefined;
}

/**
 * Look at a root module as the commands for machines do.
 *
 * @param folder The one the command works in; absolute.
 * @throws MachineError `settings-unusable`.
 */
export function openMachineContext({env}: Pick<Context, 'env'>, folder: string): MachineContext {
  const folders = foldersOf(env.CLOUDTM_MACHINE_ROOT ?? folder);
  const {root} = folders;
  const settings = readSettings(root);
  return {
    ...folders,
    provider: (name) => makeProvider(name, {env, cwd: root, command: settings.command}),
    rate: (provider) => settings.rates[provider] ?? requireProvider(provider).rate,
  };
}

/** The folders of logs of a root module. */
export function foldersOf(folder: string): Folders {
  const root = projectOf(folder);
  return {root, folder: (directory) => resolve(root, directory)};
}

/**
 * The user's own folder, where terraform runs in a copy that is thrown away: a rollback's in `.cloudtm/`, or Terragrunt's.
 * What is noted about machines has to outlive that.
 */
function projectOf(folder: string): string {
  const [, project] = COPY.exec(folder) ?? [];
  return project ?? folder;
}

const COPY = /^(.+?)\/(?:\.terragrunt-cache|\.cloudtm\/(?:workspaces\/[^/]+\/)?rollback)(?:\/|$)/;

/** The logs of several folders, newest first. */
export function readLogs(desk: Folders, directories: readonly string[]): DiskSnapshotLogs {
  const all = [...new Set(directories.map((directory) => desk.folder(directory)))].map(readDiskSnapshotLogs);
  return {
    logs: all.flatMap(({logs}) => logs).sort(newestFirst),
    damaged: all.flatMap(({damaged}) => damaged),
  };
}

/** What is pending in several folders of logs. */
export function pendingIn(desk: Folders, directories: readonly string[]): Pending[] {
  return [...new Set(directories.map((directory) => desk.folder(directory)))].flatMap(allPending);
}
