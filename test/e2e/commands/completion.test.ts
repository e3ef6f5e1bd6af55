import {copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';
import {openTerminal} from '../../support/pty.js';
import {sandbox, type Sandbox} from '../../support/sandbox.js';
import {which} from '../../support/install-box.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];
const shellcheck = which('shellcheck') ?? '';
const installed = SHELLS.filter((shell) => which(shell) !== undefined);

/** Answers the questions for completions as terraform does, and writes down what it was asked. */
const COMPLETER = `if [ -n "$COMP_LINE" ]; then
  printf '%s\\n' "$COMP_LINE" >>"$HOME/asked"
  case $COMP_LINE in
    *' workspace s'*) echo select ;;
    *' w'*) echo workspace ;;
  esac
fi`;

/** What \`terraform -install-autocomplete\` writes into the file of each shell, with this terraform. */
const OWN: Readonly<Record<Shell, (terraform: string) => string>> = {
  bash: (terraform) => `complete -o nospace -C ${terraform} terraform`,
  zsh: (terraform) =>
    `autoload -U +X bashcompinit && bashcompinit\ncomplete -o nospace -C ${terraform} terraform`,
  fish: (terraform) => `function __complete_terraform
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    ${terraform}
end
complete -f -c terraform -a "(__complete_terraform)"`,
};

/** A store with three versions, one of them tagged, and a Node that says when it is started. */
function project(): Sandbox {
  const box = sandbox({
    standIn: COMPLETER,
    files: {'main.tf': 'x', 'snapshots/gpu-snapshot-20251126-173635.json': '{}'},
  });
  for (const [name, tags] of Object.entries({
    v1: [],
    v2: ['golden', 'a b', '$(touch pwned)'],
    v10: ['other'],
  }))
    writeVersion(box, box.store, name, tags);
  mkdirSync(join(box.folder, 'node'));
  writeFileSync(join(box.folder, 'node/node'), '#!/bin/sh\n: >"$HOME/node-was-started"\n', {mode: 0o755});
  box.env.PATH = `${join(box.folder, 'node')}:${box.env.PATH ?? ''}`;
  return box;
}

function writeVersion(box: Sandbox, tree: string, name: string, tags: readonly string[] = []): void {
  const resources = {added: '1', changed: '0', destroyed: '0'};
  const meta = JSON.stringify(
    {version: name, timestamp: '2025-11-26T17:36:35Z', resources, tags},
    undefined,
    2,
  );
  mkdirSync(join(tree, 'versions', name), {recursive: true});
  mkdirSync(join(tree, 'meta'), {recursive: true});
  writeFileSync(join(tree, 'meta', `${name}.json`), `${meta}\n`);
}

async function script(box: Sandbox, shell: Shell): Promise<string> {
  const PATH = `${dirname(process.execPath)}:${box.env.PATH ?? ''}`;
  const {stdout, stderr, exitCode} = await box.runWith({env: {PATH}}, 'tm', 'completion', shell);
  expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 0});
  return stdout;
}

interface Setting {
  readonly env?: Readonly<Record<string, string>>;
  /** Lines of the shell's own file in front of the completion. */
  readonly before?: string;
}

/**
 * Type a line into an interactive shell on a terminal, with Tab where it says so, and press Enter.
 *
 * @returns The words the command was called with, and what was on the screen.
 */
