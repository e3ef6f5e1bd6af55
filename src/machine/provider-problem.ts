import {accessSync, constants} from 'node:fs';
import {arch, platform} from 'node:os';
import {delimiter, join} from 'node:path';
import {MachineError} from './problems.js';
import type {MachineProvider, ProviderFailure, System} from './provider.js';

/** The problem with a provider that did not do what it was asked, for good. */
export function providerProblem(
  {reason, words}: ProviderFailure,
  {name: provider, program, install, login}: MachineProvider,
  system: System,
): MachineError {
  if (reason === 'program-missing')
    return new MachineError({kind: 'provider-program-missing', provider, program, install: install(system)});
  if (reason === 'unauthenticated')
    return new MachineError({kind: 'provider-unauthenticated', provider, login, words});
  const kind = reason === 'forbidden' ? 'provider-forbidden' : 'provider-refused';
  return new MachineError({kind, provider, words});
}

/** This system, for installing a program on it. */
export function systemOf(env: Readonly<NodeJS.ProcessEnv>): System {
  return {
    platform: platform(),
    arch: arch(),
    has: (program) => (env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program))),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
