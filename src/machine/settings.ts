import {join} from 'node:path';
import * as v from 'valibot';
import {readJson} from '../store/disk.js';
import {MachineError} from './problems.js';
import {AMOUNT, issueText, RECORD} from './schema.js';

const SETTINGS = v.pipe(
  RECORD,
  v.object({
    machine: v.nullish(
      v.pipe(
        RECORD,
        v.object({
          /** In US dollars per GB and month, by provider. */
          rates: v.optional(v.pipe(RECORD, v.record(v.string(), AMOUNT)), {}),
          /** The user's own program for the provider `command`, and its first arguments. */
          command: v.optional(v.array(v.string()), []),
        }),
      ),
      {},
    ),
  }),
);

/** What `.cloudtm.json` in the root module says about machines. */
export type MachineSettings = NonNullable<v.InferOutput<typeof SETTINGS>['machine']>;

/**
 * Read `.cloudtm.json`: `{"machine": {"rates": {"digitalocean": 0.05}, "command": ["./images", "--quiet"]}}`. All of it
 * may be missing; other fields are not ours.
 *
 * @throws MachineError `settings-unusable`.
 */
export function readSettings(root: string): MachineSettings {
  const path = join(root, '.cloudtm.json');
  const read = readJson(path);
  const refuse = (reason: string) => new MachineError({kind: 'settings-unusable', path, reason});
  if (read.kind === 'damaged') throw refuse(read.reason);
  const parsed = v.safeParse(SETTINGS, read.kind === 'missing' ? {} : read.value);
  if (!parsed.success) throw refuse(issueText(parsed.issues));
  return parsed.output.machine;
}