async function type(box: Sandbox, shell: Shell, line: string, setting: Setting = {}) {
  const file = join(box.folder, `completion.${shell}`);
  writeFileSync(file, await script(box, shell));
  const {before = ''} = setting;
  const home = box.env.HOME ?? '';
  const call = `printf "[%s]" "$@" >"${home}/called"; echo DONE; exit`;
  const files: Record<Shell, [string, string]> = {
    bash: [
      '.bashrc',
      `PS1='> '\nbind 'set show-all-if-ambiguous on'; bind 'set page-completions off'; bind 'set enable-bracketed-paste off'
${before}\neval "$(cat "${file}")"\nterraform() { ${call}; }\ncloudtm() { ${call}; }\necho READY`,
    ],
    zsh: [
      '.zshrc',
      `PS1='> '\nsetopt no_list_beep\nautoload -Uz compinit && compinit -D -i\n${before}\neval "$(cat "${file}")"
terraform() { ${call}; }\ncloudtm() { ${call}; }\necho READY`,
    ],
    fish: [
      '.config/fish/config.fish',
      `function fish_prompt; echo '> '; end\nfunction fish_greeting; end\n${before}
for name in terraform cloudtm
    function $name; printf '[%s]' $argv >${home}/called; echo DONE; exit; end
end\necho READY`,
    ],
  };
  const [name, content] = files[shell];
  mkdirSync(dirname(join(home, name)), {recursive: true});
  // As the README says: fish has files of its own for terraform, and takes the user's instead.
  if (shell === 'fish') {
    mkdirSync(join(home, '.config/fish/completions'), {recursive: true});
    for (const program of ['terraform', 'cloudtm'])
      copyFileSync(file, join(home, `.config/fish/completions/${program}.fish`));
  }
  writeFileSync(join(home, name), `${content}\n`);
  const env = {...box.env, ...setting.env, TERM: 'xterm', SHELL: which(shell) ?? ''};
  const program = which(shell) ?? '';
  const terminal = openTerminal(program, shell === 'zsh' ? ['-d', '-i'] : ['-i'], {env, cwd: box.project});
  await terminal.waitFor('READY');
  await terminal.waitFor('>');
  terminal.type(line.replaceAll('<Tab>', '\t'));
  terminal.type('\r');
  await terminal.waitFor('DONE');
  await terminal.exited;
  const words = [...readFileSync(join(home, 'called'), 'utf8').matchAll(/\[([^\]]*)\]/g)];
  return {words: words.map(([, word]) => word), screen: terminal.screen().replace(CONTROL, '')};
}

