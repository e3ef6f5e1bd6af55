import type {Call} from '../cli/command.js';
import {UserError} from '../errors.js';
import {PROVIDER_NAMES} from '../machine/providers.js';
import {completionScript, SHELLS} from '../report/completion.js';

/** `tm completion SHELL`: the script that completes tm's commands in that shell. */
export function completion({context, words, commands}: Call): Promise<number> {
  const name = words[0] ?? '';
  const shell = SHELLS.find((each) => each === name);
  if (shell === undefined) throw new UserError({kind: 'unknown-shell', name, shells: SHELLS});
  context.stdout.write(completionScript(shell, commands, PROVIDER_NAMES));
  return Promise.resolve(0);
}
