import type {Call} from '../../cli/command.js';
import {MachineError} from '../../machine/problems.js';
import {LOGS} from '../../machine/machine-context.js';

/** What is wanted of `tm machine snapshot`: by flags, or by the environment of the module's provisioner. */
export interface SnapshotOptions {
  readonly provider: string;
  readonly machineId: string;
  readonly machineName: string;
  readonly snapshotName: string;
  /** As it was said: relative to the root module, or absolute. */
  readonly directory: string;
  readonly minutes: number;
  readonly onFailure: 'stop' | 'continue';
  readonly reboot: boolean;
  /** Empty where nobody says: the selected one. */
  readonly workspace: string;
  /** Whether terraform is about to destroy the machine: then the environment names it, and no flag. */
  readonly before: boolean;
}

/** Overrules the module for one run: `self` is what the last apply put into the state. */
const OVERRULE = 'CLOUDTM_ON_FAILURE';

/** @throws MachineError `machine-not-given`, `bad-value`. */
export function readOptions({
  context: {env},
  has,
  value,
}: Pick<Call, 'context' | 'has' | 'value'>): SnapshotOptions {
  const said = (flag: string, variable: string): string =>
    value(flag) ?? env[`CLOUDTM_MACHINE_${variable}`] ?? '';
  const machineId = said('machine-id', 'ID');
  if (machineId === '')
    throw new MachineError({
      kind: 'machine-not-given',
      flag: '-machine-id',
      variable: 'CLOUDTM_MACHINE_ID',
    });
  const overrule = env[OVERRULE];
  const onFailure = value('on-failure') ?? (isSet(overrule) ? overrule : said('on-failure', 'ON_FAILURE'));
  if (!['', 'stop', 'continue'].includes(onFailure))
    throw badValue('on_failure', onFailure, 'stop or continue');
  return {
    provider: said('provider', 'PROVIDER') || 'digitalocean',
    machineId,
    machineName: said('machine-name', 'NAME'),
    snapshotName: said('name', 'SNAPSHOT_NAME'),
    directory: said('dir', 'SNAPSHOT_DIRECTORY') || LOGS,
    minutes: minutesOf(said('timeout', 'TIMEOUT_MINUTES') || '30'),
    onFailure: onFailure === 'continue' ? 'continue' : 'stop',
    reboot: has('reboot') || env.CLOUDTM_MACHINE_REBOOT === 'true',
    workspace: env.CLOUDTM_MACHINE_WORKSPACE ?? '',
    before: value('machine-id') === undefined,
  };
}

/** An empty variable says nothing. */
function isSet(variable: string | undefined): variable is string {
  return variable !== undefined && variable !== '';
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (text.trim() === '' || !(minutes > 0 && minutes <= 7 * 24 * 60))
    throw badValue('timeout', text, 'minutes, above 0 and at most a week');
  return minutes;
}

function badValue(name: string, value: string, wanted: string): MachineError {
  return new MachineError({kind: 'bad-value', name, value, wanted});
}
