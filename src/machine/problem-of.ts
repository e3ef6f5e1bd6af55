import {accessSync, constants} from 'node:fs';
import {arch, platform} from 'node:os';
import {delimiter, join} from 'node:path';
import {MachineError} from './problems.js';
import type {MachineProvider, ProviderFailure, System} from './provider.js';

/** What the user is told when a provider does not do what it was asked, for good. */
export function problemOf(
  {reason, words}: ProviderFailure,
  {name: provider, program, install, login}: MachineProvider,
  system: System,
): MachineError {
  switch (reason) {
    case 'program-missing':
      return new MachineError({
        kind: 'provider-program-missing',
        provider,
        program,
        install: install(system),
      });
    case 'unauthenticated':
      return new MachineError({kind: 'provider-unauthenticated', provider, login, words});
    case 'forbidden':
      return new MachineError({kind: 'provider-forbidden', provider, words});
    case 'not-found':
    case 'refused':
    case 'unclear':
    case 'busy':
    case 'passing':
      return new MachineError({kind: 'provider-refused', provider, words});
  }
}

/** This system, as a program is installed on it. */
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