/** What moves the cursor and sets colours. */
// eslint-disable-next-line no-control-regex -- these are meant
const CONTROL = /\u001B(\[[0-9;?]*[A-Za-z]|\([A-Z]|[=>])/g;

const nodeWasStarted = (box: Sandbox) => existsSync(join(box.env.HOME ?? '', 'node-was-started'));
const asked = (box: Sandbox) => {
  const file = join(box.env.HOME ?? '', 'asked');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

describe.each(installed)('in %s', (shell) => {
  test.each([
    ['terraform tm ro<Tab>', ['tm', 'rollback']],
    ['terraform tm rollback --t<Tab>v10', ['tm', 'rollback', '--to', 'v10']],
    ['terraform tm rollback -sa<Tab>', ['tm', 'rollback', '-same-backend']],
    ['terraform tm rollback --to gol<Tab>', ['tm', 'rollback', '--to', 'golden']],
    ['terraform tm rollback -to v10<Tab>', ['tm', 'rollback', '-to', 'v10']],
    ['terraform tm rollback --to=v10<Tab>', ['tm', 'rollback', '--to=v10']],
    ['terraform tm rollback --to=gol<Tab>', ['tm', 'rollback', '--to=golden']],
    ['terraform tm rollback --var-file main<Tab>', ['tm', 'rollback', '--var-file', 'main.tf']],
    ['terraform tm completion fi<Tab>', ['tm', 'completion', 'fish']],
    ['terraform tm help doc<Tab>', ['tm', 'help', 'doctor']],
    ['terraform tm machine la<Tab>', ['tm', 'machine', 'latest']],
    ['terraform tm machine prune --keep<Tab>3', ['tm', 'machine', 'prune', '--keep-last', '3']],
    ['terraform tm machine list -provider digi<Tab>', ['tm', 'machine', 'list', '-provider', 'digitalocean']],
    ['terraform tm machine show gpu<Tab>', ['tm', 'machine', 'show', 'gpu-snapshot-20251126-173635']],
    ['terraform t<Tab>', ['tm']],
    ['cloudtm bla<Tab>', ['blame']],
    ['cloudtm rollback --to las<Tab>', ['rollback', '--to', 'last-good']],
    ['cloudtm tm li<Tab>', ['tm', 'list']],
  ])('%s', async (line, words) => {
    const box = project();
    expect((await type(box, shell, line)).words).toEqual(words);
    expect(nodeWasStarted(box)).toBe(false);
  });

  test(`completion in ${shell} offers all versions`, async () => {
    const {screen} = await type(project(), shell, 'terraform tm rollback --to v<Tab><Tab>10');
    for (const name of ['v1', 'v2', 'v10']) expect(screen).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test('completion offers the versions of -chdir, CLOUDTM_DIR and the selected workspace', async () => {
    const box = project();
    writeVersion(box, join(box.project, 'other folder/.cloudtm'), 'v77');
    expect((await type(box, shell, "terraform -chdir='other folder' tm rollback -to v7<Tab>")).words).toEqual(
      ['-chdir=other folder', 'tm', 'rollback', '-to', 'v77'],
    );
    writeVersion(box, join(box.folder, 'away'), 'v88');
    const env = {CLOUDTM_DIR: '../away'};
    expect((await type(box, shell, 'terraform tm rollback -to v8<Tab>', {env})).words.at(-1)).toBe('v88');
    writeVersion(box, join(box.store, 'workspaces/dev'), 'v99');
    box.write('.terraform/environment', 'dev');
    expect((await type(box, shell, 'terraform tm rollback -to v9<Tab>')).words.at(-1)).toBe('v99');
    expect(nodeWasStarted(box)).toBe(false);
  });

  test("terraform's own completion still completes everything except tm", async () => {
    const box = project();
    expect((await type(box, shell, 'terraform wor<Tab>')).words).toEqual(['workspace']);
    expect((await type(box, shell, 'terraform workspace sel<Tab>')).words).toEqual(['workspace', 'select']);
    expect((await type(box, shell, 'cloudtm workspace sel<Tab>')).words).toEqual(['workspace', 'select']);
    expect(asked(box)).toContain('terraform workspace sel\n');
    expect(nodeWasStarted(box)).toBe(false);
  });

  test('completion works together with terraform -install-autocomplete', async () => {
    const box = project();
    const before = OWN[shell](box.real);
    expect((await type(box, shell, 'terraform wor<Tab>', {before})).words).toEqual(['workspace']);
    expect((await type(box, shell, 'terraform tm sna<Tab>', {before})).words).toEqual(['tm', 'snapshot']);
    expect(asked(box)).not.toContain(' tm');
  });

  test('completion runs nothing that was typed or stored, and prints none of it raw', async () => {
    const box = project();
    for (const name of ['v3$(touch pwned)', 'v4;touch pwned', 'v5\u001B[31m'])
      writeVersion(box, box.store, name);
    writeVersion(box, box.store, 'v6', ['x\u001B[31m', '`touch pwned`', 'x;touch pwned', '%s%n', '../x']);
    const {screen} = await type(box, shell, "terraform -chdir='$(touch pwned)' tm rollback -to v<Tab>1");
    const other = await type(box, shell, 'terraform tm rollback -to <Tab><Tab>v6');
    expect(screen + other.screen).not.toMatch(/v[345]\b|\bx\b|\.\.\/x|%s/);
    for (const folder of [box.project, box.env.HOME ?? ''])
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});

describe('tm completion', () => {
  test('tm completion refuses an unknown shell, and names the known ones', async () => {
    const box = sandbox({standIn: ''});
    expect(await box.run('tm', 'completion', 'tcsh')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'cloudtm: there is no completion for "tcsh". Supported shells: bash, zsh, fish.\n',
    });
    expect(box.exists('.cloudtm')).toBe(false);
  });

  test.skipIf(shellcheck === '')('the completion script for bash passes shellcheck', async () => {
    const box = sandbox({standIn: ''});
    const {stdout} = await box.run('tm', 'completion', 'bash');
    const checked = await execa(shellcheck, ['--shell=bash', '-'], {input: stdout, reject: false});
    expect(checked.stdout).toBe('');
  });

  test('completion knows every tm command', async () => {
    const box = sandbox({standIn: ''});
    const {stdout: help} = await box.run('tm', 'help');
    const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? '');
    expect(commands).toContain('list');
    for (const shell of SHELLS) {
      const text = await script(box, shell);
      for (const name of commands) expect(text).toContain(name);
      expect(text).not.toMatch(/@[A-Z]+@/);
    }
  });
});
