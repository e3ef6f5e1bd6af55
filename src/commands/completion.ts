import type {Call, Command} from '../cli/command.js';
import {UserError} from '../errors.js';
import {PROVIDER_NAMES} from '../machine/providers.js';
import {completionScript, SHELLS} from '../report/completion.js';

/** `tm completion SHELL`: the script that completes tm's commands in that shell. */
export const completion: Command = {
  usage: ['completion SHELL'],
  summary: 'Print the completion script for bash, zsh or fish',
  words: {least: 1, most: 1},
  more: [
    "Add one of these to your shell's configuration, after the line that sets up terraform's own completion:",
    '  bash  eval "$(terraform tm completion bash)"    in ~/.bashrc',
    '  zsh   eval "$(terraform tm completion zsh)"     in ~/.zshrc, after compinit',
    '  fish  terraform tm completion fish | tee ~/.config/fish/completions/{terraform,cloudtm}.fish >/dev/null',
  ],
  flags: {},
  run,
};

async function run({context, words, allCommands}: Call): Promise<number> {
  const name = words[0] ?? '';
  const shell = SHELLS.find((each) => each === name);
  if (shell === undefined) throw new UserError({kind: 'unknown-shell', name, shells: SHELLS});
  context.stdout.write(completionScript(shell, await allCommands(), PROVIDER_NAMES));
  return 0;
}
