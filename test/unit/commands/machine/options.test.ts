import {describe, expect, test} from 'vitest';
import type {Context} from '../../../../src/context.js';
import {MachineError} from '../../../../src/machine/problems.js';
import {readOptions} from '../../../../src/commands/machine/options.js';

/** What this environment and these flags wish for; the words of the problem where it is none. */
function optionsOf(env: Record<string, string>, flags: Record<string, string> = {}): unknown {
  try {
    return readOptions({
      context: {env} as unknown as Context,
      has: (name) => name in flags,
      value: (name) => flags[name],
    });
  } catch (error) {
    return error instanceof MachineError ? error.problem : error;
  }
}

const DEFAULTS = {
  provider: 'digitalocean',
  machineId: '7',
  machineName: '',
  snapshotName: '',
  directory: 'snapshots',
  minutes: 30,
  onFailure: 'stop',
  reboot: false,
  workspace: '',
  before: true,
};

test('options of tm machine snapshot have defaults, and an empty variable counts as unset', () => {
  expect(optionsOf({CLOUDTM_MACHINE_ID: '7'})).toEqual(DEFAULTS);
  const names = ['NAME', 'PROVIDER', 'SNAPSHOT_NAME', 'SNAPSHOT_DIRECTORY', 'TIMEOUT_MINUTES', 'ON_FAILURE'];
  const empty = Object.fromEntries(names.map((name) => [`CLOUDTM_MACHINE_${name}`, '']));
  expect(optionsOf({...empty, CLOUDTM_MACHINE_ID: '7', CLOUDTM_ON_FAILURE: ''})).toEqual(DEFAULTS);
});

test('flags of tm machine snapshot override the environment, and a machine named by a flag is not about to be destroyed', () => {
  const env = {
    CLOUDTM_MACHINE_ID: '1',
    CLOUDTM_MACHINE_NAME: 'env',
    CLOUDTM_MACHINE_PROVIDER: 'aws',
    CLOUDTM_MACHINE_SNAPSHOT_NAME: 'env',
    CLOUDTM_MACHINE_SNAPSHOT_DIRECTORY: 'env',
    CLOUDTM_MACHINE_TIMEOUT_MINUTES: '1',
    CLOUDTM_MACHINE_ON_FAILURE: 'continue',
    CLOUDTM_MACHINE_REBOOT: 'true',
    CLOUDTM_MACHINE_WORKSPACE: 'staging',
  };
  const ofEnv = {
    ...{
      provider: 'aws',
      machineId: '1',
      machineName: 'env',
      snapshotName: 'env',
      directory: 'env',
      minutes: 1,
    },
    ...{onFailure: 'continue', reboot: true, workspace: 'staging', before: true},
  };
  expect(optionsOf(env)).toEqual(ofEnv);
  const flags = {'machine-id': '2', 'machine-name': 'flag', provider: 'command', name: 'flag', dir: 'flag'};
  expect(optionsOf(env, {...flags, timeout: '0.05', 'on-failure': 'stop'})).toEqual({
    ...ofEnv,
    ...{provider: 'command', machineId: '2', machineName: 'flag', snapshotName: 'flag', directory: 'flag'},
    ...{minutes: 0.05, onFailure: 'stop', before: false},
  });
});

test('CLOUDTM_ON_FAILURE overrides the module, and a flag overrides both', () => {
  const env = {CLOUDTM_MACHINE_ID: '7', CLOUDTM_MACHINE_ON_FAILURE: 'stop', CLOUDTM_ON_FAILURE: 'continue'};
  expect(optionsOf(env)).toMatchObject({onFailure: 'continue'});
  expect(optionsOf(env, {'on-failure': 'stop'})).toMatchObject({onFailure: 'stop'});
});

describe('what means nothing is refused', () => {
  test('tm machine snapshot without a machine is refused', () => {
    expect(optionsOf({})).toEqual({kind: 'machine-not-given'});
  });

  test.each(['0', '-1', 'ten', ' ', '10081', 'NaN', 'Infinity'])(
    'a time limit of %j is refused',
    (timeout) => {
      expect(optionsOf({CLOUDTM_MACHINE_ID: '7', CLOUDTM_MACHINE_TIMEOUT_MINUTES: timeout})).toEqual({
        ...{kind: 'bad-value', name: 'timeout', value: timeout},
        wanted: 'minutes',
      });
    },
  );

  test('an unknown word for what happens without a disk snapshot is refused', () => {
    expect(optionsOf({CLOUDTM_MACHINE_ID: '7', CLOUDTM_ON_FAILURE: 'go on'})).toEqual({
      ...{kind: 'bad-value', name: 'on_failure', value: 'go on'},
      wanted: 'on-failure',
    });
  });
});
