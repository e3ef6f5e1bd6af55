import {JSON_FLAG, type Call} from '../../cli/command.js';
import {LOGS} from '../../machine/machine-context.js';
import {MachineError} from '../../machine/problems.js';
import {LOG_FLAG} from './select.js';

export const SNAPSHOT_FLAGS = {
  'machine-id': {value: 'ID', summary: "the machine's id at its provider"},
  'machine-name': {value: 'NAME', summary: "the name to log; the provider's name by default"},
  provider: {value: 'PROVIDER', summary: 'digitalocean (the default), aws or command'},
  name: {
    value: 'NAME',
    summary: "the snapshot's name; {machine}-snapshot-{YYYYMMDD-HHMMSS} by default",
  },
  ...LOG_FLAG,
  timeout: {value: 'MINUTES', summary: 'how long to wait; 30 by default'},
  'on-failure': {value: 'WORD', summary: 'stop, or continue: exit with status 0 even without a snapshot'},
  reboot: {summary: 'restart the machine for a consistent snapshot, if the provider supports it (aws)'},
  ...JSON_FLAG,
};

/**
 * What `tm machine snapshot` is to do: by flags, or by the environment of the module's provisioner.
 *
 * @throws MachineError `machine-not-given`, `bad-value`.
 */
export function readOptions({context: {env}, has, value}: Pick<Call, 'context' | 'has' | 'value'>) {
  const given = (flag: string, variable: string): string =>
    value(flag) ?? env[`CLOUDTM_MACHINE_${variable}`] ?? '';
  const machineId = given('machine-id', 'ID');
  if (machineId === '') throw new MachineError({kind: 'machine-not-given'});
  // CLOUDTM_ON_FAILURE overrides the module for one run: `self` is what the last apply put into the state.
  const {CLOUDTM_ON_FAILURE: override = ''} = env;
  const onFailure = value('on-failure') ?? (override || given('on-failure', 'ON_FAILURE'));
  if (!['', 'stop', 'continue'].includes(onFailure))
    throw new MachineError({kind: 'bad-value', name: 'on_failure', value: onFailure, wanted: 'on-failure'});
  const timeout = given('timeout', 'TIMEOUT_MINUTES') || '30';
  const minutes = timeout.trim() === '' ? NaN : Number(timeout);
  if (!(minutes > 0 && minutes <= 7 * 24 * 60))
    throw new MachineError({kind: 'bad-value', name: 'timeout', value: timeout, wanted: 'minutes'});
  return {
    provider: given('provider', 'PROVIDER') || 'digitalocean',
    machineId,
    machineName: given('machine-name', 'NAME'),
    snapshotName: given('name', 'SNAPSHOT_NAME'),
    /** The folder of logs as given: relative to the root module, or absolute. */
    directory: given('dir', 'SNAPSHOT_DIRECTORY') || LOGS,
    minutes,
    onFailure: onFailure === 'continue' ? 'continue' : 'stop',
    reboot: has('reboot') || env.CLOUDTM_MACHINE_REBOOT === 'true',
    /** Empty for the selected one. */
    workspace: env.CLOUDTM_MACHINE_WORKSPACE ?? '',
    before: value('machine-id') === undefined,
  } as const;
}
