import {join, resolve} from 'node:path';
import * as v from 'valibot';
import type {Context} from '../context.js';
import {readJson} from '../store/disk.js';
import {readDiskSnapshotLogs, type DiskSnapshotLogs} from './disk-snapshot-log.js';
import {MachineError} from './problems.js';
import {makeProvider, requireProvider, systemOf} from './providers.js';
import {AMOUNT, issueText, RECORD, recordOf} from './schema.js';

const SETTINGS = recordOf({
  machine: v.nullish(
    recordOf({
      /** In US dollars per GB and month, by provider. */
      rates: v.optional(v.pipe(RECORD, v.record(v.string(), AMOUNT)), {}),
      /** The user's own program for the provider `command`, and its first arguments. */
      command: v.optional(v.array(v.string()), []),
    }),
    {},
  ),
});

/** The default folder of logs, relative to the root module. */
export const LOGS = 'snapshots';

/**
 * Open a root module for the commands for machines.
 *
 * @param folder The one the command works in; absolute.
 * @throws MachineError `settings-unusable`.
 */
export function openMachineContext({env}: Pick<Context, 'env'>, folder: string) {
  const root = logFolder(env.CLOUDTM_MACHINE_ROOT ?? folder, '');
  const {rates, command} = readSettings(root);
  return {
    /** The project's own, as for `logFolder`. */
    root,
    /** A folder of logs, as an absolute path. */
    folder: (directory: string) => resolve(root, directory),
    /** @throws MachineError `provider-unknown`. */
    provider: (name: string) => makeProvider(name, {env, cwd: root, command}),
    /** In US dollars per GB and month; undefined if unknown. */
    rate: (provider: string) => rates[provider] ?? requireProvider(provider).rate,
    system: systemOf(env),
  };
}

const COPY = /^(.+?)\/(?:\.terragrunt-cache|\.cloudtm\/(?:workspaces\/[^/]+\/)?rollback)(?:\/|$)/;

/**
 * A folder of logs of a root module, as an absolute path: below the user's own folder where terraform runs in a copy that
 * is thrown away, a rollback's in `.cloudtm/` or Terragrunt's. Logs must outlive that copy.
 */
export function logFolder(root: string, directory: string): string {
  return resolve(COPY.exec(root)?.[1] ?? root, directory);
}

/** The logs in several folders of a root module, newest first. */
export function readLogs(root: string, directories: readonly string[]): DiskSnapshotLogs {
  return readDiskSnapshotLogs(...new Set(directories.map((directory) => logFolder(root, directory))));
}

/**
 * Read what `.cloudtm.json` in the root module says about machines, all of which may be missing:
 * `{"machine": {"rates": {"digitalocean": 0.05}, "command": ["./images", "--quiet"]}}`. Other fields are not ours.
 *
 * @throws MachineError `settings-unusable`.
 */
export function readSettings(root: string): v.InferOutput<typeof SETTINGS>['machine'] {
  const path = join(root, '.cloudtm.json');
  const read = readJson(path);
  const refuse = (reason: string) => new MachineError({kind: 'settings-unusable', path, reason});
  if (read.kind === 'damaged') throw refuse(read.reason);
  const parsed = v.safeParse(SETTINGS, read.kind === 'missing' ? {} : read.value);
  if (!parsed.success) throw refuse(issueText(parsed.issues));
  return parsed.output.machine;
}
